package pipelines

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/parquet"
)

// SnapshotTold is a snapshot in an explanation or a history.
type SnapshotTold struct {
	Run         string    `json:"run"`
	Kind        string    `json:"kind"` // run or plan
	LogicalDate string    `json:"logical_date,omitempty"`
	ObservedAt  time.Time `json:"observed_at"`
	// Outcome is delivered, partly_delivered, offered or partly_offered (in import files,
	// which a person may have uploaded or not), nothing_to_write, stopped (by Guards),
	// planned, under_way (a delivery is at work or was cut off), not_delivered, or
	// snapshot (the file names no sink that delivers).
	Outcome    string         `json:"outcome"`
	Guards     []string       `json:"guards,omitempty"` // that stopped it
	Deliveries []DeliveryTold `json:"deliveries,omitempty"`
	Path       string         `json:"path"`
}

// DeliveryTold is one delivery of a snapshot.
type DeliveryTold struct {
	Run    string           `json:"run"` // that delivered: the same, or an apply
	At     time.Time        `json:"at"`
	Counts map[string]int64 `json:"counts"` // cells by outcome
}

// past is what a source has kept: its snapshots and what became of them. To read
// it takes no lock: a snapshot never changes once it is there.
type past struct {
	ctx context.Context // of the command that reads it
	*Pipeline
	all      []parquet.Found // oldest first, all readable as far as is known
	found    []parquet.Found // of all those that saw accounts and customers
	damaged  []parquet.Found
	warnings []string
}

func newPast(ctx context.Context, p *Pipeline) (*past, error) {
	found, err := parquet.Snapshots(ctx, p.Parquet, p.Slug)
	if err != nil {
		return nil, err
	}
	own := *p // the tag that a run finds in the state is filled in
	h := &past{ctx: ctx, Pipeline: &own}
	for _, f := range found {
		if f.Err != nil {
			h.skip(f, f.Err)
			h.damaged = append(h.damaged, f)
			continue
		}
		h.all = append(h.all, f)
		if f.Kind != kindRollback {
			h.found = append(h.found, f)
		}
	}
	return h, nil
}

// warn notes what the reader has to know, once.
func (h *past) warn(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(h.warnings, text) {
		h.warnings = append(h.warnings, text)
	}
}

func (h *past) skip(f parquet.Found, err error) {
	h.warn("the snapshot of the run %s is left out: %v", f.RunID, err)
}

// none is the error where there is no snapshot to read.
func (h *past) none() error {
	if len(h.warnings) > 0 {
		return configurationf("%s: no snapshot in %s can be read: %s", h.File, h.Parquet, h.warnings[0])
	}
	return configurationf("%s: there is no snapshot in %s yet; make one: axisync plan %s", h.File, h.Parquet, h.File)
}

// needed are the tables of a snapshot with the columns without which nothing can be
// told.
var needed = []struct {
	table   string
	columns []string
}{
	{"accounts", []string{connector.AccountID}}, {"customers", []string{connector.CustomerID, connector.Identifier}}, {"axes", []string{connector.CustomerID, "account_id"}},
	{"matches", []string{"id", "side", "verdict", "account_id"}}, {"changes", []string{sinks.ColumnCustomerID, sinks.ColumnAxis, sinks.ColumnCase}},
}

// open opens a snapshot that has the tables of this version of the program.
func open(f parquet.Found) (*parquet.Reader, error) {
	snapshot, err := f.Open()
	if err != nil {
		return nil, err
	}
	m := snapshot.Manifest()
	for _, n := range needed {
		for _, name := range n.columns {
			if !slices.ContainsFunc(m.Tables[n.table].Columns, func(c parquet.Column) bool { return c.Name == name }) {
				return nil, configurationf("it was written by version %s of the program, and its table %s has no column %s; use that version", m.ProgramVersion, n.table, name)
			}
		}
	}
	return snapshot, nil
}

// newest opens the newest snapshot that can be read.
func (h *past) newest() (*parquet.Reader, error) {
	for len(h.found) > 0 {
		last := h.found[len(h.found)-1]
		reader, err := open(last)
		if err == nil {
			return reader, nil
		}
		h.skip(last, err)
		h.found = h.found[:len(h.found)-1]
	}
	return nil, h.none()
}

// of opens the snapshot of a run.
func (h *past) of(runID string) (*parquet.Reader, error) {
	if !runIDForm.MatchString(runID) {
		return nil, configurationf("%q is not the id of a run, which looks like 20261123-0600-k3f7", runID)
	}
	for _, f := range slices.Concat(h.found, h.damaged) {
		if f.RunID == runID {
			return open(f)
		}
	}
	for _, f := range h.found {
		if there, err := parquet.Committed(h.ctx, deliveryDir(h.Pipeline, f.RunID, runID)); err == nil && there {
			return nil, configurationf("the run %s has no snapshot of its own: it delivered that of %s; ask for --run %[2]s", runID, f.RunID)
		}
	}
	if len(h.found) == 0 {
		return nil, h.none()
	}
	return nil, configurationf("there is no snapshot of the run %s in %s; the newest is that of %s", runID, h.Parquet, h.found[len(h.found)-1].RunID)
}

// tell says which snapshot it is and what became of it.
func (h *past) tell(snapshot *parquet.Reader, deliveries []*parquet.Reader) SnapshotTold {
	m := snapshot.Manifest()
	told := SnapshotTold{Run: m.RunID, Kind: m.Kind, LogicalDate: m.LogicalDate, ObservedAt: m.ObservedAt, Guards: m.Guards, Path: snapshotDir(h.Pipeline, m.RunID)}
	var delivered int64
	how := "delivered"
	for _, delivery := range deliveries {
		d := delivery.Manifest()
		told.Deliveries = append(told.Deliveries, DeliveryTold{Run: d.RunID, At: d.ObservedAt, Counts: d.Counts})
		var cells int64
		for _, n := range d.Counts {
			cells += n
		}
		if cells > delivered {
			delivered, how = cells, "delivered"
			if h.offers(d) {
				how = "offered"
			}
		}
	}
	changes := snapshot.Rows("changes")
	switch {
	case delivered >= changes && changes > 0:
		told.Outcome = how
	case delivered > 0:
		told.Outcome = "partly_" + how
	case h.begun(m.RunID) > len(deliveries):
		told.Outcome = "under_way"
	case len(m.Guards) > 0:
		told.Outcome = "stopped"
	case m.Kind == "plan", m.Kind == kindRollback:
		told.Outcome = "planned"
	case changes == 0:
		told.Outcome = "nothing_to_write"
	case !h.Deliver:
		told.Outcome = "snapshot"
	default:
		told.Outcome = "not_delivered"
	}
	return told
}

// begun is the number of the deliveries of a snapshot, also of those without an
// end: of a run at work, or of one that was killed.
func (h *past) begun(runID string) int {
	begun, err := parquet.Begun(h.ctx, h.Parquet, h.Slug, runID)
	if err != nil {
		h.warn("whether the run %s was delivered cannot be found out: %v", runID, err)
	}
	return begun
}

// deliveries opens what became of the deliveries of a snapshot, oldest first. One
// that is under way or was cut off is not there.
func (h *past) deliveries(runID string) ([]*parquet.Reader, error) {
	found, err := parquet.Deliveries(h.ctx, h.Parquet, h.Slug, runID)
	if err != nil {
		return nil, err
	}
	var readers []*parquet.Reader
	for _, f := range found {
		reader, err := f.Open()
		if err != nil {
			h.warn("what the run %s delivered of %s is left out: %v", f.RunID, runID, err)
			continue
		}
		readers = append(readers, reader)
	}
	return readers, nil
}

// textOr is a text, "" for null.
func textOr(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// one is the only row of a look-up, nil if there is none.
func one(rows []parquet.Row, err error) (parquet.Row, error) {
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[0], nil
}

// matchOf is the row of matches of a customer or an account.
func matchOf(snapshot *parquet.Reader, side, id string) (parquet.Row, error) {
	rows, err := snapshot.Find("matches", id)
	for _, row := range rows {
		if textOr(row["side"]) == side {
			return row, err
		}
	}
	return nil, err
}

// eachText goes through some columns of a whole table; null is "". The texts live
// until do returns.
func eachText(snapshot *parquet.Reader, table string, columns []string, do func(cells []string)) error {
	reader, err := snapshot.Read(table, columns...)
	if err != nil {
		return err
	}
	defer reader.Release()
	cells := make([]string, len(columns))
	for reader.Next() {
		batch := reader.RecordBatch()
		for row := range int(batch.NumRows()) {
			for i := range columns {
				cells[i] = batch.Column(i).(*array.String).Value(row) // empty where it is null
			}
			do(cells)
		}
	}
	return reader.Err()
}
