package main

import (
	"os"
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
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
			"world": simulated,
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

// world: both simulators on loopback until the script ends, in the environment as
// the example files ask for them.
func simulated(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: world")
	}
	w, err := newWorld(worldConfig{accounts: 300, customers: 40, seed: 1, salesforceAddr: "127.0.0.1:0", fincomeAddr: "127.0.0.1:0"})
	if err != nil {
		ts.Fatalf("%v", err)
	}
	ts.Defer(w.close)
	for name, value := range w.environment() {
		ts.Setenv(name, value)
	}
}

func itoa(n int) string { return count(int64(n)) }
