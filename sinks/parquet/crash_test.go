//go:build linux

package parquet_test

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/axisync/axisync/sinks/parquet"
)

const childVariable = "AXISYNC_PARQUET_CHILD"

// child runs this test binary again for one test, with a task and a folder.
func child(t *testing.T, task, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), childVariable+"="+task+":"+dir)
	cmd.Stderr = os.Stderr
	return cmd
}

// TestKilledWriterLeavesNoSnapshot kills a process when it has written its
// tables and before it commits.
func TestKilledWriterLeavesNoSnapshot(t *testing.T) {
	if task := os.Getenv(childVariable); task != "" {
		_, dir, _ := strings.Cut(task, ":")
		s, err := parquet.Create(t.Context(), dir, "")
		if err != nil {
			t.Fatal(err)
		}
		schema, rows := generated(3000)
		for _, name := range []string{"written", "appended"} {
			table, err := s.Table(name, schema, parquet.TableOptions{Key: []string{"Id"}})
			if err != nil {
				t.Fatal(err)
			}
			table.SetHeld(10_000)
			fill(t, table, schema, rows, 100)
			if name == "written" {
				if err := table.Write(t.Context(), nil); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := plain(t, s, "fix.csv").Close(1); err != nil {
			t.Fatal(err)
		}
		plain(t, s, "open.csv")
		os.Stdout.WriteString("ready\n")
		select {}
	}
	root := t.TempDir()
	dir := filepath.Join(root, "source=a", "run=1")
	cmd := child(t, "wait", dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	if _, err := parquet.Open(t.Context(), dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Open answers %v", err)
	}
	if list, err := parquet.Snapshots(t.Context(), root, "a"); err != nil || len(list) != 0 {
		t.Errorf("Snapshots shows %v, %v", list, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "fix.csv")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a plain file is there without its snapshot: %v", err)
	}
	if spills, _ := filepath.Glob(filepath.Join(dir, ".partial", "spill-*")); len(spills) > 0 {
		t.Errorf("%v are left", spills)
	}
	if err := parquet.Sweep(t.Context(), root, "a"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Sweep left %s: %v", dir, err)
	}
}

// TestFullDisk limits the size of files in a child, which the system reports by
// the same path as a full disk.
func TestFullDisk(t *testing.T) {
	if task := os.Getenv(childVariable); task != "" {
		what, dir, _ := strings.Cut(task, ":")
		fullDisk(t, what, dir)
		return
	}
	for _, what := range []string{"spill", "part", "plain", "manifest"} {
		if out, err := child(t, what, t.TempDir()).Output(); err != nil {
			t.Errorf("%s: %v\n%s", what, err, out)
		}
	}
}

func fullDisk(t *testing.T, what, root string) {
	signal.Ignore(syscall.SIGXFSZ)
	dir := filepath.Join(root, "run=1")
	s, err := parquet.Create(t.Context(), dir, "")
	if err != nil {
		t.Fatal(err)
	}
	schema, rows := generated(3000)
	table, err := s.Table("t", schema, parquet.TableOptions{Key: []string{"Id"}})
	if err != nil {
		t.Fatal(err)
	}
	if what == "manifest" {
		fill(t, table, schema, rows, 100)
		err = table.Write(t.Context(), nil)
	}
	var was syscall.Rlimit
	if err := errors.Join(err, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was)); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 64, Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	if what == "manifest" {
		err = s.Commit(t.Context(), manifest())
	} else {
		if what == "spill" {
			table.SetHeld(1000)
		}
		if what == "plain" {
			var p *parquet.Plain
			if p, err = s.Plain("fix.csv"); err == nil {
				_, err = p.Write(filling)
				err = errors.Join(err, p.Close(1))
			}
		}
		for i := 0; i < len(rows) && err == nil; i += 100 {
			b := batch(schema, rows[i:i+100])
			err = table.Append(b)
			b.Release()
		}
		if err == nil {
			err = table.Write(t.Context(), nil)
		}
	}
	if err == nil || !errors.Is(err, syscall.EFBIG) || !strings.Contains(err.Error(), "cannot be") {
		t.Errorf("%s: got %v", what, err)
	}
	if _, err := parquet.Open(t.Context(), dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s: Open answers %v", what, err)
	}
	if err := errors.Join(s.Abort(), syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was)); err != nil {
		t.Error(err)
	}
	if entries, _ := os.ReadDir(root); len(entries) > 0 || openFiles(t, root) > 0 {
		t.Errorf("%s: %v is left, %d files are open", what, entries, openFiles(t, root))
	}
}
