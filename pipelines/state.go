package pipelines

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"

	"github.com/axisync/axisync/durable"
	"github.com/axisync/axisync/storage"
	"github.com/axisync/axisync/transform"
)

// ErrLocked: another run of the same source is at work.
var ErrLocked = errors.New("another run of this source is at work; wait for it to end")

// stateVersion is the version of state.json.
const stateVersion = 1

// memory is state.json: the small things that a source remembers from run to
// run. What grows with the customers lies in files of its own beside it.
type memory struct {
	Version    int    `json:"version"`
	Generation int64  `json:"generation"` // rises with every save
	Source     string `json:"source"`
	Tag        string `json:"tag,omitempty"`
	// The org and the Fincome account that this source belongs to.
	OrganizationID string `json:"organization_id,omitempty"`
	UserID         string `json:"user_id,omitempty"`
	FincomeURL     string `json:"fincome_url,omitempty"`
	// Repinned is when another org took the place of the one before: plans made until
	// then are for that one.
	Repinned time.Time `json:"repinned,omitzero"`
	// Properties were usable in an earlier run: one that is not any more is lost,
	// not unknown.
	Properties []string `json:"properties,omitempty"`
	// Axes were filled in an earlier run.
	Axes []string `json:"axes,omitempty"`
	// Approved are the axes that may replace values which we did not write.
	Approved []string `json:"approved,omitempty"`
	// RolledBack is the run that was rolled back since a plan was applied last.
	RolledBack string `json:"rolled_back,omitempty"`
	// Allowed are the allowances (GUARD@RUN) that were used.
	Allowed []string `json:"allowed,omitempty"`
	// Acknowledgements is the number of the file of acknowledgements and of the
	// journal that goes on from it; 0: no file yet.
	Acknowledgements int64 `json:"acknowledgements"`
	// Targets is the same for the targets that are not Fincome's API, by name.
	Targets map[string]int64 `json:"targets,omitempty"`
	// Journaled is how long the journal of a target was, in bytes, when it was written
	// last by a run that came to its end.
	Journaled map[string]int64 `json:"journaled,omitempty"`
	// Limits are how many requests a second the targets were found to take, by name.
	Limits map[string]limit `json:"limits,omitempty"`
	// Deleted is the number of the file with what is known of accounts that are gone;
	// 0: no file yet.
	Deleted int64 `json:"deleted,omitempty"`
	// Position is up to when the accounts were read.
	Position *position `json:"position,omitempty"`
	// Cost is what the newest whole extraction has cost.
	Cost *cost `json:"cost,omitempty"`
	// Baseline is what the guards compare with.
	Baseline *baseline `json:"baseline,omitempty"`
	// Told is how the source stood when on_finish was told last; empty: ok.
	Told string `json:"told,omitempty"`
	// Runs are the last runs, the newest last.
	Runs []record `json:"runs,omitempty"`
}

// baseline is the newest run, or plan that was applied, that ended well.
type baseline struct {
	Run     string    `json:"run"`
	Started time.Time `json:"started"`
	transform.History
}

// record is what is remembered of a run.
type record struct {
	Run     string    `json:"run"`
	Kind    string    `json:"kind"` // plan, run, apply, rollback; killed: of which only its delivery is known
	Outcome string    `json:"outcome"`
	Exit    int       `json:"exit"`
	Started time.Time `json:"started"`
	// Approved are the axes that it approved.
	Approved []string `json:"approved,omitempty"`
	// Delivered is the run whose changes it has sent, or begun to send.
	Delivered string `json:"delivered,omitempty"`
	// Left are the cells that a canary left for later; 0 of any other run.
	Left int64 `json:"left,omitempty"`
	// Guards stopped it.
	Guards []transform.Guard `json:"guards,omitempty"`
	// Awaits is what has to come before it can go on, where no guard stopped it.
	Awaits WaitingFor `json:"awaits,omitempty"`
	// Figures are what it becomes the baseline with, of the newest runs.
	Figures *transform.History `json:"figures,omitempty"`
	// Reached is up to when it had read the accounts, of the newest runs that guards
	// stopped: it counts once it is applied.
	Reached *position `json:"reached,omitempty"`
}

const (
	runsKept    = 400
	figuresKept = 50 // a plan is applied within a day
)

// run is what is remembered of a run, nil if nothing is.
func (m *memory) run(id string) *record {
	for i := range m.Runs {
		if m.Runs[i].Run == id {
			return &m.Runs[i]
		}
	}
	return nil
}

// state is the folder of one source and what it remembers. It holds the lock of
// the source from open to close.
type state struct {
	memory
	dir    string // of this machine
	lock   *flock.Flock
	locked os.FileInfo // the file that is locked
	shared *shared     // the bucket of which dir is a working copy; nil: it is the state
}

// openState takes the lock of the source, proves that the folder can be
// written, and reads what is remembered. what is told to whoever comes while it is
// held. The context ends with that of the caller, and when the source is lost.
func openState(ctx context.Context, p *Pipeline, what string) (*state, context.Context, error) {
	dir := p.stateDir()
	if err := makeFolder(dir); err != nil {
		return nil, nil, p.barredFolder(stateError(dir, err))
	}
	lock, err := takeLock(ctx, dir, what)
	if err != nil {
		return nil, nil, p.barredFolder(err)
	}
	locked, err := os.Stat(lock.Path())
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("state: %w", err), lock.Close())
	}
	s := &state{dir: dir, lock: lock, locked: locked, memory: memory{Version: stateVersion, Source: p.Source}}
	if storage.IsBucket(p.State) {
		if s.shared, ctx, err = openShared(ctx, p, what); err != nil {
			s.close()
			return nil, nil, p.barredFolder(err)
		}
	}
	if err := errors.Join(s.open(), s.sweep(), s.proveWritable()); err != nil {
		s.close()
		return nil, nil, p.placed(dir, p.barredFolder(err))
	}
	return s, ctx, nil
}

// close frees the source; there is nothing to lose.
func (s *state) close() {
	if s.shared != nil {
		s.shared.close()
	}
	_ = s.lock.Close()
}

// sweep removes what processes left that were killed as they wrote. The token lies
// in the same folder and has a lock of its own.
func (s *state) sweep() error {
	err := durable.SweepFolder(s.path("runs"))
	for _, name := range []string{"state.json", "result.json", probedFile, unfinishedFile, writable} {
		err = errors.Join(err, durable.Sweep(s.path(name)))
	}
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	return nil
}

// writable is a file that comes and goes.
const writable = ".writable"

func (s *state) proveWritable() error {
	probe := s.path(writable)
	if err := durable.WriteFile(probe, nil); err != nil {
		return fmt.Errorf("state: %s cannot be written: %w", s.dir, err)
	}
	return os.Remove(probe)
}

// save makes what is remembered durable.
func (s *state) save() error {
	s.Generation++
	if forgotten := len(s.Runs) - runsKept; forgotten > 0 {
		for _, old := range s.Runs[:forgotten] {
			_ = os.Remove(s.path("runs", old.Run+".json")) // nobody asks for it any more; one that stays does no harm
		}
		s.Runs = s.Runs[forgotten:]
	}
	for i := range max(0, len(s.Runs)-figuresKept) {
		s.Runs[i].Figures, s.Runs[i].Reached = nil, nil
	}
	content, err := json.MarshalIndent(s.memory, "", "  ")
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	return s.put("state.json", append(content, '\n'))
}

func (s *state) path(elements ...string) string {
	return filepath.Join(append([]string{s.dir}, elements...)...)
}

// put replaces a file of the state so that a crash leaves the old or the new one.
func (s *state) put(name string, content []byte) error {
	if err := s.gone(); err != nil {
		return err
	}
	if err := writeDurably(s.path(name), content); err != nil {
		return err
	}
	return s.publish()
}

// drop removes a file of the state, which need not be there.
func (s *state) drop(name string) error {
	err := os.Remove(s.path(name))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = durable.SyncFolder(filepath.Dir(s.path(name)))
	}
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	return s.publish()
}

// target is the folder of what is remembered of one target.
func (s *state) target(name string) (string, error) {
	dir := s.path("targets", name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("state: %w", err)
	}
	return dir, nil
}

// acknowledgements are the file and the journal of a generation. The file of
// generation 0 does not exist.
func acknowledgements(dir string, generation int64) (file, journal string) {
	journal = filepath.Join(dir, fmt.Sprintf("journal-%06d.ndjson", generation))
	if generation > 0 {
		file = filepath.Join(dir, fmt.Sprintf("acknowledgements-%06d.parquet", generation))
	}
	return file, journal
}

// sweepAcknowledgements removes the files of other generations: what a run left
// that was killed before or after it turned the page.
func sweepAcknowledgements(dir string, generation int64) error {
	file, journal := acknowledgements(dir, generation)
	return keepOnly(dir, filepath.Base(file), filepath.Base(journal))
}

// keepOnly removes every other file of a folder.
func keepOnly(dir string, names ...string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	for _, entry := range entries {
		if !slices.Contains(names, entry.Name()) {
			if err := os.Remove(filepath.Join(dir, entry.Name())); err != nil {
				return fmt.Errorf("state: %w", err)
			}
		}
	}
	return nil
}

// remember adds names that are not there yet.
func remember(list []string, names ...string) []string {
	for _, name := range names {
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// writeDurably replaces a file so that a crash leaves the old or the new one.
func writeDurably(path string, content []byte) error {
	if err := durable.WriteFile(path, content); err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	return nil
}
