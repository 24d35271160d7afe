package parquet

import "unsafe"

const (
	// samples is how many cells are looked at to see whether a column repeats.
	samples = 1024
	// repeated is how many times a value must occur in the sample on average for a
	// dictionary to pay.
	repeated = 4
)

// repeats reports whether a dictionary pays for a column of text: it looks at
// cells spread evenly over the sorted rows, so that the answer follows from the
// rows alone.
func (p *part) repeats(column int) bool {
	step := max(1, len(p.order)/samples)
	distinct := make(map[string]struct{}, samples/repeated)
	seen := 0
	for i := 0; i < len(p.order); i += step {
		cell, valid := p.rows.columns[column].at(int(p.order[i]))
		if !valid {
			continue
		}
		seen++
		distinct[unsafe.String(unsafe.SliceData(cell), len(cell))] = struct{}{}
		if len(distinct) > samples/repeated {
			return false
		}
	}
	return len(distinct)*repeated <= seen
}
