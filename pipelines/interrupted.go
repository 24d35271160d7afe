package pipelines

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

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
	return writeDurably(s.path(underWayName), append(content, '\n'))
}

// endDelivery: its tables are committed, or never will be.
func (s *state) endDelivery() error {
	if err := os.Remove(s.path(underWayName)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("state: %w", err)
	}
	return nil
}

// recoverDelivery writes down what a delivery did whose process died: without it
// nobody could say later who wrote a value, or put it back.
func (r *run) recoverDelivery() error {
	content, err := os.ReadFile(r.state.path(underWayName))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	var begun underWay
	if err == nil {
		err = json.Unmarshal(content, &begun)
	}
	if err != nil {
		return fmt.Errorf("state: %s cannot be read; without it what the last delivery wrote is not told, remove it to go on: %w", underWayName, err)
	}
	dir := deliveryDir(r.Pipeline, begun.Snapshot, begun.Manifest.RunID)
	if _, err := os.Stat(filepath.Join(dir, parquet.ManifestName)); err == nil {
		return r.state.endDelivery() // it died after its last word
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("what a killed delivery left cannot be removed: %w", err)
	}
	cells, err := rebuildOutcomes(dir, filepath.Join(r.state.path("targets", begun.Target), begun.Journal), begun)
	if err != nil {
		return err
	}
	r.state.Runs = append(r.state.Runs, record{
		Run: begun.Manifest.RunID, Kind: "killed", Outcome: "failed", Exit: ExitFailed, Started: begun.Manifest.ObservedAt, Delivered: begun.Snapshot,
	})
	if err := r.state.save(); err != nil {
		return err
	}
	r.note("the delivery of the run %s was cut short after %d cells; what it did is in %s", begun.Manifest.RunID, cells, dir)
	return r.state.endDelivery()
}

// rebuildOutcomes makes the tables of a delivery from its events, and answers how
// many cells they tell of.
func rebuildOutcomes(dir, journal string, begun underWay) (int64, error) {
	if err := sinks.RepairJournal(journal); err != nil {
		return 0, err
	}
	file, err := os.Open(journal)
	if err != nil {
		return 0, fmt.Errorf("state: %w", err)
	}
	defer file.Close()
	if _, err := file.Seek(begun.Offset, io.SeekStart); err != nil {
		return 0, fmt.Errorf("state: %w", err)
	}
	outcomes, err := newOutcomes(dir, begun.Manifest)
	if err != nil {
		return 0, err
	}
	defer outcomes.abort()
	for lines := json.NewDecoder(bufio.NewReaderSize(file, 1<<16)); ; {
		var event sinks.Event
		if err := lines.Decode(&event); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return 0, fmt.Errorf("journal %s: %w", journal, err)
		}
		outcomes.add(event)
	}
	var cells int64
	for _, n := range outcomes.counts {
		cells += n
	}
	return cells, outcomes.commit(context.Background()) // also when the run is interrupted: it is short
}
