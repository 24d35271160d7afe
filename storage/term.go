package storage

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

// The terms of a lease are the objects term-000000000001 and so on.
const termPrefix = "term-"

func termName(number int64) string { return fmt.Sprintf("%s%012d", termPrefix, number) }

// clockPrefix begins the names of objects that are made to learn the time of the
// store, and removed at once.
const clockPrefix = "clock-"

// clockAge is how old such an object is at least that nobody will remove any more.
const clockAge = 10 * time.Minute

// terms are those that are there, by number.
type terms map[int64]Entry

func (t terms) highest() int64 {
	var highest int64
	for number := range t {
		highest = max(highest, number)
	}
	return highest
}

// cleared is how many old terms one renewal clears away: more where it may not remove
// any would keep it busy.
const cleared = 4

// before are some of the terms before a number.
func (t terms) before(number int64) []int64 {
	var old []int64
	for n := range t {
		if n < number && len(old) < cleared {
			old = append(old, n)
		}
	}
	return old
}

func (l *Lease) listed(entries []Entry) terms {
	found := terms{}
	for _, entry := range entries {
		if text, ok := strings.CutPrefix(entry.Name, termPrefix); ok {
			if number, err := strconv.ParseInt(text, 10, 64); err == nil && number > 0 && entry.Name == termName(number) && !entry.Folder {
				found[number] = entry
			}
		}
	}
	return found
}

func (l *Lease) present(ctx context.Context) (terms, error) {
	entries, err := l.bucket.List(ctx, "")
	return l.listed(entries), err
}

// aged is a term with its number and its age; the number 0 stands for none.
type aged struct {
	term
	number int64
	age    time.Duration
}

// newest is the newest term. Its age is the difference of two times of the store.
func (l *Lease) newest(ctx context.Context) (aged, error) {
	clock := clockPrefix + rand.Text()
	if err := l.bucket.Put(ctx, clock, nil); err != nil {
		return aged{}, err
	}
	defer l.bucket.delete(context.WithoutCancel(ctx), clock)
	entries, err := l.bucket.List(ctx, "")
	if err != nil {
		return aged{}, err
	}
	var now time.Time
	for _, entry := range entries {
		if entry.Name == clock {
			now = entry.Changed
		}
	}
	if now.IsZero() {
		return aged{}, fmt.Errorf("%s/%s was written and is not listed: the object store does not list what it has, so that it cannot hold a state", l.bucket, clock)
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name, clockPrefix) && !entry.Folder && now.Sub(entry.Changed) > clockAge {
			_ = l.bucket.delete(ctx, entry.Name) // of a process that was killed
		}
	}
	found := l.listed(entries)
	number := found.highest()
	if number == 0 {
		return aged{}, nil
	}
	t, err := l.readOrSomebody(ctx, number)
	return aged{t, number, now.Sub(found[number].Changed)}, err
}

// somebody is who has a term that was cleared away: he has a newer one.
func somebody() Holder { return Holder{What: "somebody", Since: time.Now()} }

// readOrSomebody is a term, also one that was cleared away meanwhile.
func (l *Lease) readOrSomebody(ctx context.Context, number int64) (term, error) {
	t, err := l.read(ctx, number)
	if errors.Is(err, fs.ErrNotExist) {
		return term{Holder: somebody()}, nil
	}
	return t, err
}

// read is a term that is there.
func (l *Lease) read(ctx context.Context, number int64) (term, error) {
	var t term
	content, err := l.bucket.Read(ctx, termName(number))
	if err != nil {
		return t, err
	}
	if err := json.Unmarshal(content, &t); err != nil {
		return t, &SettingError{l.bucket.String() + "/" + termName(number), "it is no lease of this program; remove it if nobody is at work"}
	}
	return t, nil
}
