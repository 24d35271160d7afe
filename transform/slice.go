package transform

import "fmt"

// sliceRows is the number of customers that leave DuckDB at once. A result is
// whole in memory before its first batch can be read; a statement costs some
// milliseconds before it reads its first row.
const sliceRows = 1 << 16

// slice is a range of the customer table by the number n that each
// customer was given in the order of arrival.
type slice struct{ first, last int64 }

// where restricts a table with the column n to the slice.
func (s slice) where() string { return fmt.Sprintf("n BETWEEN %d AND %d", s.first, s.last) }

// slicesOf lays out the customer table.
func slicesOf(customers int64) []slice {
	var out []slice
	for first := int64(0); first < customers; first += sliceRows {
		out = append(out, slice{first, min(first+sliceRows, customers) - 1})
	}
	return out
}
