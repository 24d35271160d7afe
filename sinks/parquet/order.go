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
	order   []int32
}

type entry struct {
	prefix uint64 // eight bytes of the first key column, after what all rows share
	row    int32
}

// sort gives the numbers of the rows in the order of the key columns: bytewise,
// null before everything, equal rows in the order of their other cells, so that
// the result does not depend on the order of arrival. It is valid until the next
// call.
func (s *sorter) sort(r *rows, key []int) []int32 {
	first := &r.columns[key[0]]
	shared := sharedPrefix(first, r.n)
	s.entries = s.entries[:0]
	for i := range r.n {
		cell, _ := first.at(i)
		s.entries = append(s.entries, entry{bigEndian(cell, shared), int32(i)})
	}
	slices.SortFunc(s.entries, func(a, b entry) int {
		if a.prefix != b.prefix {
			return cmp.Compare(a.prefix, b.prefix)
		}
		return compareRows(r, key, int(a.row), int(b.row))
	})
	s.order = s.order[:0]
	for _, e := range s.entries {
		s.order = append(s.order, e.row)
	}
	return s.order
}

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

// sharedPrefix is the number of leading bytes that all cells have in common.
func sharedPrefix(t *texts, n int) int {
	if n == 0 {
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
