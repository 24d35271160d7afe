package main

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts in testdata specify the command line; each runs the real program.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"axisync": main})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("AXISYNC_UPDATE") != "",
		Setup: func(e *testscript.Env) error {
			e.Setenv("DOCS", docs)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "simulated": simulated, "administer": administer, "person": person, "keypair": keypair, "appears": appears, "holds": holds, "documented": documented, "dialogue": dialogue, "holding": holding, "stopped": stopped,
		},
	})
}

// exits CODE COMMAND...: the command ends with exactly this exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if exit, ok := err.(interface{ ExitCode() int }); ok {
		code = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if want := args[0]; want != itoa(code) {
		ts.Fatalf("exit code %d, want %s", code, want)
	}
}

// holding PIPELINE: status says that somebody is at work on the source, soon.
func holding(ts *testscript.TestScript, _ bool, args []string) {
	if !eventually(patience, func() bool {
		ts.Check(ts.Exec("axisync", "status", args[0]))
		return strings.Contains(ts.ReadFile("stdout"), "at work: run since ")
	}) {
		ts.Fatalf("nobody is at work on %s", args[0])
	}
}

// stopped CODE COMMAND... PIPELINE FLAGS...: the command is sent the signal of this exit
// code once it has the source locked, and ends with the code.
func stopped(ts *testscript.TestScript, neg bool, args []string) {
	code, err := strconv.Atoi(args[0])
	ts.Check(err)
	cmd := program(ts, args[2:]...)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	ts.Check(cmd.Start())
	holding(ts, neg, args[3:])
	ts.Check(cmd.Process.Signal(syscall.Signal(code - 128)))
	_ = cmd.Wait() // it tells the code
	ts.Logf("%s\n%s", &out, &errs)
	if cmd.ProcessState.ExitCode() != code {
		ts.Fatalf("exit code %d, want %d", cmd.ProcessState.ExitCode(), code)
	}
	ts.Check(ts.Exec("printf", "%s", out.String()))
}

func itoa(n int) string { return count(int64(n)) }
