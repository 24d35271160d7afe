package pipelines_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/axisync/axisync/pipelines"
)

// A journal that was lost, emptied or cut is noticed before anything is sent again.
func TestALostJournal(t *testing.T) {
	t.Parallel()
	says := map[string]string{"removed": ") is missing: bring", "emptied": ") has 0 bytes of ", "cut": ") has 1000 bytes of "}
	for name, lose := range map[string]func(path string) error{
		"removed": os.Remove,
		"emptied": func(path string) error { return os.Truncate(path, 0) },
		"cut":     func(path string) error { return os.Truncate(path, 1000) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{})
			w.mustRun()
			writes := w.fincome.Writes()
			journals, err := filepath.Glob(filepath.Join(w.dir, "state", "*", "targets", "fincome", "journal-*"))
			if err != nil || len(journals) != 1 {
				t.Fatal(journals, err)
			}
			if err := lose(journals[0]); err != nil {
				t.Fatal(err)
			}
			result, err := w.run()
			if pipelines.ExitCode(err) != pipelines.ExitConfiguration || !strings.Contains(err.Error(), says[name]) || !strings.Contains(err.Error(), "bring it back from a backup") || w.fincome.Writes() != writes {
				t.Errorf("the next run: %s", describe(result, err))
			}
		})
	}
}
