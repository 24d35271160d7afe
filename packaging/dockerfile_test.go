package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// instruction is a line of the Dockerfile, with what continues it.
type instruction struct{ verb, rest string }

func dockerfile(t *testing.T) []instruction {
	t.Helper()
	content, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	var read []instruction
	for line := range strings.Lines(strings.ReplaceAll(string(content), "\\\n", " ")) {
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if verb != "" && verb != "#" {
			read = append(read, instruction{verb, strings.Join(strings.Fields(rest), " ")})
		}
	}
	return read
}

func all(file []instruction, verb string) []string {
	var found []string
	for _, i := range file {
		if i.verb == verb {
			found = append(found, i.rest)
		}
	}
	return found
}

// The image is what its first lines say: glibc, the same Debian twice, nobody's user, the
// libraries that the program asks for.
func TestTheImageIsWhatItSays(t *testing.T) {
	t.Parallel()
	file := dockerfile(t)
	from := all(file, "FROM")
	if len(from) != 2 {
		t.Fatalf("the stages are %q", from)
	}
	codename := regexp.MustCompile(`^golang:1\.\d+-(\w+) AS build$`).FindStringSubmatch(from[0])
	if codename == nil || from[1] != "debian:"+codename[1]+"-slim" {
		t.Errorf("the stages are not of one Debian: %q", from)
	}
	if user := all(file, "USER"); len(user) != 1 || !regexp.MustCompile(`^[1-9]\d*:[1-9]\d*$`).MatchString(user[0]) {
		t.Errorf("the user is %q: Kubernetes proves that it is not root by its number alone", user)
	}
	if volumes := all(file, "VOLUME"); !slices.Equal(volumes, []string{`["/state", "/snapshots"]`}) {
		t.Errorf("the volumes are %q", volumes)
	}
	installs := strings.Join(all(file, "RUN"), "\n")
	for _, name := range []string{"ca-certificates", "libgcc-s1", "libstdc++6", "tzdata"} {
		if !strings.Contains(installs, " "+name+" ") {
			t.Errorf("the image does not get %s", name)
		}
	}
	verbs := []string{"FROM", "WORKDIR", "COPY", "ARG", "ENV", "RUN", "LABEL", "VOLUME", "USER", "ENTRYPOINT", "CMD"}
	for _, i := range file {
		if !slices.Contains(verbs, i.verb) {
			t.Errorf("%s is no instruction that is known here", i.verb)
		}
	}
}

// What .dockerignore lets in is enough for the commands of the Dockerfile, run by hand in a
// folder that holds nothing else; the program is then, byte for byte, that of the archive.
func TestTheBuildOfTheImage(t *testing.T) {
	t.Parallel()
	archive := unpacked(t)
	context, out := t.TempDir(), t.TempDir()
	let := letIn(t, context)
	if len(let) < 200 {
		t.Fatalf("the daemon gets only %d files", len(let))
	}
	for _, name := range let {
		if regexp.MustCompile(`\.env$|^\.git/|^docs/|_test\.go$|node_modules`).MatchString(name) {
			t.Errorf("the daemon gets %s", name)
		}
	}
	command := all(dockerfile(t), "RUN")[0]
	for strings.HasPrefix(command, "--mount=") {
		_, command, _ = strings.Cut(command, " ")
	}
	run := exec.Command("sh", "-ec", strings.ReplaceAll(command, "/out/", out+"/"))
	run.Dir = context
	run.Env = append(os.Environ(), "VERSION="+sample.version, "COMMIT="+sample.commit, "DATE=2023-11-14T22:13:20Z")
	run.Env = append(run.Env, strings.Fields(all(dockerfile(t), "ENV")[0])...)
	if said, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	for _, name := range []string{"axisync", "THIRD-PARTY-LICENCES.txt"} {
		if got, want := sum(t, filepath.Join(out, name)), sum(t, filepath.Join(archive, name)); got != want {
			t.Errorf("%s of the image is not that of the archive", name)
		}
	}
}

// letIn copies to a folder what .dockerignore lets through, and names it.
func letIn(t *testing.T, to string) []string {
	t.Helper()
	list := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard")
	list.Dir = ".."
	names, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := os.ReadFile("../.dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	var let []string
	for _, name := range strings.Fields(string(names)) {
		if _, err := os.Stat(filepath.Join("..", name)); err != nil || ignored(string(rules), name) {
			continue
		}
		let = append(let, name)
		if err := os.MkdirAll(filepath.Dir(filepath.Join(to, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := copyFile(filepath.Join("..", name), filepath.Join(to, name)); err != nil {
			t.Fatal(err)
		}
	}
	return let
}

// ignored applies the rules of .dockerignore as far as ours need them: the last rule that
// fits a file or a folder above it decides, and **/ is any depth.
func ignored(rules, name string) bool {
	out := false
	for line := range strings.Lines(rules) {
		rule := strings.TrimSpace(line)
		if rule == "" || strings.HasPrefix(rule, "#") {
			continue
		}
		rule, let := strings.CutPrefix(rule, "!")
		if fits(rule, name) {
			out = !let
		}
	}
	return out
}

func fits(rule, name string) bool {
	deep, anywhere := strings.CutPrefix(rule, "**/")
	for at := name; at != "."; at = filepath.Dir(at) {
		subject, pattern := at, rule
		if anywhere {
			subject, pattern = filepath.Base(at), deep
		}
		if ok, _ := filepath.Match(pattern, subject); ok {
			return true
		}
	}
	return false
}
