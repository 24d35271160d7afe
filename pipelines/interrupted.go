package pipelines

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/axisync/axisync/grace"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/parquet"
)

// underWay is the file delivering.json: a delivery that has begun and whose tables
// are not committed. When its process dies they are made from the journal.
type underWay struct {
	Target   string           `json:"target"`
	Journal  string           `json:"journal"` // its file, in the folder of the target
	Offset   int64            `json:"offset"`  // where the events of the delivery begin
	Snapshot string           `json:"snapshot"`
	Manifest parquet.Manifest `json:"manifest"` // of the delivery
}

const underWayName = "delivering.json"

// beginDelivery notes that the events from the end of the journal on are those of
// this delivery.
func (s *state) beginDelivery(target, journal, snapshot string, manifest parquet.Manifest) error {
	info, err := os.Stat(journal)
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	content, err := json.Marshal(underWay{target, filepath.Base(journal), info.Size(), snapshot, manifest})
	if err != nil {
		return err
	}
	return s.put(underWayName, append(content, '\n'))
}

// endDelivery: its tables are committed, or never will be.
func (s *state) endDelivery() error {
	return s.drop(underWayName)
}

// begunDelivery is the delivery that has begun and not ended, nil where none has.
func (s *state) begunDelivery() (*underWay, error) {
	path := s.path(underWayName)
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, stateError(path, err)
	}
	var begun underWay
	err = json.Unmarshal(content, &begun)
	switch {
	case err == nil && begun.whole():
		return &begun, nil
	case err == nil:
		err = errors.New("it does not say which delivery it is of")
	}
	return nil, configurationf("state: %s is damaged (%v): bring it back from a backup, or remove it to go on; then the history does not tell what the delivery wrote that was cut short, and it cannot be rolled back", path, err)
}

// whole reports whether u says all that is needed to tell of the delivery.
func (u *underWay) whole() bool {
	return u.Target != "" && u.Journal == filepath.Base(u.Journal) && u.Journal != "" && u.Offset >= 0 && runIDForm.MatchString(u.Snapshot) && runIDForm.MatchString(u.Manifest.RunID)
}

// recoverDelivery writes down what a delivery did whose process died: without it
// nobody could say later who wrote a value, or put it back.
func (r *run) recoverDelivery(ctx context.Context) error {
	begun, err := r.state.begunDelivery()
	if err != nil || begun == nil {
		return err
	}
	dir := deliveryDir(r.Pipeline, begun.Snapshot, begun.Manifest.RunID)
	switch whole, err := parquet.Committed(ctx, dir); {
	case err != nil:
		return err
	case whole:
		return r.state.endDelivery() // it died after its last word
	}
	if err := parquet.Remove(ctx, dir); err != nil {
		return fmt.Errorf("what a killed delivery left cannot be removed: %w", err)
	}
	told, err := toldBefore(ctx, r.Pipeline, begun.Snapshot)
	if err != nil {
		return err
	}
	did, err := rebuildOutcomes(ctx, dir, r.work(), filepath.Join(r.state.path("targets", begun.Target), begun.Journal), *begun, told)
	if err != nil {
		return err
	}
	r.state.Runs = append(r.state.Runs, record{
		Run: begun.Manifest.RunID, Kind: "killed", Outcome: "failed", Exit: ExitFailed, Started: begun.Manifest.ObservedAt, Delivered: begun.Snapshot,
	})
	if err := r.state.save(); err != nil {
		return err
	}
	r.note("the delivery of the run %s was cut short after %d cells; what it did is in %s", begun.Manifest.RunID, did.cells, dir)
	if r.unheard = did.unheard; r.unheard > 0 {
		r.note("%d of these cells were refused or in conflict, and nobody was told yet: axisync rejects %s", r.unheard, r.File)
	}
	return r.state.endDelivery()
}

// cutShort is what a delivery did whose process died.
type cutShort struct {
	cells   int64 // of which anything is told
	unheard int64 // rejects and conflicts that no delivery of the plan had told before
}

// rebuildOutcomes makes the tables of a delivery from its events; told are the fates
// that earlier deliveries of its snapshot have told.
func rebuildOutcomes(ctx context.Context, dir, staging, journal string, begun underWay, told known) (did cutShort, err error) {
	if err := holds(journal, begun.Offset); err != nil {
		return did, err
	}
	if err := sinks.RepairJournal(journal); err != nil {
		return did, err
	}
	outcomes, err := newOutcomes(ctx, dir, staging, begun.Manifest)
	if err != nil {
		return did, err
	}
	defer outcomes.abort()
	outcomes.known = told
	err = sinks.ReadJournal(journal, begun.Offset, func(event sinks.Event) error { outcomes.add(event); return nil })
	if err != nil {
		return did, err
	}
	for _, n := range outcomes.counts {
		did.cells += n
	}
	did.cells += int64(len(outcomes.open)) // those in flight
	did.unheard = outcomes.counts[sinks.Rejected] + outcomes.counts[sinks.Conflict] - outcomes.repeated
	longer, over := grace.Outlive(ctx) // also when the run is interrupted
	defer over()
	return did, outcomes.commit(longer)
}
