package diff

import (
	"cmp"
	"slices"

	"github.com/axisync/axisync/sinks/parquet"
)

const (
	focusRows   = 100_000 // that are looked at for a subject
	focusLeast  = 20      // rows of which something is said
	focusShare  = 0.5     // that share a value
	focusLift   = 0.3     // by which it is more than among all rows
	focusTold   = 3       // concentrations of a subject
	focusProbed = 2000    // rows after which a column is judged
)

// focus finds what the rows have in common that changed. A subject is a column whose
// cells changed, the added rows, or the removed ones.
type focus struct {
	c        *comparison
	idle     bool // one column alone is compared
	subjects []subject
	marks    []mark // of the bucket
	which    []int32
}

// subject is rows that may have something in common.
type subject struct {
	rows     int64
	by       []frequent // the values of their other columns
	hopeless []bool     // columns of which each row has a value of its own
}

// mark is a row that differs, with its subjects in focus.which. What changed rows have in
// common is looked for in what they were: values that changed together say nothing of
// each other.
type mark struct {
	row      int32 // of the old side; of an added row of the new one
	added    bool
	from, to int
}

func newFocus(c *comparison) *focus {
	f := &focus{c: c, subjects: make([]subject, len(c.columns)+2)}
	for i := range f.subjects {
		f.subjects[i].by, f.subjects[i].hopeless = make([]frequent, len(c.columns)), make([]bool, len(c.columns))
	}
	return f
}

func (f *focus) added() int   { return len(f.c.columns) }
func (f *focus) removed() int { return len(f.c.columns) + 1 }

// mark notes a row of the bucket.
func (f *focus) mark(row Row, old, fresh int32) {
	if f.idle {
		return
	}
	m := mark{row: old, from: len(f.which)}
	switch row.Kind {
	case Added:
		m.row, m.added = fresh, true
		f.note(f.added())
	case Removed:
		f.note(f.removed())
	default:
		for _, cell := range row.Cells {
			if cell.Column != f.c.stamp {
				f.note(cell.Column)
			}
		}
	}
	if m.to = len(f.which); m.to > m.from {
		f.marks = append(f.marks, m)
	}
}

func (f *focus) note(subject int) {
	if f.subjects[subject].rows < focusRows {
		f.subjects[subject].rows++
		f.which = append(f.which, int32(subject))
	}
}

// bucket counts the values of the rows of the bucket that were marked.
func (f *focus) bucket(was, now *half) error {
	defer func() { f.marks, f.which = f.marks[:0], f.which[:0] }()
	if len(f.marks) == 0 {
		return nil
	}
	for i, column := range f.c.columns {
		if i == f.c.stamp {
			continue
		}
		if err := f.count(i, now.walk.Column(column.after), true); err != nil {
			return err
		}
		if err := f.count(i, was.walk.Column(column.before), false); err != nil {
			return err
		}
	}
	return nil
}

// wanted are the marks whose value in a column says anything.
func (f *focus) wanted(column int, added bool) []mark {
	var some []mark
	for _, m := range f.marks {
		if m.added == added && slices.ContainsFunc(f.which[m.from:m.to], func(s int32) bool { return int(s) != column && !f.subjects[s].hopeless[column] }) {
			some = append(some, m)
		}
	}
	return some
}

// count counts the values of one column of one side.
func (f *focus) count(column int, walk *parquet.ColumnWalk, added bool) error {
	defer walk.Close()
	cells, first := feed{walk: walk}, int32(0)
	var text []byte
	for _, m := range f.wanted(column, added) {
		if err := cells.skip(m.row - first); err != nil {
			return err
		}
		value, err := cells.some()
		if err != nil {
			return err
		}
		first = m.row
		text = packedCell(text[:0], value, 0)
		for _, s := range f.which[m.from:m.to] {
			if int(s) != column {
				f.subjects[s].add(column, text)
			}
		}
	}
	return nil
}

// add counts a value; a column that has another value in nearly each row is given up.
func (s *subject) add(column int, value []byte) {
	if s.hopeless[column] {
		return
	}
	by := &s.by[column]
	by.add(value)
	if by.n == focusProbed {
		top := by.top(1)
		if len(top) == 0 || float64(top[0].count) < focusShare/4*focusProbed {
			s.hopeless[column], s.by[column] = true, frequent{}
		}
	}
}

// candidate is a value that most rows of a subject share.
type candidate struct {
	subject, column int
	value           string
	rows, of        int64
}

// finish holds the candidates against all rows of the table.
func (f *focus) finish() error {
	var all []candidate
	for i := range f.subjects {
		s := &f.subjects[i]
		for column := range s.by {
			for _, top := range s.by[column].top(1) {
				if n := s.by[column].n; n >= focusLeast && float64(top.count) >= focusShare*float64(n) {
					all = append(all, candidate{i, column, top.value, top.count, n})
				}
			}
		}
	}
	told := make([][]Concentration, len(f.subjects))
	for column := range f.c.columns {
		if err := f.hold(column, all, told); err != nil {
			return err
		}
	}
	for i := range told {
		slices.SortStableFunc(told[i], func(a, b Concentration) int { return cmp.Compare(b.Share-b.Usual, a.Share-a.Usual) })
		told[i] = told[i][:min(len(told[i]), focusTold)]
	}
	for i := range f.c.columns {
		f.c.summary.Columns[i].Where = told[i]
	}
	f.c.summary.AddedWhere, f.c.summary.RemovedWhere = told[f.added()], told[f.removed()]
	return nil
}

// hold finds the usual share of the candidates in one column.
func (f *focus) hold(column int, all []candidate, told [][]Concentration) error {
	for _, added := range []bool{false, true} {
		usual := map[string]int64{}
		for _, c := range all {
			if c.column == column && (c.subject == f.added()) == added {
				usual[c.value] = 0
			}
		}
		if len(usual) == 0 {
			continue
		}
		s, place := &f.c.before, f.c.columns[column].before
		if added {
			s, place = &f.c.after, f.c.columns[column].after
		}
		if err := s.tally(f.c.table, place, usual); err != nil {
			return err
		}
		for _, c := range all {
			if c.column != column || (c.subject == f.added()) != added {
				continue
			}
			found := Concentration{Column: f.c.columns[column].name, Value: unpacked(c.value), Rows: c.rows, Of: c.of, Share: float64(c.rows) / float64(c.of), Usual: float64(usual[c.value]) / float64(s.table.Rows)}
			if found.Share-found.Usual >= focusLift {
				told[c.subject] = append(told[c.subject], found)
			}
		}
	}
	return nil
}

// tally counts some values of a column among all rows of a table.
func (s *side) tally(table string, place int, counts map[string]int64) error {
	for part, file := range s.table.Files {
		walk, err := s.reader.Walk(table, part)
		if err != nil {
			return err
		}
		err = tallyPart(walk.Column(place), file.Rows, counts)
		walk.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func tallyPart(column *parquet.ColumnWalk, rows int64, counts map[string]int64) error {
	defer column.Close()
	var text []byte
	for rows > 0 {
		cells, err := column.Next(int(min(rows, blockRows)))
		if err != nil {
			return err
		}
		for i := range cells.Len() {
			text = packedCell(text[:0], cells, i)
			if n, wanted := counts[string(text)]; wanted {
				counts[string(text)] = n + 1
			}
		}
		rows -= int64(cells.Len())
	}
	return nil
}
