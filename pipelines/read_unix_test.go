//go:build unix

package pipelines

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestOnlyFilesAreRead: a pipe without a writer, a device without an end, and what is
// too long are problems, for the pipeline file and for the file of a value; a link to
// a file is one, as Kubernetes mounts secrets.
func TestOnlyFilesAreRead(t *testing.T) {
	t.Parallel()
	path := write(t, whole)
	dir := filepath.Dir(path)
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, err := range []error{
		syscall.Mkfifo(in("pipe"), 0o600), os.WriteFile(in("long"), []byte(strings.Repeat("#\n", 600_000)), 0o600),
		os.MkdirAll(in("..data"), 0o700), os.WriteFile(in("..data/id"), []byte("s3cret"), 0o600), os.Symlink("..data/id", in("link")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{"pipe": "no regular file", "/dev/zero": "no regular file", "long": "longer than 1 MB", "..data": "no regular file", "link": ""} {
		if err := os.WriteFile(path, []byte(strings.Replace(whole, "secret.txt", name, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := Load(path)
		if want == "" {
			if err != nil || p.Salesforce.ClientSecret.Reveal() != "s3cret" {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if ExitCode(err) != ExitConfiguration || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "daily.yaml:8:38: the file of a value cannot be read: read "+inFolder(dir, name)) {
			t.Errorf("the value in %s: %v", name, err)
		}
		var problems Problems
		if _, err := Load(inFolder(dir, name)); !errors.As(err, &problems) || !strings.Contains(err.Error(), "cannot be read: it is "+want) {
			t.Errorf("the pipeline file %s: %v", name, err)
		}
	}
}
