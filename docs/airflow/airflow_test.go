// Package airflow_test holds the examples for Airflow to what they say. Airflow itself is
// not there: the files are compiled, imported against stand-ins of both versions, and run.
package airflow_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var versions = []string{"airflow2", "airflow3"}

// python is the interpreter, without which there is nothing to be tested.
func python(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("python3")
	switch {
	case err == nil:
		return path
	case os.Getenv("AXISYNC_ALL_TOOLS") != "":
		t.Fatal("python3 is missing: install python3")
	}
	t.Skip("python3 is missing: install it to try the examples for Airflow")
	return ""
}

// drive runs testdata/drive.py and gives what it prints last.
func drive(t *testing.T, version string, env []string, arguments ...string) map[string]any {
	t.Helper()
	here, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(python(t), append([]string{"-B", filepath.Join(here, "drive.py")}, arguments...)...)
	command.Env = append(os.Environ(), "PYTHONPATH="+strings.Join([]string{filepath.Join(here, version), filepath.Join(here, "common"), filepath.Dir(here)}, string(os.PathListSeparator)))
	command.Env = append(command.Env, env...)
	var errs bytes.Buffer
	command.Stderr = &errs
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s%s", arguments, err, out, errs.String())
	}
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	var came map[string]any
	if err := json.Unmarshal(lines[len(lines)-1], &came); err != nil {
		t.Fatalf("%v: %v\n%s", arguments, err, out)
	}
	return came
}

// program is a folder with a program axisync that tells its arguments, then more on
// standard error, then its result, and ends as the script says.
func program(t *testing.T, end string) (env []string) {
	t.Helper()
	folder := t.TempDir()
	script := `#!/bin/bash
for a; do printf '[%s]' "$a"; done >` + folder + `/arguments
result='{"version":1,"result":"failed","exit":7}'
[ -n "$AXISYNC_XCOM_DIR" ] && echo "$result" >"$AXISYNC_XCOM_DIR/return.json"
echo 'time=now level=ERROR' >&2
echo "$result"
` + end + "\n"
	if err := os.WriteFile(filepath.Join(folder, "axisync"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return []string{"PATH=" + folder + string(os.PathListSeparator) + os.Getenv("PATH"), "FOLDER=" + folder}
}

func TestCompiles(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.py")
	if err != nil || len(files) != 4 {
		t.Fatalf("examples: %v, %v", files, err)
	}
	code := "import sys\nfor f in sys.argv[1:]: compile(open(f, encoding='utf-8').read(), f, 'exec')"
	if out, err := exec.Command(python(t), append([]string{"-B", "-W", "error", "-c", code}, files...)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestImports(t *testing.T) {
	t.Parallel()
	for _, version := range versions {
		for module, want := range map[string]struct {
			operator string
			mapped   []any
		}{
			"axisync_one_source": {"AxisyncOperator", []any{}},
			"axisync_folder":     {"AxisyncOperator", []any{"pipeline"}},
			"axisync_kubernetes": {"AxisyncPodOperator", []any{"pipeline"}},
		} {
			got := drive(t, version, nil, "dag", module)
			expected := map[string]any{"dag_id": module, "catchup": false, "max_active_runs": 1.0, "tasks": []any{map[string]any{
				"operator": want.operator, "task_id": "run", "retries": 3.0, "minutes": 10.0, "hours": 6.0, "mapped": want.mapped,
			}}}
			if diff := cmp.Diff(expected, got); diff != "" {
				t.Errorf("%s, %s:\n%s", version, module, diff)
			}
		}
	}
}

// What every exit code becomes, from a program that ends with it.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	ends := map[string]string{
		"exit 0": "success", "exit 99": "skipped",
		"exit 1": "up_for_retry", "exit 130": "up_for_retry", "exit 137": "up_for_retry", "exit 143": "up_for_retry", "kill -KILL $$": "up_for_retry", "kill -TERM $$": "up_for_retry",
		"exit 2": "failed", "exit 3": "failed", "exit 4": "failed", "exit 5": "failed", "exit 127": "failed", "exit 255": "failed",
	}
	for _, version := range versions {
		for _, verb := range []string{"bash", "pod"} {
			for end, state := range ends {
				t.Run(version+" "+verb+" "+end, func(t *testing.T) {
					t.Parallel()
					got := drive(t, version, program(t, end), verb, "/etc/axisync/daily.yaml")
					if got["state"] != state {
						t.Errorf("%v, want %s", got, state)
					}
					code := strings.TrimPrefix(end, "exit ")
					if why := fmt.Sprint(got["why"]); state == "failed" && !strings.HasPrefix(why, "axisync ended with "+code+", ") {
						t.Errorf("it says %q", why)
					}
				})
			}
		}
	}
}

// The result is the XCom; what the program said before it on standard error is not.
func TestResults(t *testing.T) {
	t.Parallel()
	result := map[string]any{"version": 1.0, "result": "failed", "exit": 7.0}
	for _, version := range versions {
		for _, verb := range []string{"bash", "pod"} {
			got := drive(t, version, program(t, "exit 0"), verb, "daily.yaml")
			if diff := cmp.Diff(map[string]any{"state": "success", "xcom": result}, got); diff != "" {
				t.Errorf("%s, %s:\n%s", version, verb, diff)
			}
		}
		got := drive(t, version, program(t, "exit 4"), "pod", "daily.yaml")
		if diff := cmp.Diff(result, got["pushed"]); diff != "" {
			t.Errorf("%s, a failed pod:\n%s", version, diff)
		}
		got = drive(t, version, program(t, "echo goodbye; exit 0"), "bash", "daily.yaml")
		if got["state"] != "failed" || got["why"] != "the last line of axisync is not its result: 'goodbye'" {
			t.Errorf("%s, no result: %v", version, got)
		}
	}
}

func TestAPodThatIsLostIsTriedAgain(t *testing.T) {
	t.Parallel()
	env := append(program(t, "exit 4"), "STUB_LOST_POD=1") // of which nobody has heard
	if got := drive(t, "airflow3", env, "pod", "daily.yaml"); got["state"] != "up_for_retry" {
		t.Error(got)
	}
}

// The program gets its arguments whole, and the label of the run.
func TestArguments(t *testing.T) {
	t.Parallel()
	const date, id = "2026-11-23T06:00:00+00:00", "scheduled__2026-11-23T06:00:00+00:00"
	for _, version := range versions {
		for _, verb := range []string{"bash", "pod"} {
			for label, more := range map[string][]string{date: nil, id: {"STUB_NO_DATE=1"}} {
				env := append(program(t, "exit 0"), more...)
				drive(t, version, env, verb, "/a folder/it's $HOME.yaml", "--allow", "a;b")
				got, err := os.ReadFile(filepath.Join(strings.TrimPrefix(env[1], "FOLDER="), "arguments"))
				want := "[run][/a folder/it's $HOME.yaml][--allow][a;b][--json][--date][" + label + "][--nothing-changed-exit-code][99]"
				if err != nil || string(got) != want {
					t.Errorf("%s, %s: %q, %v, want %q", version, verb, got, err, want)
				}
			}
		}
	}
}

// A folder becomes a task for each pipeline file in it.
func TestFolders(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, name := range []string{"b.yml", "a.yaml", ".hidden.yaml", "customers.csv"} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, version := range versions {
		for module, in := range map[string]string{"axisync_folder": folder, "axisync_kubernetes": "/pipelines"} {
			env := program(t, `case "$2" in *a.yaml) exit 4;; esac`)
			got := drive(t, version, env, "mapped", module, folder, filepath.Join(strings.TrimPrefix(env[1], "FOLDER="), "axisync"))
			states := map[string]any{}
			for file, came := range got {
				states[file] = came.(map[string]any)["state"]
			}
			if diff := cmp.Diff(map[string]any{in + "/a.yaml": "failed", in + "/b.yml": "success"}, states); diff != "" {
				t.Errorf("%s, %s:\n%s", version, module, diff)
			}
		}
	}
}
