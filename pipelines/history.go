package pipelines

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/axisync/axisync/sinks/parquet"
)

// HistoryVersion is the version of the JSON form of a History. A field may be added under
// the same version.
const HistoryVersion = 1

// History is one customer or one account over all snapshots of a source.
type History struct {
	Version int    `json:"version"`
	Source  string `json:"source"`
	ID      string `json:"id"`
	Side    string `json:"side"` // customer or account
	// Name is its newest name, null where none is known.
	Name      *string     `json:"name"`
	Snapshots int         `json:"snapshots"` // that were looked at
	Present   int         `json:"present"`   // that have it
	FirstSeen *RunAt      `json:"first_seen"`
	LastSeen  *RunAt      `json:"last_seen"`
	Gone      []RunAt     `json:"gone"` // snapshots after the first that do not have it
	Events    []EventTold `json:"events"`
	Warnings  []string    `json:"warnings"`
}

// RunAt is a run by its id and time.
type RunAt struct {
	Run        string    `json:"run"`
	ObservedAt time.Time `json:"observed_at"`
}

// EventTold is a snapshot in which something is another than before, or of which
// something was delivered.
type EventTold struct {
	Snapshot SnapshotTold `json:"snapshot"`
	// Status is first_seen, changed, gone, back, or, where nothing has changed but cells
	// were sent, delivered or offered (in an import file); columns where nothing but
	// Columns is to be told.
	Status  string       `json:"status"`
	Changes []Change     `json:"changes"`
	Columns []ColumnTold `json:"columns"`
	Sent    []Sending    `json:"sent"`
}

// Change is a column that is another than in the snapshot before; null is empty.
type Change struct {
	// Of is account, customer (what it holds), desired (what it should hold) or match.
	Of     string  `json:"of"`
	Column string  `json:"column"`
	Before *string `json:"before"`
	After  *string `json:"after"`
	// New: the snapshots did not have the column before.
	New bool `json:"new,omitempty"`
}

// ReadHistory tells what became of a customer or an account, whose Record ID may
// have 15 characters, from the oldest snapshot to the newest. It reads the rows of
// that id alone, contacts nobody, needs no secret and takes no lock. A snapshot
// that cannot be read is left out with a warning. An id that no snapshot has is a
// ConfigurationError, and so is one of which no snapshot can be read.
func ReadHistory(ctx context.Context, p *Pipeline, id string) (*History, error) {
	past, err := newPast(ctx, p)
	if err != nil {
		return nil, err
	}
	newest, err := past.newest()
	if err != nil {
		return nil, err
	}
	h := &telling{past: past, known: map[column]*string{}, History: History{Version: HistoryVersion, Source: p.Source, Gone: []RunAt{}, Events: []EventTold{}}}
	if err := h.identify(newest, id); err != nil {
		return nil, err
	}
	for _, f := range past.all {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := h.addFound(f)
		if err != nil {
			past.skip(f, err)
		}
	}
	if h.FirstSeen == nil {
		return nil, configurationf("%s: no snapshot that has %q can be read: %s", p.File, h.ID, strings.Join(past.warnings, "; "))
	}
	h.Warnings = append([]string{}, past.warnings...)
	return &h.History, nil
}

// addFound tells what a snapshot has of it, or what a rollback has written.
func (h *telling) addFound(f parquet.Found) error {
	if f.Kind == kindRollback {
		snapshot, err := f.Open()
		if err != nil || h.Side != "customer" {
			return err
		}
		return h.addRollback(snapshot)
	}
	snapshot, err := open(f)
	if err != nil {
		return err
	}
	return h.add(snapshot)
}

func (h *telling) addRollback(snapshot *parquet.Reader) error {
	deliveries, err := h.deliveries(snapshot.Manifest().RunID)
	if err != nil {
		return err
	}
	sent, err := h.sendings(snapshot.Manifest().RunID, deliveries, h.ID)
	if err != nil || len(sent) == 0 {
		return err
	}
	h.Events = append(h.Events, EventTold{Snapshot: h.tell(snapshot, deliveries), Status: sentAs(sent), Changes: []Change{}, Columns: []ColumnTold{}, Sent: sent})
	return nil
}

// column is a column of one of the tables that tell of a customer or an account.
type column struct{ of, name string }

// telling is a history on its way: what is known of the columns so far.
type telling struct {
	*past
	History
	known  map[column]*string
	order  []column // of one snapshot
	absent bool     // the snapshot before did not have it
	// types are those of the columns of the last snapshot that has it, current those of the
	// one that is read.
	types, current map[column]string
}

// identify decides which customer or account an id means, by the newest snapshot
// that has it.
func (h *telling) identify(newest *parquet.Reader, asked string) error {
	for i := len(h.found) - 1; i >= 0; i-- {
		snapshot := newest
		if i < len(h.found)-1 {
			var err error
			if snapshot, err = open(h.found[i]); err != nil {
				continue // told when it is its turn
			}
		}
		for _, id := range idsOf(asked) {
			rows, err := snapshot.Find("matches", id)
			if err != nil {
				break
			}
			for _, row := range rows {
				if h.Side == "" || textOr(row["side"]) == "customer" {
					h.ID, h.Side = id, textOr(row["side"])
				}
			}
			if len(rows) > 1 {
				h.warn("%q is a customer and an account; this is the customer", id)
			}
			if h.Side != "" {
				return nil
			}
		}
	}
	if columnNamed(columnNames(newest), asked) != "" {
		return configurationf("%q is a property; its history: axisync history %s --property %[1]s", asked, h.File)
	}
	return configurationf("none of the %d snapshots in %s has a customer or an account %q; the first run that sees it begins its history", len(h.found), h.Parquet, asked)
}

// add tells what a snapshot has of it.
func (h *telling) add(snapshot *parquet.Reader) error {
	cells, present, err := h.read(snapshot)
	if err != nil {
		return err
	}
	m := snapshot.Manifest()
	at := RunAt{m.RunID, m.ObservedAt}
	var sent []Sending
	var deliveries []*parquet.Reader
	if h.Side == "customer" {
		if deliveries, err = h.deliveries(m.RunID); err != nil {
			return err
		}
		if sent, err = h.sendings(m.RunID, deliveries, h.ID); err != nil {
			return err
		}
	}
	h.Snapshots++
	event := EventTold{Changes: []Change{}, Columns: []ColumnTold{}, Sent: append([]Sending{}, sent...)}
	switch {
	case !present && h.FirstSeen == nil:
		return nil
	case !present:
		h.Gone = append(h.Gone, at)
		if !h.absent {
			event.Status = "gone"
		}
	default:
		event.Columns = h.columnChanges(cells)
		event.Status, event.Changes = h.status(at), h.changes(cells, event.Columns)
		h.LastSeen = &at
		h.Present++
	}
	h.absent = !present
	if event.Status == "changed" && len(event.Changes) == 0 {
		event.Status = ""
	}
	switch {
	case event.Status != "":
	case len(sent) > 0:
		event.Status = sentAs(sent)
	case len(event.Columns) > 0:
		event.Status = "columns"
	}
	if event.Status == "" {
		return nil
	}
	if deliveries == nil {
		if deliveries, err = h.deliveries(m.RunID); err != nil {
			return err
		}
	}
	event.Snapshot = h.tell(snapshot, deliveries)
	h.Events = append(h.Events, event)
	return nil
}

// sentAs is the status of a snapshot of which something was sent, and nothing else has
// happened.
func sentAs(sent []Sending) string {
	if slices.ContainsFunc(sent, func(s Sending) bool { return s.Outcome == offered }) {
		return offered
	}
	return "delivered"
}

// status is that of a snapshot that has it.
func (h *telling) status(at RunAt) string {
	switch {
	case h.FirstSeen == nil:
		h.FirstSeen = &at
		return "first_seen"
	case h.absent:
		return "back"
	}
	return "changed"
}

// changes are the columns that are others than they were when a snapshot had them
// last, and those that a snapshot has for the first time and that are not empty.
func (h *telling) changes(cells map[column]*string, told []ColumnTold) []Change {
	changes := []Change{}
	for _, c := range h.order {
		before, after := h.known[c], cells[c]
		if (before == nil) != (after == nil) || textOr(before) != textOr(after) {
			changes = append(changes, Change{c.of, c.name, before, after, isNew(told, c)})
		}
		h.known[c] = after
	}
	return changes
}
