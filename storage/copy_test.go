package storage_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/axisync/axisync/storage"
	"github.com/axisync/axisync/storage/storagetest"
)

func mine(name string) bool {
	return !strings.HasPrefix(name, "other/") && !strings.HasPrefix(filepath.Base(name), ".")
}

func newCopy(t *testing.T, b *storage.Bucket, dir string) *storage.Copy {
	t.Helper()
	c := storage.NewCopy(b, dir, storage.Options{Mine: mine, Last: "state.json"})
	if err := c.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// files are the contents of a folder that are part of a copy.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			return err
		}
		content, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		if mine(filepath.ToSlash(name)) {
			found[filepath.ToSlash(name)] = string(content)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// What one machine publishes another loads, over days of changes, removals and growing
// logs, with a disk that lasts, one that was lost, and one that is old.
func TestCopyFollowsTheBucket(t *testing.T) {
	onEach(t, func(t *testing.T, server *storagetest.Server) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		random, b := rand.New(rand.NewPCG(seed, 1)), bucket(t, server)
		machines := []string{t.TempDir(), t.TempDir(), t.TempDir()}
		write(t, machines[1], "other/kept", "of this machine")
		want := map[string]string{}
		for day := range 25 {
			dir := machines[random.IntN(len(machines))]
			if random.IntN(4) == 0 {
				dir = t.TempDir()
			}
			c := newCopy(t, b, dir)
			if got := files(t, dir); !maps.Equal(got, want) {
				t.Fatalf("day %d: %q, want %q", day, got, want)
			}
			for range random.IntN(6) {
				name := fmt.Sprintf("targets/file-%d", random.IntN(8))
				if random.IntN(3) == 0 {
					if err := os.Remove(filepath.Join(dir, name)); err == nil {
						delete(want, name)
					}
					continue
				}
				want[name] = strings.Repeat("x", random.IntN(50)) + fmt.Sprint(day)
				write(t, dir, name, want[name])
			}
			want["state.json"] = fmt.Sprint("day ", day)
			write(t, dir, "state.json", want["state.json"])
			grow(t, c, dir, fmt.Sprintf("targets/journal-%d.ndjson", day/8), random, want)
			if day%8 == 0 && day > 0 {
				old := fmt.Sprintf("targets/journal-%d.ndjson", day/8-1)
				if err := os.Remove(filepath.Join(dir, old)); err != nil {
					t.Fatal(err)
				}
				delete(want, old)
			}
			if err := c.Publish(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if content, err := os.ReadFile(filepath.Join(machines[1], "other", "kept")); err != nil || string(content) != "of this machine" {
			t.Error(err)
		}
		tree, err := b.Tree(t.Context(), "")
		if err != nil || len(tree) > 30 {
			t.Errorf("%d objects are left: %v", len(tree), err)
		}
	})
}

// grow extends a log, line by line.
func grow(t *testing.T, c *storage.Copy, dir, name string, random *rand.Rand, want map[string]string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	log, err := c.Log(name)
	if err != nil {
		t.Fatal(err)
	}
	for range random.IntN(5) {
		want[name] += strings.Repeat("line ", random.IntN(9)) + "\n"
		if _, err := file.WriteString(want[name][fileSize(t, file):]); err != nil {
			t.Fatal(err)
		}
		if err := log.Extend(t.Context(), fileSize(t, file)); err != nil {
			t.Fatal(err)
		}
	}
	if _, there := want[name]; !there {
		want[name] = ""
		_ = os.Remove(path)
		delete(want, name)
	}
	if random.IntN(2) == 0 { // else it was killed
		if err := log.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func fileSize(t *testing.T, file *os.File) int64 {
	t.Helper()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// A log of many pieces becomes few, and reads as it was written.
func TestLogOfManyPieces(t *testing.T) {
	onEach(t, func(t *testing.T, server *storagetest.Server) {
		b, dir := bucket(t, server), t.TempDir()
		c := newCopy(t, b, dir)
		write(t, dir, "j.ndjson", "")
		log, err := c.Log("j.ndjson")
		if err != nil {
			t.Fatal(err)
		}
		var whole bytes.Buffer
		for i := range 450 {
			fmt.Fprintln(&whole, "line", i)
			write(t, dir, "j.ndjson", whole.String())
			if err := log.Extend(t.Context(), int64(whole.Len())); err != nil {
				t.Fatal(err)
			}
		}
		pieces := func() int {
			tree, err := b.Tree(t.Context(), "j.ndjson")
			if err != nil {
				t.Fatal(err)
			}
			return len(tree)
		}
		if n := pieces(); n != 2+50 {
			t.Errorf("%d pieces", n)
		}
		there := t.TempDir()
		newCopy(t, b, there)
		if got := files(t, there); got["j.ndjson"] != whole.String() {
			t.Errorf("%d bytes, want %d", len(got["j.ndjson"]), whole.Len())
		}
		if err := log.Close(t.Context()); err != nil || pieces() != 3 {
			t.Errorf("%d pieces, %v", pieces(), err)
		}
		tree, _ := b.Tree(t.Context(), "j.ndjson")
		if err := b.Remove(t.Context(), "j.ndjson/"+slices.Sorted(maps.Keys(tree))[1]); err != nil {
			t.Fatal(err)
		}
		err = storage.NewCopy(b, t.TempDir(), storage.Options{Mine: mine, Last: "state.json"}).Load(t.Context())
		if err == nil || !strings.Contains(err.Error(), "bring its objects back from a backup") {
			t.Errorf("a log with a gap: %v", err)
		}
	})
}

// What another machine published is never lost under what this one still has on disk,
// even where both files have one size and one time.
func TestCopyTrustsTheBucket(t *testing.T) {
	onEach(t, func(t *testing.T, server *storagetest.Server) {
		b, here, there := bucket(t, server), t.TempDir(), t.TempDir()
		write(t, here, "state.json", "one")
		first := storage.NewCopy(b, here, storage.Options{Mine: mine, Last: "state.json"})
		if err := first.Publish(t.Context()); err != nil {
			t.Fatal(err)
		}
		newCopy(t, b, here)
		second := newCopy(t, b, there)
		write(t, there, "state.json", "two")
		if err := second.Publish(t.Context()); err != nil {
			t.Fatal(err)
		}
		newCopy(t, b, here)
		if got := files(t, here)["state.json"]; got != "two" {
			t.Errorf("it holds %q", got)
		}
	})
}

// Files that come and go in the folders of this machine while it publishes do not make
// it forget others.
func TestPublishBesideWork(t *testing.T) {
	onEach(t, func(t *testing.T, server *storagetest.Server) {
		b, dir := bucket(t, server), t.TempDir()
		for i := range 30 {
			write(t, dir, fmt.Sprintf("targets/file-%d", i), "held")
		}
		c := storage.NewCopy(b, dir, storage.Options{Mine: mine, Last: "state.json"})
		if err := c.Publish(t.Context()); err != nil {
			t.Fatal(err)
		}
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				name := filepath.Join(dir, "other", fmt.Sprint(i%7), "page")
				_ = os.MkdirAll(filepath.Dir(name), 0o700)
				_ = os.WriteFile(name, nil, 0o600)
				_ = os.RemoveAll(filepath.Dir(name))
				passing := filepath.Join(dir, "targets", fmt.Sprintf("a-passing-%d", i%7))
				_ = os.WriteFile(passing, nil, 0o600)
				_ = os.Remove(passing)
			}
		}()
		for range 40 {
			if err := c.Publish(t.Context()); err != nil {
				t.Error(err)
				break
			}
		}
		close(stop)
		<-stopped
		if err := c.Publish(t.Context()); err != nil {
			t.Error(err)
		}
		if tree, err := b.Tree(t.Context(), ""); err != nil || len(tree) != 30 {
			t.Errorf("%d objects, %v", len(tree), err)
		}
	})
}

// A log goes on where its small pieces cannot be removed: they only lie about.
func TestLogWithoutRemovals(t *testing.T) {
	t.Parallel()
	b, dir := proxied(t, servers[storagetest.S3], "log-keeps", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	}), t.TempDir()
	write(t, dir, "j.ndjson", "")
	log, err := storage.NewCopy(b, dir, storage.Options{Mine: mine}).Log("j.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	var whole strings.Builder
	for i := range 210 {
		fmt.Fprintln(&whole, "line", i)
		write(t, dir, "j.ndjson", whole.String())
		if err := log.Extend(t.Context(), int64(whole.Len())); err != nil {
			t.Fatal(err)
		}
	}
	if err := log.Close(t.Context()); err != nil {
		t.Error(err)
	}
	there := t.TempDir()
	newCopy(t, b, there)
	if got := files(t, there)["j.ndjson"]; got != whole.String() {
		t.Errorf("%d bytes, want %d", len(got), whole.Len())
	}
}
