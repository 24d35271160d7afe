// Package schedulers_test holds the files for cron, systemd and Kubernetes to what their
// schedulers take. That axisync takes their commands is tested where the commands are.
package schedulers_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// tool is a program that a test needs.
func tool(t *testing.T, name, install string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
		return path
	case os.Getenv("AXISYNC_ALL_TOOLS") != "":
		t.Fatalf("%s is missing: install %s", name, install)
	}
	t.Skipf("%s is missing: install %s to try the units", name, install)
	return ""
}

// systemd reads the units as they are, but for a program and a user that this machine has.
func TestUnits(t *testing.T) {
	t.Parallel()
	analyze := tool(t, "systemd-analyze", "systemd")
	folder := t.TempDir()
	program := filepath.Join(folder, "axisync")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, name := range []string{"axisync.service", "axisync-failed.service", "axisync.timer"} {
		text := strings.ReplaceAll(read(t, name), "=/usr/bin/axisync ", "="+program+" ")
		text = regexp.MustCompile(`(?m)^#([A-Z][A-Za-z]+=)`).ReplaceAllString(text, "$1") // what may be switched on too
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	out, err := exec.Command(analyze, append([]string{"verify", "--man=no"}, files...)...).CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, folder) || strings.Contains(line, "axisync") { // the machine's own units are not ours
			t.Error(line)
		}
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// A SIGTERM takes five seconds, a code that another try cannot help is not tried again.
func TestUnitSettings(t *testing.T) {
	t.Parallel()
	service := read(t, "axisync.service")
	for _, want := range []string{"User=axisync", "StateDirectory=axisync", "Restart=on-failure", "RestartPreventExitStatus=2 3 4 5", "SuccessExitStatus=143", "NoNewPrivileges=yes", "ProtectSystem=strict", "OnFailure=axisync-failed.service", "StartLimitBurst=4"} {
		if !strings.Contains(service, "\n"+want+"\n") {
			t.Errorf("axisync.service does not say %s", want)
		}
	}
	stop := regexp.MustCompile(`\nTimeoutStopSec=(\d+)s\n`).FindStringSubmatch(service)
	if stop == nil {
		t.Fatal("axisync.service does not say TimeoutStopSec")
	}
	if seconds, _ := strconv.Atoi(stop[1]); seconds < 5 {
		t.Errorf("a run may take five seconds to stop, TimeoutStopSec is %d", seconds)
	}
	for _, want := range []string{"Persistent=yes", "RandomizedDelaySec=15min", "WantedBy=timers.target"} {
		if !strings.Contains(read(t, "axisync.timer"), "\n"+want+"\n") {
			t.Errorf("axisync.timer does not say %s", want)
		}
	}
}

// A line of a crontab: a variable, or five fields in their bounds and a command without a
// percent sign, which cron takes for a new line.
func TestCrontab(t *testing.T) {
	t.Parallel()
	variable := regexp.MustCompile(`^[A-Z]+=\S+$`)
	bounds := [][2]int{{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 7}}
	jobs := 0
	for line := range strings.Lines(read(t, "crontab")) {
		line = strings.TrimSpace(line)
		if regexp.MustCompile(`^#\d`).MatchString(line) { // one that may be switched on
			line = line[1:]
		}
		if line == "" || line[0] == '#' || variable.MatchString(line) {
			continue
		}
		fields := strings.Fields(line)
		if len(fields) < 6 || strings.Contains(line, "%") {
			t.Errorf("no line of a crontab: %s", line)
			continue
		}
		for i, b := range bounds {
			if n, err := strconv.Atoi(fields[i]); fields[i] != "*" && (err != nil || n < b[0] || n > b[1]) {
				t.Errorf("field %d is %q: %s", i+1, fields[i], line)
			}
		}
		if err := exec.Command("sh", "-n", "-c", strings.Join(fields[5:], " ")).Run(); err != nil {
			t.Errorf("no command of a shell: %s: %v", line, err)
		}
		jobs++
	}
	if jobs != 2 {
		t.Errorf("%d jobs", jobs)
	}
}
