package diff

import (
	"encoding/binary"
	"time"

	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/words"
)

// SummaryVersion is the version of the JSON form of a Summary. A field may be added
// under the same version.
const SummaryVersion = 1

// Summary says how a table of two snapshots differs.
type Summary struct {
	Version int      `json:"version"`
	Table   string   `json:"table"`
	Key     []string `json:"key"`
	Before  Side     `json:"before"`
	After   Side     `json:"after"`
	// The rows by what became of them. Before.Rows = Removed + Changed + Unchanged,
	// After.Rows = Added + Changed + Unchanged.
	Added     int64 `json:"added"`
	Removed   int64 `json:"removed"`
	Changed   int64 `json:"changed"`
	Unchanged int64 `json:"unchanged"`
	// Silent is how many of Changed have the SystemModstamp they had; null where the
	// table has no such column on both sides.
	Silent *int64 `json:"silent"`
	// Columns are those that both sides have and that are no key.
	Columns []Column `json:"columns"`
	// Gone and New are the columns that one side alone has; Renamed are those of them
	// that hold the same.
	Gone    []string  `json:"gone"`
	New     []string  `json:"new"`
	Renamed []Renamed `json:"renamed"`
	// AddedWhere and RemovedWhere say where the rows that came and went concentrate.
	AddedWhere   []Concentration `json:"added_where,omitempty"`
	RemovedWhere []Concentration `json:"removed_where,omitempty"`
	PartsRead    int             `json:"parts_read"`
	PartsSkipped int             `json:"parts_skipped"`
	// Warnings are what a reader must know beside; whoever chose the snapshots sets them.
	Warnings []string `json:"warnings"`
}

// Side is one of the two snapshots.
type Side struct {
	Run         string    `json:"run"`
	Kind        string    `json:"kind"`
	LogicalDate string    `json:"logical_date,omitempty"`
	ObservedAt  time.Time `json:"observed_at"`
	Rows        int64     `json:"rows"`
	Source      string    `json:"source"`
}

// Column says how a column differs.
type Column struct {
	Name string `json:"name"`
	// Changed counts the cells of rows of both sides that differ: Filled were null
	// before, Emptied are null now.
	Changed int64 `json:"changed"`
	Filled  int64 `json:"filled"`
	Emptied int64 `json:"emptied"`
	// The types as they stand in manifests.
	TypeBefore string `json:"type_before"`
	TypeAfter  string `json:"type_after"`
	// The nulls among all rows of each side.
	NullsBefore int64 `json:"nulls_before"`
	NullsAfter  int64 `json:"nulls_after"`
	// Movements are the most frequent changes of the column, ten at most. The counts are
	// exact where there are no more than 64 different movements, else up to one in 65 of
	// Changed too low; MovementsTooLowBy says by how many rows they may be.
	Movements         []Movement `json:"movements"`
	MovementsTooLowBy int64      `json:"movements_too_low_by"`
	// Where says what the rows have in common whose cell of the column changed.
	Where []Concentration `json:"where,omitempty"`

	moved frequent
}

// Movement is a change that several rows share; null is a null.
type Movement struct {
	Before *string `json:"before"`
	After  *string `json:"after"`
	// BeforeCut and AfterCut are set where the values are not given whole; a summary of
	// Compare gives them whole.
	BeforeCut *Cut  `json:"before_cut,omitempty"`
	AfterCut  *Cut  `json:"after_cut,omitempty"`
	Rows      int64 `json:"rows"`
}

// Concentration is a value that most of some rows share and that is far rarer among
// all: "91% of the changed Industry values have OwnerId = 005..., who has 3% of all". It
// is what they held in the old snapshot; of added rows, what they hold in the new one.
type Concentration struct {
	Column string  `json:"column"`
	Value  *string `json:"value"`
	// Rows of the Of rows that were looked at (the first hundred thousand, in the order
	// of a hash) have the value; Rows may be up to one in 65 of Of too low.
	Rows int64 `json:"rows"`
	Of   int64 `json:"of"`
	// Share is Rows / Of; Usual is the exact share among all rows of the table.
	Share float64 `json:"share"`
	Usual float64 `json:"usual"`
}

// Renamed is a column that is gone and a new one that hold the same in at least 95 of
// 100 of the rows looked at in which either has a value.
type Renamed struct {
	From string `json:"from"`
	To   string `json:"to"`
	Same int64  `json:"same"`
	Of   int64  `json:"of"`
}

func newSummary(table string, before, after side) *Summary {
	s := &Summary{Version: SummaryVersion, Table: table, Key: before.table.Key, Before: sideOf(before), After: sideOf(after),
		Columns: []Column{}, Gone: []string{}, New: []string{}}
	return s
}

func sideOf(s side) Side {
	m := s.reader.Manifest()
	return Side{Run: m.RunID, Kind: m.Kind, LogicalDate: m.LogicalDate, ObservedAt: m.ObservedAt, Rows: s.table.Rows, Source: m.Source}
}

func (s *Summary) addColumn(before, after side, was, now int) {
	old, fresh := before.table.Columns[was], after.table.Columns[now]
	s.Columns = append(s.Columns, Column{
		Name: fresh.Name, TypeBefore: old.Type, TypeAfter: fresh.Type, Movements: []Movement{},
		NullsBefore: before.table.Nulls[old.Name], NullsAfter: after.table.Nulls[fresh.Name],
	})
	if fresh.Name == stamp {
		s.Silent = new(int64)
	}
}

func (s *Summary) setOwn(before, after side, gone, fresh []int) {
	names := func(t parquet.TableManifest, places []int) []string {
		all := []string{}
		for _, place := range places {
			all = append(all, t.Columns[place].Name)
		}
		return all
	}
	s.Gone, s.New = names(before.table, gone), names(after.table, fresh)
}

// count counts a row that is not the same.
func (s *Summary) count(row Row) {
	switch row.Kind {
	case Added:
		s.Added++
		return
	case Removed:
		s.Removed++
		return
	}
	s.Changed++
	if row.Silent {
		*s.Silent++
	}
	for _, cell := range row.Cells {
		s.Columns[cell.Column].count(cell)
	}
}

func (c *Column) count(cell Cell) {
	c.Changed++
	switch {
	case !cell.Before.Set:
		c.Filled++
	case !cell.After.Set:
		c.Emptied++
	}
	var room [128]byte
	both := binary.AppendUvarint(room[:0], uint64(len(cell.Before.Text)))
	both = packed(packed(both, cell.Before), cell.After)
	c.moved.add(both)
}

const (
	movementsTold = 10
	// movementsKept is how many different movements are counted one by one where one
	// column alone is compared.
	movementsKept = 1 << 12
)

// Differs reports whether a column is worth a line: cells of it changed, or its share of
// nulls, as far as it is told.
func (s *Summary) Differs(c Column) bool {
	return c.Changed > 0 || words.Share(c.NullsBefore, s.Before.Rows) != words.Share(c.NullsAfter, s.After.Rows)
}

// Dominant is the movement that most changes of a column share, if one does.
func (c Column) Dominant() (m Movement, ok bool) {
	if len(c.Movements) == 0 || c.Changed < 5 || c.Movements[0].Rows*2 < c.Changed {
		return m, false
	}
	return c.Movements[0], true
}

// settle makes the figures that follow from what was counted.
func (s *Summary) settle() {
	s.Unchanged = s.After.Rows - s.Added - s.Changed
	for i := range s.Columns {
		c := &s.Columns[i]
		c.MovementsTooLowBy = c.moved.low
		for _, m := range c.moved.top(movementsTold) {
			if m.count <= c.moved.low {
				break // it is there because it came late, not because it is frequent
			}
			size, n := binary.Uvarint([]byte(m.value))
			before := m.value[n:]
			after := before[1+size:]
			c.Movements = append(c.Movements, Movement{Before: unpacked(before[:1+size]), After: unpacked(after), Rows: m.count})
		}
	}
}
