package pipelines_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/axisync/axisync/pipelines"
)

// An extract replaces files and nothing else, and says so before it connects.
func TestExtractReplacesOnlyFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	full := filepath.Join(dir, "full")
	for _, err := range []error{os.Mkdir(full, 0o700), os.WriteFile(filepath.Join(full, "x"), nil, 0o600), os.Symlink("nowhere", filepath.Join(dir, "dangling"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		to   pipelines.ExtractTo
		want string
	}{
		{pipelines.ExtractTo{CSV: "-"}, "goes to a file"},
		{pipelines.ExtractTo{CSV: os.DevNull}, "no regular file"},
		{pipelines.ExtractTo{CSV: dir}, "no regular file"},
		{pipelines.ExtractTo{CSV: filepath.Join(dir, "dangling")}, "cannot be written"},
		{pipelines.ExtractTo{CSV: filepath.Join(dir, "missing", "a.csv")}, "there is no folder"},
		{pipelines.ExtractTo{Parquet: full}, "is not empty"},
	} {
		_, err := pipelines.Extract(context.Background(), &pipelines.Pipeline{State: filepath.Join(dir, "state"), Slug: "s"}, pipelines.Options{}, c.to)
		if err == nil || !strings.Contains(err.Error(), c.want) || pipelines.ExitCode(err) != pipelines.ExitConfiguration {
			t.Errorf("%+v: %v, want an error of configuration with %q", c.to, err, c.want)
		}
	}
}
