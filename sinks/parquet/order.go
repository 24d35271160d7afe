package parquet

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"unsafe"

	"github.com/axisync/axisync/sinks"
)

// hash is sinks.Hash of an id that is not a string yet.
func hash(id []byte) uint64 { return sinks.Hash(unsafe.String(unsafe.SliceData(id), len(id))) }

// sorter sorts rows by their key, bytewise, and keeps its memory between uses.
type sorter struct {
	entries []entry
	spare   []entry
	order   []int32

	rows      *rows
	key       []int
	shared    []int // by key column, how many leading bytes all cells have in common
	presorted bool  // rows with the same first key cell stand in the order of the other key cells
}

type entry struct {
	prefix uint64 // eight bytes of a key column
	row    int32
}

// sort gives the numbers of the rows in the order of the key columns: bytewise,
// null before everything, equal rows in the order of their other cells, so that
// the result does not depend on the order of arrival. It is valid until the next
// call.
func (s *sorter) sort(r *rows, key []int) []int32 {
	s.rows, s.key, s.shared, s.entries, s.order = r, key, s.shared[:0], s.entries[:0], s.order[:0]
	for _, column := range key {
		s.shared = append(s.shared, sharedPrefix(&r.columns[column], r.n))
	}
	for i := range r.n {
		s.entries = append(s.entries, entry{row: int32(i)})
	}
	s.sortByLast()
	s.sortFrom(s.entries, 0, s.shared[0])
	for _, e := range s.entries {
		s.order = append(s.order, e.row)
	}
	s.rows = nil
	return s.order
}

// sortByLast sorts by all key columns but the first if these have codes: rows
// with the same first cell then stay in this order, for sorting is stable.
func (s *sorter) sortByLast() {
	s.presorted = len(s.key) > 1
	for _, column := range s.key[1:] {
		s.presorted = s.presorted && s.rows.columns[column].coded
	}
	if !s.presorted {
		return
	}
	for k := len(s.key) - 1; k > 0; k-- {
		s.prefix(s.entries, k, 0)
		s.spare = radixSort(s.entries, s.spare)
	}
}

// prefix sets the prefixes of entries to what stands in key column k from place
// from on, or to the ranks of the codes there. It answers whether any cell goes on
// after that.
func (s *sorter) prefix(entries []entry, k, from int) bool {
	column := &s.rows.columns[s.key[k]]
	if column.coded {
		ranks := column.words.ranked()
		for i := range entries {
			entries[i].prefix = uint64(ranks[column.codes[entries[i].row]])
		}
		return false
	}
	longer := false
	for i := range entries {
		cell, _ := column.at(int(entries[i].row))
		entries[i].prefix = bigEndian(cell, from)
		longer = longer || len(cell) > from+8
	}
	return longer
}

// sortFrom sorts entries that are equal in the key columns before k, and in
// column k up to place from.
func (s *sorter) sortFrom(entries []entry, k, from int) {
	longer := s.prefix(entries, k, from)
	s.spare = radixSort(entries, s.spare)
	for at := 0; at < len(entries); {
		end := at + 1
		for end < len(entries) && entries[end].prefix == entries[at].prefix {
			end++
		}
		if end-at > 1 {
			s.sortTies(entries[at:end], k, from, longer)
		}
		at = end
	}
}

// sortTies sorts entries that are equal in the eight bytes of column k from
// place from on, too; longer says whether any cell goes on after these.
func (s *sorter) sortTies(entries []entry, k, from int, longer bool) {
	switch {
	case s.presorted && k == 0 && s.same(entries, s.key[0]):
		s.sortTwins(entries)
	case longer && len(entries) > fewTies:
		s.sortFrom(entries, k, from+8)
	case k+1 < len(s.key) && s.same(entries, s.key[k]):
		s.sortFrom(entries, k+1, s.shared[k+1])
	default:
		s.compareAll(entries)
	}
}

// sortTwins sorts entries whose first key cell is the same and which stand in
// the order of the others: what is left are those with the same key.
func (s *sorter) sortTwins(entries []entry) {
	for at := 0; at < len(entries); {
		end := at + 1
		for end < len(entries) && s.twins(entries[at].row, entries[end].row) {
			end++
		}
		if end-at > 1 {
			s.compareAll(entries[at:end])
		}
		at = end
	}
}

// twins reports whether two rows have the same codes in all key columns but the
// first.
func (s *sorter) twins(a, b int32) bool {
	for _, column := range s.key[1:] {
		if codes := s.rows.columns[column].codes; codes[a] != codes[b] {
			return false
		}
	}
	return true
}

func (s *sorter) compareAll(entries []entry) {
	slices.SortFunc(entries, func(a, b entry) int { return compareRows(s.rows, s.key, int(a.row), int(b.row)) })
}

// same reports whether all entries have the same cell in a column.
func (s *sorter) same(entries []entry, column int) bool {
	t := &s.rows.columns[column]
	if t.coded {
		return !slices.ContainsFunc(entries, func(e entry) bool { return t.codes[e.row] != t.codes[entries[0].row] })
	}
	first, valid := t.at(int(entries[0].row))
	for _, e := range entries[1:] {
		if cell, v := t.at(int(e.row)); v != valid || !bytes.Equal(cell, first) {
			return false
		}
	}
	return true
}

// fewTies is how many rows with the same prefix are sorted by comparing them.
const fewTies = 16

// bigEndian is the eight bytes of cell from place from on, filled with zeros:
// unequal numbers are ordered as the cells are.
func bigEndian(cell []byte, from int) uint64 {
	if len(cell) >= from+8 {
		return binary.BigEndian.Uint64(cell[from:])
	}
	var b [8]byte
	if len(cell) > from {
		copy(b[:], cell[from:])
	}
	return binary.BigEndian.Uint64(b[:])
}

// sharedPrefix is the number of leading bytes that all cells have in common; it
// is not wanted of codes.
func sharedPrefix(t *texts, n int) int {
	if n == 0 || t.coded {
		return 0
	}
	shared, _ := t.at(0)
	for i := 1; i < n && len(shared) > 0; i++ {
		cell, _ := t.at(i)
		if bytes.HasPrefix(cell, shared) {
			continue
		}
		common := 0
		for common < len(cell) && cell[common] == shared[common] {
			common++
		}
		shared = shared[:common]
	}
	return len(shared)
}

func compareRows(r *rows, key []int, a, b int) int {
	for _, column := range key {
		if c := r.columns[column].compare(a, b); c != 0 {
			return c
		}
	}
	for i := range r.columns {
		if c := r.columns[i].compare(a, b); c != 0 {
			return c
		}
	}
	return 0
}

func (t *texts) compare(a, b int) int {
	if t.coded {
		ranks := t.words.ranked()
		return cmp.Compare(ranks[t.codes[a]], ranks[t.codes[b]])
	}
	x, xValid := t.at(a)
	y, yValid := t.at(b)
	if xValid != yValid {
		if yValid {
			return -1
		}
		return 1
	}
	return bytes.Compare(x, y)
}
