package storage

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/axisync/axisync/durable"
)

// logSuffix ends the names of files that only grow: a bucket holds them in pieces,
// for an object cannot grow.
const logSuffix = ".ndjson"

// pieces is how many pieces of a log are made one: a load asks for each.
const pieces = 200

// piece is an object with the bytes of a log from a place of it to another. It is
// called LOG/FROM-TO, with twelve digits each. Pieces may cover each other: of those
// that begin at one place the longest counts.
type piece struct{ from, to int64 }

func (p piece) name(log string) string { return fmt.Sprintf("%s/%012d-%012d", log, p.from, p.to) }

func pieceOf(name string) (log string, p piece, ok bool) {
	slash := strings.LastIndexByte(name, '/')
	if slash < 0 || !isLog(name[:slash]) {
		return "", piece{}, false
	}
	from, to, _ := strings.Cut(name[slash+1:], "-")
	begin, err := strconv.ParseInt(from, 10, 64)
	end, endErr := strconv.ParseInt(to, 10, 64)
	log, p = name[:slash], piece{begin, end}
	return log, p, err == nil && endErr == nil && 0 <= begin && begin < end && p.name(log) == name
}

// chain are pieces that follow each other from the beginning of the log, and those
// that it does without. A gap is an error: something was removed.
func chain(log string, all []piece) (used, spare []piece, err error) {
	slices.SortFunc(all, func(a, b piece) int {
		if a.from != b.from {
			return int(min(1, max(-1, a.from-b.from)))
		}
		return int(min(1, max(-1, b.to-a.to)))
	})
	var at int64
	for _, p := range all {
		switch {
		case p.from == at:
			used, at = append(used, p), p.to
		case p.from > at:
			return nil, nil, &SettingError{log, fmt.Sprintf("the log has no bytes %d to %d: bring its objects back from a backup", at, p.from)}
		default:
			spare = append(spare, p)
		}
	}
	return used, spare, nil
}

// fetchLog puts a log together here.
func (c *Copy) fetchLog(ctx context.Context, name string, all []piece) error {
	used, _, err := chain(c.bucket.String()+"/"+name, all)
	if err != nil {
		return err
	}
	path := c.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := durable.Pending(path)
	if err != nil {
		return err
	}
	defer file.Cleanup()
	for len(used) > 0 { // several at once, one after the other into the file
		n := min(together, len(used))
		contents := make([][]byte, n)
		part := map[string]int{}
		for i, p := range used[:n] {
			part[p.name(name)] = i
		}
		if err := eachOf(ctx, part, func(ctx context.Context, object string) (err error) {
			contents[part[object]], err = c.bucket.Read(ctx, object)
			return err
		}); err != nil {
			return err
		}
		for i, content := range contents {
			if int64(len(content)) != used[i].to-used[i].from {
				return &SettingError{c.bucket.String() + "/" + used[i].name(name), fmt.Sprintf("it has %d bytes and should have %d: bring it back from a backup", len(content), used[i].to-used[i].from)}
			}
			if _, err := file.Write(content); err != nil {
				return err
			}
		}
		used = used[n:]
	}
	return file.Replace()
}

// Log is a file of a copy that grows: Extend brings to the bucket what was added. It
// is used by one goroutine at a time.
type Log struct {
	copy  *Copy
	name  string
	size  int64   // of what the bucket has
	small []piece // that are not made one yet
}

// Log begins to extend a log, of which the bucket has all that is in the folder now.
func (c *Copy) Log(name string) (*Log, error) {
	info, err := os.Stat(c.path(name))
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known[name] = stamps{} // so that its pieces are removed when the file is
	l := &Log{copy: c, name: name, size: info.Size()}
	return l, nil
}

// Extend brings the bytes up to a size of the file to the bucket. They are there for
// good when nil is returned.
func (l *Log) Extend(ctx context.Context, size int64) error {
	if size <= l.size {
		return nil
	}
	p := piece{l.size, size}
	if err := l.put(ctx, p); err != nil {
		return err
	}
	l.size, l.small = size, append(l.small, p)
	if len(l.small) >= pieces {
		_ = l.join(ctx) // the next time tries again: what was to be there is there
	}
	return nil
}

// join puts one piece in the place of many.
func (l *Log) join(ctx context.Context) error {
	if len(l.small) < 2 {
		return nil
	}
	if err := l.put(ctx, piece{l.small[0].from, l.small[len(l.small)-1].to}); err != nil {
		return err
	}
	spare := map[string]bool{}
	for _, p := range l.small {
		spare[p.name(l.name)] = true
	}
	l.small = nil
	_ = eachOf(ctx, spare, l.copy.bucket.delete) // those that stay count no more
	return nil
}

// Close makes few pieces of the last many.
func (l *Log) Close(ctx context.Context) error { return l.join(ctx) }

func (l *Log) put(ctx context.Context, p piece) error {
	file, err := os.Open(l.copy.path(l.name))
	if err != nil {
		return err
	}
	defer file.Close()
	return l.copy.bucket.write(ctx, p.name(l.name), io.NewSectionReader(file, p.from, p.to-p.from), p.to-p.from, false)
}
