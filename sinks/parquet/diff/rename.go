package diff

import "bytes"

const (
	renamesLooked = 8      // columns of a side
	renameRows    = 200000 // that are looked at
	renameLeast   = 10     // rows that hold the same
)

// renames holds the columns that one side alone has against each other.
type renames struct {
	gone, fresh       []int // places
	goneName, newName []string
	same              [][]int64 // by gone and fresh
	of                [][]int64
	rows              int
	was, now          []feed
	wasCells          [][]span
	nowCells          [][]span
}

func newRenames(before, after side, gone, fresh []int) *renames {
	r := &renames{}
	if len(gone) == 0 || len(fresh) == 0 {
		return r
	}
	r.gone, r.fresh = gone[:min(len(gone), renamesLooked)], fresh[:min(len(fresh), renamesLooked)]
	for _, place := range r.gone {
		r.goneName = append(r.goneName, before.table.Columns[place].Name)
		r.same, r.of = append(r.same, make([]int64, len(r.fresh))), append(r.of, make([]int64, len(r.fresh)))
	}
	for _, place := range r.fresh {
		r.newName = append(r.newName, after.table.Columns[place].Name)
	}
	r.wasCells, r.nowCells = make([][]span, len(r.gone)), make([][]span, len(r.fresh))
	return r
}

// begin begins with the columns of a bucket.
func (r *renames) begin(was, now func(place int) feed) {
	r.was, r.now = r.was[:0], r.now[:0]
	for _, place := range r.gone {
		r.was = append(r.was, was(place))
	}
	for _, place := range r.fresh {
		r.now = append(r.now, now(place))
	}
}

// block compares the rows of both sides of a piece.
func (r *renames) block(b *block, piece script) error {
	if len(r.gone) == 0 || r.rows >= renameRows {
		return nil
	}
	for i := range r.was {
		var err error
		if r.wasCells[i], err = gather(b, &r.was[i], b.was, r.goneName[i], piece, oldOnly, oldBeside, r.wasCells[i][:0]); err != nil {
			return err
		}
	}
	for i := range r.now {
		var err error
		if r.nowCells[i], err = gather(b, &r.now[i], b.now, r.newName[i], piece, newOnly, newBeside, r.nowCells[i][:0]); err != nil {
			return err
		}
	}
	for i := range r.wasCells {
		for j := range r.nowCells {
			r.compare(b, i, j)
		}
	}
	r.rows += len(b.steps)
	return nil
}

// gather takes the cells of a column in the rows of both sides.
func gather(b *block, f *feed, h *half, name string, piece script, alone, beside step, to []span) ([]span, error) {
	row := 0
	for _, s := range piece {
		switch s.step {
		case alone, beside:
			if err := f.skip(s.rows); err != nil {
				return to, err
			}
		case both, patched:
			for i := range int(s.rows) {
				at := b.olds[row+i]
				if alone == newOnly {
					at = b.news[row+i]
				}
				cell, err := b.take(f, h, int(at), name)
				if err != nil {
					return to, err
				}
				to = append(to, cell)
			}
		}
		if s.step != oldBeside && s.step != newBeside {
			row += int(s.rows)
		}
	}
	return to, nil
}

func (r *renames) compare(b *block, i, j int) {
	for row, was := range r.wasCells[i] {
		now := r.nowCells[j][row]
		if !was.set && !now.set {
			continue
		}
		r.of[i][j]++
		if was.set && now.set && bytes.Equal(b.text(was).Text, b.text(now).Text) {
			r.same[i][j]++
		}
	}
}

// found are the columns that look renamed.
func (r *renames) found() []Renamed {
	all := []Renamed{}
	for i, from := range r.goneName {
		for j, to := range r.newName {
			if same, of := r.same[i][j], r.of[i][j]; same >= renameLeast && same*100 >= of*95 {
				all = append(all, Renamed{from, to, same, of})
			}
		}
	}
	return all
}
