package pipelines

import (
	"context"
	"slices"
	"time"

	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/sinks/parquet/diff"
)

// TrendVersion is the version of the JSON form of a Trend. A field may be added under
// the same version.
const TrendVersion = 1

// Trend is one property of the accounts over the snapshots of a source.
type Trend struct {
	Version int    `json:"version"`
	Source  string `json:"source"`
	Asked   string `json:"asked"`
	// Property is the name in the newest snapshot that was looked at and has it; Axes are
	// those that the pipeline file fills with it now.
	Property string   `json:"property"`
	Axes     []string `json:"axes"`
	// Found is the number of the snapshots that there are, LeftOut of them by the window
	// that was asked for, which the others follow: oldest first, all of them.
	Found     int      `json:"found"`
	LeftOut   int      `json:"left_out"`
	Snapshots []Point  `json:"snapshots"`
	Warnings  []string `json:"warnings"`
}

// Point is what a snapshot has of the property.
type Point struct {
	Snapshot SnapshotTold `json:"snapshot"`
	// Status is read; absent (the snapshot does not have the property); or unreadable (it
	// is damaged, or of another version of the program). Reason says what is wrong; also
	// where the values were read and cannot be held against those before.
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
	// Column is the name of the property in the snapshot, Type as in its manifest. Misfits
	// counts the cells that are no such value: they count as the texts they are.
	Column  string        `json:"column,omitempty"`
	Type    string        `json:"type,omitempty"`
	Misfits int64         `json:"misfits,omitempty"`
	Values  *diff.Profile `json:"values"`
	Moved   *Moved        `json:"moved"`
}

// The statuses of a Point.
const (
	pointRead       = "read"
	pointAbsent     = "absent"
	pointUnreadable = "unreadable"
)

// Moved is what became of the property since an earlier snapshot: the newest before it
// that has the property and could be read.
type Moved struct {
	Since string `json:"since"` // its run
	// Renamed is set where the property had another name there: found by what it holds.
	Renamed *diff.Renamed `json:"renamed,omitempty"`
	// Accounts that came and went, and those of both snapshots whose value is another one:
	// Filled were null, Emptied are null now.
	Added   int64 `json:"added"`
	Removed int64 `json:"removed"`
	Changed int64 `json:"changed"`
	Filled  int64 `json:"filled"`
	Emptied int64 `json:"emptied"`
	// Movements are the most frequent changes, ten at most; each may be TooLowBy rows more.
	Movements []diff.Movement `json:"movements"`
	TooLowBy  int64           `json:"movements_too_low_by"`
	// Buckets of accounts that are the same in both by their digest are not read.
	PartsRead    int `json:"parts_read"`
	PartsSkipped int `json:"parts_skipped"`
}

// Window says which snapshots are looked at: those observed from the day Since to the
// day Until in UTC (zero: without an end), and of these the Last ones (0: all).
type Window struct {
	Since, Until time.Time
	Last         int
}

// ReadTrend tells how the values of a property went, from the oldest snapshot of the
// window to the newest. The property is named as in Salesforce, in any letter case, or by
// the axis that it fills. A snapshot that cannot be read, or does not have the property,
// is told in its place. It reads one column and the ids of the accounts, in memory that
// does not grow with their number, contacts nobody, needs no secret and takes no lock.
// A name that no snapshot of the window knows is a ConfigurationError.
func ReadTrend(ctx context.Context, p *Pipeline, asked string, window Window) (*Trend, error) {
	past, err := newPast(ctx, p)
	if err != nil {
		return nil, err
	}
	t := &trending{past: past, Trend: Trend{Version: TrendVersion, Source: p.Source, Asked: asked, Axes: []string{}, Snapshots: []Point{}}}
	if err := t.choose(window); err != nil {
		return nil, err
	}
	anchor, fills, err := t.identify()
	if err != nil {
		return nil, err
	}
	if err := t.follow(ctx, anchor); err != nil {
		return nil, err
	}
	t.nameAxes(fills)
	for i := range t.steps {
		if err := t.read(ctx, i); err != nil {
			return nil, err
		}
	}
	t.Warnings = append([]string{}, t.warnings...)
	return &t.Trend, nil
}

// trending is a trend on its way.
type trending struct {
	*past
	Trend
	steps []trendStep
	last  *trendStep // the newest that was read; nil: none yet
	// strange are the columns of the snapshot that was last found not to have the property
	// under any name.
	strange []string
}

// trendStep is a snapshot of the window.
type trendStep struct {
	found   parquet.Found
	err     error
	columns []string        // of the accounts; nil: it was not opened yet
	column  string          // the name of the property there; empty: it does not have it
	renamed *diff.Renamed   // from the snapshot before that has it
	reader  *parquet.Reader // while it is the last that was read
	values  *diff.Profile
}

// open opens the snapshot of a step: it is opened anew where it is needed, so that not
// all manifests are held at once.
func (s *trendStep) open() (*parquet.Reader, error) {
	if s.err != nil {
		return nil, s.err
	}
	reader, err := s.found.Open()
	if err == nil {
		err = hasAccounts(reader.Manifest())
	}
	if s.err = err; err == nil && s.columns == nil {
		s.columns = columnNames(reader)
	}
	return reader, err
}

// names are the columns of the accounts, nil where the snapshot cannot be read.
func (s *trendStep) names() []string {
	if s.columns == nil {
		_, _ = s.open() // its error is kept
	}
	return s.columns
}

// read makes the point of a step.
func (t *trending) read(ctx context.Context, i int) error {
	s := &t.steps[i]
	point := Point{Snapshot: SnapshotTold{Run: s.found.RunID, Kind: s.found.Kind, ObservedAt: s.found.ObservedAt, Path: s.found.Dir}, Status: pointUnreadable}
	reader, err := s.open()
	if err != nil {
		point.Reason = err.Error()
		t.Snapshots = append(t.Snapshots, point)
		return nil
	}
	deliveries, err := t.deliveries(s.found.RunID)
	if err != nil {
		return err
	}
	point.Snapshot = t.tell(reader, deliveries)
	if s.column == "" {
		point.Status = pointAbsent
	} else if err := t.measure(ctx, s, reader, &point); err != nil {
		if ctx.Err() != nil {
			return err
		}
		point.Status, point.Reason = pointUnreadable, err.Error()
	}
	t.Snapshots = append(t.Snapshots, point)
	return nil
}

// measure reads the values of a step, and holds them against those of the last one.
func (t *trending) measure(ctx context.Context, s *trendStep, reader *parquet.Reader, point *Point) (err error) {
	s.reader = reader
	table := reader.Manifest().Tables[accountsTable]
	point.Column, point.Misfits = s.column, table.Dirty[s.column]
	point.Type = table.Columns[placeOfColumn(table, s.column)].Type
	if t.last != nil && sameRows(t.last.reader, s.reader) && t.last.column == s.column {
		s.values = t.last.values
	} else if s.values, err = profileOf(ctx, reader, s.column); err != nil {
		return err
	}
	point.Status, point.Values = pointRead, s.values
	if t.last != nil {
		if point.Moved, err = t.moved(ctx, t.last, s); err != nil {
			if ctx.Err() != nil {
				return err
			}
			point.Reason = "it cannot be held against that of " + t.last.found.RunID + ": " + err.Error()
		}
		t.last.reader = nil
	}
	t.last = s
	return nil
}

// profileOf is what a column holds, of long values the beginning.
func profileOf(ctx context.Context, reader *parquet.Reader, column string) (*diff.Profile, error) {
	values, err := diff.ProfileOf(ctx, reader, accountsTable, column)
	if err != nil {
		return nil, err
	}
	for i := range values.Top {
		values.Top[i].Value, values.Top[i].Cut = diff.CutTo(longestValue, values.Top[i].Value)
	}
	return values, nil
}

// moved compares two snapshots.
func (t *trending) moved(ctx context.Context, was, now *trendStep) (*Moved, error) {
	summary, err := diff.Compare(ctx, was.reader, now.reader, diff.Options{Table: accountsTable, Only: now.column, Was: was.column}, func(diff.Row) error { return nil })
	if err != nil {
		return nil, err
	}
	c := summary.Columns[0]
	for i := range c.Movements {
		m := &c.Movements[i]
		m.Before, m.BeforeCut = cutOrNull(m.Before)
		m.After, m.AfterCut = cutOrNull(m.After)
	}
	return &Moved{Since: was.found.RunID, Renamed: now.renamed, Added: summary.Added, Removed: summary.Removed, Changed: summary.Changed, Filled: c.Filled, Emptied: c.Emptied,
		Movements: c.Movements, TooLowBy: c.MovementsTooLowBy, PartsRead: summary.PartsRead, PartsSkipped: summary.PartsSkipped}, nil
}

// sameRows: a table has the same rows as before, by its digest.
func sameRows(was, now *parquet.Reader) bool {
	a, b := was.Manifest(), now.Manifest()
	before, after := a.Tables[accountsTable], b.Tables[accountsTable]
	return a.DigestName == b.DigestName && before.Digest == after.Digest &&
		slices.EqualFunc(before.Columns, after.Columns, func(c, d parquet.Column) bool { return c.Name == d.Name && c.Type == d.Type })
}

// longestValue is how many characters of a value are kept: a year of snapshots holds
// thousands of them.
const longestValue = 1000

func cutOrNull(text *string) (*string, *diff.Cut) {
	if text == nil {
		return nil, nil
	}
	value, cut := diff.CutTo(longestValue, *text)
	if cut == (diff.Cut{}) {
		return text, nil
	}
	return &value, &cut
}
