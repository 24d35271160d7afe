package pipelines_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/pipelines"
)

type signal struct{}

func (signal) Error() string { return "interrupted: terminated" }
func (signal) Signal() int   { return 15 }

// The result that is kept says that it was a signal, too, whoever was cut short.
func TestTheResultOfAnInterruptedRun(t *testing.T) {
	t.Parallel()
	t.Run("api", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancelCause(t.Context())
		w := newWorld(t, settings{fincome: fincome.Config{Fault: func(r *http.Request) *fincome.Fault {
			if r.Method == http.MethodPatch {
				cancel(signal{})
			}
			return nil
		}}})
		w.signaled(ctx, w.options())
	})
	t.Run("exec", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancelCause(t.Context())
		w := newWorld(t, settings{replace: map[string]string{"  - fincome: {}\n": "  - exec: { name: crm, command: [./deliver.sh] }\n"}})
		w.script("echo crm-has-begun >&2; exec sleep 60")
		o := w.options()
		o.Log = slog.New(slog.NewTextHandler(heard(func(line []byte) {
			if bytes.Contains(line, []byte("crm-has-begun")) {
				cancel(signal{})
			}
		}), nil))
		w.signaled(ctx, o)
	})
}

// heard is told what is written.
type heard func(line []byte)

func (h heard) Write(line []byte) (int, error) { h(line); return len(line), nil }

// signaled runs what a signal ends.
func (w *world) signaled(ctx context.Context, o pipelines.Options) {
	w.t.Helper()
	result, err := pipelines.Run(ctx, w.load(), o)
	if pipelines.ExitCode(err) != 143 || result.Exit != 143 {
		w.t.Fatal(describe(result, err))
	}
	content, err := os.ReadFile(w.kept())
	if err != nil {
		w.t.Fatal(err)
	}
	var kept struct{ Exit int }
	if err := json.Unmarshal(content, &kept); err != nil || kept.Exit != 143 {
		w.t.Errorf("%v: %s", err, content)
	}
}

// kept is the path of the result in the state.
func (w *world) kept() string {
	w.t.Helper()
	found, err := filepath.Glob(filepath.Join(w.dir, "state", "*", "result.json"))
	if err != nil || len(found) != 1 {
		w.t.Fatal(found, err)
	}
	return found[0]
}
