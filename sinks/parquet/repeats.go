package parquet

const (
	// samples is how many cells are looked at to see whether a column repeats.
	samples = 1024
	// occurrences is how often a value must stand in a part on average for a
	// dictionary to pay.
	occurrences = 4
)

// repeats reports whether a dictionary pays for a column of text. It looks at
// cells spread evenly over the sorted rows, so that the answer follows from the
// rows alone. Where it sees only some of the cells, the number of values is
// guessed from how many of those are equal: of n cells drawn from D values,
// about n*n/2D repeat another.
func (p *part) repeats(column int) bool {
	cells := &p.rows.columns[column]
	step := max(1, len(p.order)/samples)
	texts := distincts.Get().(*distinct)
	defer func() {
		texts.reset()
		distincts.Put(texts)
	}()
	codes := map[uint16]struct{}{}
	seen := 0
	for i := 0; i < len(p.order); i += step {
		cell, valid := cells.at(int(p.order[i]))
		if !valid {
			continue
		}
		seen++
		if cells.coded {
			codes[cells.codes[p.order[i]]] = struct{}{}
		} else {
			texts.number(cell)
		}
	}
	values := len(texts.texts) + len(codes)
	if values*occurrences <= seen {
		return true
	}
	equal, all := seen-values, seen*step
	return step > 1 && 2*equal*all >= occurrences*seen*seen
}
