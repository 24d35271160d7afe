package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// invoked is a command of axisync in a file of the docs, up to what a shell or a sentence
// makes of its end.
var invoked = regexp.MustCompile(`\baxisync((?: (?:run|status|apply|plan|check|auth|runs|rejects)\b)[^\n|>&;'"` + "`" + `,()#]*)`)

// scheduled are the commands in the files for schedulers, by file.
func scheduled(t *testing.T) map[string][]string {
	t.Helper()
	var files []string
	for _, pattern := range []string{"schedulers.md", "schedulers/*", "airflow/*"} {
		found, err := filepath.Glob(filepath.Join(docs, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		files = append(files, found...)
	}
	commands := map[string][]string{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil || strings.HasSuffix(file, ".go") {
			continue // a folder, a test
		}
		for _, match := range invoked.FindAllStringSubmatch(string(content), -1) {
			commands[file] = append(commands[file], strings.TrimRight(match[1], " .:"))
		}
	}
	return commands
}

// accepts is what the command line says of arguments, before anything is done.
func accepts(arguments []string) error {
	root := (&command{out: &checkedWriter{Writer: io.Discard}, errs: io.Discard}).root()
	found, rest, err := root.Find(arguments)
	if err != nil || len(rest) == 0 { // a command that a sentence names
		return err
	}
	if err := found.ParseFlags(rest); err != nil {
		return err
	}
	return found.ValidateArgs(found.Flags().Args())
}

func TestTheCommandLineTakesWhatSchedulersSay(t *testing.T) {
	t.Parallel()
	commands := 0
	for file, all := range scheduled(t) {
		for _, text := range all {
			if err := accepts(strings.Fields(text)); err != nil {
				t.Errorf("%s: axisync%s: %v", filepath.Base(file), text, err)
			}
			commands++
		}
	}
	if commands < 10 {
		t.Errorf("only %d commands were found", commands)
	}
}

func TestTheCommandLineTakesWhatTheCronJobSays(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(filepath.Join(docs, "schedulers", "cronjob.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var job struct {
		Spec struct {
			JobTemplate struct {
				Spec struct {
					Template struct {
						Spec struct {
							Containers []struct{ Args []string }
						}
					}
				}
			} `yaml:"jobTemplate"`
		}
	}
	if err := yaml.Load(content, &job); err != nil {
		t.Fatal(err)
	}
	containers := job.Spec.JobTemplate.Spec.Template.Spec.Containers
	if len(containers) != 1 || len(containers[0].Args) == 0 {
		t.Fatalf("containers: %+v", containers)
	}
	if err := accepts(containers[0].Args); err != nil {
		t.Error(err)
	}
}
