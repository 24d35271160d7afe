package diff

import (
	"bytes"
	"slices"

	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/parquet"
)

// step says what the next rows of a script are.
type step uint8

const (
	both      step = iota
	patched        // of both sides, and a cell of them did not fit its type
	oldOnly        // removed
	newOnly        // added
	oldBeside      // of the old side, in another bucket
	newBeside
)

// stretch is some rows of one kind, next to each other.
type stretch struct {
	step step
	rows int32
}

// script is how the rows of two parts follow each other.
type script []stretch

func (s script) add(step step) script {
	if last := len(s) - 1; last >= 0 && s[last].step == step {
		s[last].rows++
		return s
	}
	return append(s, stretch{step, 1})
}

// keys are the keys of a part in its order, one column after the other.
type keys struct {
	columns []texts
	rows    int
	patched []bool // rows with a cell that did not fit its type; nil: none
}

// texts are the cells of a column; those of a key are never null.
type texts struct {
	data []byte
	ends []int // the first is 0
}

func (t *texts) at(row int) []byte { return t.data[t.ends[row]:t.ends[row+1]] }

// load makes k the keys of a part, in the memory of those before.
func (k *keys) load(w *parquet.PartWalk, places []int) error {
	k.rows, k.patched = int(w.Rows()), nil
	if k.columns == nil {
		k.columns = make([]texts, len(places))
	}
	for i, place := range places {
		if err := k.columns[i].read(w, place, k.rows); err != nil {
			return err
		}
	}
	return nil
}

func (t *texts) read(w *parquet.PartWalk, place, rows int) error {
	column := w.Column(place)
	defer column.Close()
	t.data, t.ends = t.data[:0], append(slices.Grow(t.ends[:0], rows+1), 0)
	for len(t.ends) <= rows {
		cells, err := column.Next(rows + 1 - len(t.ends))
		if err != nil {
			return err
		}
		for i := range cells.Len() {
			if !cells.Null(i) {
				t.data = cells.Append(t.data, i)
			}
			t.ends = append(t.ends, len(t.data))
		}
	}
	return nil
}

// compare orders a row of k and a row of l as the rows of a part are sorted.
func (k *keys) compare(row int, l *keys, other int) int {
	for i := range k.columns {
		if c := bytes.Compare(k.columns[i].at(row), l.columns[i].at(other)); c != 0 {
			return c
		}
	}
	return 0
}

// within are the rows of a part that lie in a bucket of a greater depth; nil: all.
func (k *keys) within(bucket, depth, own int) []bool {
	if own == depth {
		return nil
	}
	inside := make([]bool, k.rows)
	for row := range inside {
		inside[row] = sinks.Bucket(sinks.Hash(string(k.columns[0].at(row))), depth) == bucket
	}
	return inside
}

// merge makes the script of two parts. Rows of one key are taken pair by pair.
func merge(was, now *keys, wasInside, nowInside []bool) script {
	var s script
	i, j := 0, 0
	for i < was.rows || j < now.rows {
		switch {
		case i < was.rows && wasInside != nil && !wasInside[i]:
			s = s.add(oldBeside)
			i++
			continue
		case j < now.rows && nowInside != nil && !nowInside[j]:
			s = s.add(newBeside)
			j++
			continue
		}
		order := 0
		switch {
		case j == now.rows:
			order = -1
		case i == was.rows:
			order = 1
		default:
			order = was.compare(i, now, j)
		}
		switch {
		case order < 0:
			s = s.add(oldOnly)
			i++
		case order > 0:
			s = s.add(newOnly)
			j++
		case was.patched != nil && was.patched[i] || now.patched != nil && now.patched[j]:
			s = s.add(patched)
			i, j = i+1, j+1
		default:
			s = s.add(both)
			i, j = i+1, j+1
		}
	}
	return s
}
