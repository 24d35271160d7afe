package storage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/axisync/axisync/durable"
)

// Copy is a folder of this machine that is the working copy of what lies in a bucket:
// Load makes it equal to the bucket, Publish the bucket equal to it. Its methods may
// be called by several goroutines.
type Copy struct {
	bucket *Bucket
	dir    string
	mine   func(name string) bool
	last   string

	mu    sync.Mutex
	known map[string]stamps // what is the same here and there
}

// Options are what a copy holds.
type Options struct {
	// Mine reports whether a file, by its name with slashes, is part of the copy; what
	// is not is left alone, here and there. For a folder, whose name has a slash at its
	// end, it reports whether anything in it may be.
	Mine func(name string) bool
	// Last is the file that says which of the others count: it goes to the bucket after
	// them, and before anything is removed there.
	Last string
}

// stamps are by what a file is known not to have changed.
type stamps struct {
	Size    int64     `json:"size"`
	Here    time.Time `json:"here"`
	Changed time.Time `json:"changed"` // there
	MD5     string    `json:"md5,omitempty"`
}

// index is the file in which a copy keeps what it knows.
const index = ".copy.json"

// NewCopy is the working copy in dir, which exists, of what lies in the bucket.
func NewCopy(bucket *Bucket, dir string, o Options) *Copy {
	c := &Copy{bucket: bucket, dir: dir, mine: o.Mine, last: o.Last, known: map[string]stamps{}}
	var kept struct {
		Bucket string            `json:"bucket"`
		Files  map[string]stamps `json:"files"`
	}
	content, err := os.ReadFile(c.path(index))
	if err == nil && json.Unmarshal(content, &kept) == nil && kept.Bucket == bucket.String() {
		maps.Copy(c.known, kept.Files) // else everything is fetched
	}
	return c
}

func (c *Copy) path(name string) string { return filepath.Join(c.dir, filepath.FromSlash(name)) }

// Load makes the folder equal to the bucket: what has changed there is fetched, what
// is not there is removed here. Nobody may change either meanwhile.
func (c *Copy) Load(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	there, err := c.bucket.Tree(ctx, "")
	if err != nil {
		return err
	}
	whole, logs, err := c.sorted(there)
	if err != nil {
		return err
	}
	here, err := c.here()
	if err != nil {
		return err
	}
	for name := range here {
		if _, ok := whole[name]; !ok && logs[name] == nil {
			if err := os.Remove(c.path(name)); err != nil {
				return err
			}
		}
		if known := c.known[name]; known != stampsOf(here[name], whole[name]) {
			delete(c.known, name)
		}
	}
	maps.DeleteFunc(c.known, func(name string, _ stamps) bool { _, ok := here[name]; return !ok })
	var stamping sync.Mutex
	if err := eachOf(ctx, whole, func(ctx context.Context, name string) error {
		stamping.Lock()
		_, same := c.known[name]
		stamping.Unlock()
		if same {
			return nil
		}
		stamp, err := c.fetch(ctx, whole[name])
		stamping.Lock()
		defer stamping.Unlock()
		c.known[name] = stamp
		return err
	}); err != nil {
		return err
	}
	if err := eachOf(ctx, logs, func(ctx context.Context, name string) error { return c.fetchLog(ctx, name, logs[name]) }); err != nil {
		return err
	}
	for name := range logs {
		c.known[name] = stamps{} // so that its pieces go when it does
	}
	return c.keep()
}

// sorted are the objects that are files, by name, and the pieces of logs, by the name
// of their log.
func (c *Copy) sorted(there map[string]Entry) (whole map[string]Entry, logs map[string][]piece, err error) {
	whole, logs = map[string]Entry{}, map[string][]piece{}
	for name, entry := range there {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return nil, nil, &SettingError{c.bucket.String(), fmt.Sprintf("it holds an object %q, which is no name of a file", name)}
		}
		if log, p, ok := pieceOf(name); ok && c.mine(log) {
			logs[log] = append(logs[log], p)
		} else if c.mine(name) {
			whole[name] = entry
		}
	}
	return whole, logs, nil
}

// here are the files of the copy as they are.
func (c *Copy) here() (map[string]Entry, error) { return treeOf(c.dir, c.mine) }

func stampsOf(here, there Entry) stamps {
	return stamps{here.Size, here.Changed.UTC(), there.Changed.UTC(), there.MD5}
}

// fetch brings an object here.
func (c *Copy) fetch(ctx context.Context, there Entry) (stamps, error) {
	path := c.path(there.Name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return stamps{}, err
	}
	file, err := durable.Pending(path)
	if err != nil {
		return stamps{}, err
	}
	defer file.Cleanup()
	if err := c.bucket.copyTo(ctx, there.Name, file); err != nil {
		return stamps{}, err
	}
	if err := file.Replace(); err != nil {
		return stamps{}, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return stamps{}, err
	}
	return stampsOf(Entry{Size: info.Size(), Changed: info.ModTime()}, there), nil
}

// Publish makes the bucket equal to the folder: first what is new or has changed, then
// the last file, then what is gone here is removed there. Logs are not written: a Log
// does that as they grow. After an error the bucket holds a part of it, in this order.
func (c *Copy) Publish(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	here, err := c.here()
	if err != nil {
		return err
	}
	changed := map[string]Entry{}
	for name, entry := range here {
		if known, ok := c.known[name]; !isLog(name) && (!ok || known.Size != entry.Size || !known.Here.Equal(entry.Changed)) {
			changed[name] = entry
		}
	}
	last, hasLast := changed[c.last]
	delete(changed, c.last)
	if err := c.send(ctx, changed); err != nil {
		return err
	}
	if hasLast {
		if err := c.send(ctx, map[string]Entry{c.last: last}); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.known)) {
		if _, ok := here[name]; !ok {
			if err := c.bucket.Remove(ctx, name); err != nil {
				return err
			}
			delete(c.known, name)
		}
	}
	return nil
}

// send brings files to the bucket.
func (c *Copy) send(ctx context.Context, files map[string]Entry) error {
	var stamping sync.Mutex
	return eachOf(ctx, files, func(ctx context.Context, name string) error {
		err := c.bucket.Upload(ctx, name, c.path(name))
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it is gone meanwhile: the next time it is removed there too
		}
		if err != nil {
			return err
		}
		stamping.Lock()
		defer stamping.Unlock()
		c.known[name] = stampsOf(files[name], Entry{}) // what it is there shows when it is loaded
		return nil
	})
}

// keep writes the index, which spares the next Load what it says.
func (c *Copy) keep() error {
	content, err := json.Marshal(map[string]any{"bucket": c.bucket.String(), "files": c.known})
	if err != nil {
		return err
	}
	return durable.WriteFile(c.path(index), content)
}

func isLog(name string) bool { return strings.HasSuffix(name, logSuffix) }
