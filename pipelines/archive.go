package pipelines

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/axisync/axisync/storage"
)

// archive is what a source remembers, read without its lock: every file of it is
// replaced as a whole.
type archive struct {
	*Pipeline
	memory
	found bool // the source has run
	place storage.Place
}

func openArchive(ctx context.Context, p *Pipeline) (*archive, error) {
	m, found, err := readMemory(ctx, p)
	if err != nil {
		return nil, err
	}
	place, err := storage.At(ctx, storage.Join(p.State, p.Slug))
	if err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	return &archive{p, m, found, place}, nil
}

// read gives a file of the state in JSON; false where it is not there.
func (a *archive) read(ctx context.Context, name string, into any) (bool, error) {
	content, err := a.place.Read(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal(content, into)
	}
	if err != nil {
		return false, fmt.Errorf("state: %s in %s cannot be read: %w", name, a.place, err)
	}
	return true, nil
}

// result is that of a run; nil where it is not kept, such as of one that was killed.
func (a *archive) result(ctx context.Context, run string) (*Result, error) {
	var r Result
	if there, err := a.read(ctx, path.Join("runs", run+".json"), &r); !there || err != nil {
		return nil, err
	}
	return &r, nil
}

// interrupted reports whether a signal ended the run, or a kill.
func (r record) interrupted() bool { return r.Exit >= 128 || r.Kind == "killed" }

// upToDate reports whether a run brought Fincome up to date: a run or an apply that ended
// well and left nothing for later.
func (a *archive) upToDate(r record) bool {
	if r.Exit != ExitDone && r.Exit != ExitRejects || r.Left > 0 {
		return false
	}
	return r.Kind == "run" || r.Kind == "apply" && !a.putsBack(r.Delivered)
}

// putsBack reports whether a run is the plan of a rollback, which says nothing of the
// accounts.
func (a *archive) putsBack(run string) bool {
	for _, r := range a.Runs {
		if r.Run == run {
			return r.Kind == kindRollback
		}
	}
	return false
}
