package diff

import (
	"bytes"

	"github.com/axisync/axisync/sinks/parquet"
)

// feed gives the cells of a column of one side.
type feed struct {
	walk  *parquet.ColumnWalk
	cells parquet.Cells // read and not taken
}

// some are the next cells, at least one; they are not taken yet.
func (f *feed) some() (parquet.Cells, error) {
	if f.cells.Len() == 0 {
		var err error
		if f.cells, err = f.walk.Next(blockRows); err != nil {
			return parquet.Cells{}, err
		}
	}
	return f.cells, nil
}

// pair is a column of both sides.
type pair struct {
	column
	was, now feed
}

// span is a text in the memory of a block.
type span struct {
	from, to int
	set      bool
}

// found is a cell to be told.
type found struct {
	row           int32 // of the block
	column        int32
	before, after span
}

// block is some rows of a script, and which of their cells are to be told.
type block struct {
	was, now   *half
	steps      []step  // by row of the block
	olds, news []int32 // rows of the parts, -1: none
	cells      []found
	sorted     []found
	starts     []int32
	memory     []byte
	places     []int32
}

// begin begins with the rows of a piece.
func (b *block) begin(was, now *half, along pieces) {
	b.was, b.now = was, now
	b.steps, b.olds, b.news, b.cells, b.memory = b.steps[:0], b.olds[:0], b.news[:0], b.cells[:0], b.memory[:0]
	i, j := int32(along.was), int32(along.now)
	for _, s := range along.piece {
		switch s.step {
		case oldBeside:
			i += s.rows
			continue
		case newBeside:
			j += s.rows
			continue
		}
		for range s.rows {
			old, fresh := i, j
			if s.step == newOnly {
				old = -1
			} else {
				i++
			}
			if s.step == oldOnly {
				fresh = -1
			} else {
				j++
			}
			b.steps, b.olds, b.news = append(b.steps, s.step), append(b.olds, old), append(b.news, fresh)
		}
	}
}

// column goes along the piece with one column.
func (b *block) column(place int, p *pair, piece script) error {
	row := int32(0)
	for _, s := range piece {
		var err error
		switch s.step {
		case oldBeside:
			err = p.was.skip(s.rows)
			s.rows = 0
		case newBeside:
			err = p.now.skip(s.rows)
			s.rows = 0
		case oldOnly, newOnly:
			err = b.alone(place, p, s, row)
		case both:
			err = b.compare(place, p, s.rows, row)
		case patched:
			err = b.comparePatched(place, p, s.rows, row)
		}
		if err != nil {
			return err
		}
		row += s.rows
	}
	return nil
}

func (f *feed) skip(n int32) error {
	for n > 0 {
		cells, err := f.some()
		if err != nil {
			return err
		}
		taken := min(int(n), cells.Len())
		f.cells = cells.From(taken)
		n -= int32(taken)
	}
	return nil
}

// alone tells the cells of rows of one side that are not null.
func (b *block) alone(place int, p *pair, s stretch, row int32) error {
	for range s.rows {
		if s.step == oldOnly {
			text, err := b.take(&p.was, b.was, int(b.olds[row]), p.wasName)
			if err != nil {
				return err
			}
			if text.set {
				b.cells = append(b.cells, found{row, int32(place), text, span{}})
			}
		} else {
			text, err := b.take(&p.now, b.now, int(b.news[row]), p.name)
			if err != nil {
				return err
			}
			if text.set {
				b.cells = append(b.cells, found{row, int32(place), span{}, text})
			}
		}
		row++
	}
	return nil
}

// take takes the next cell of a column as text.
func (b *block) take(f *feed, h *half, row int, column string) (span, error) {
	cells, err := f.some()
	if err != nil {
		return span{}, err
	}
	f.cells = cells.From(1)
	if text, ok := h.patch(row, column); ok {
		return b.keep(text.Text), nil
	}
	return b.copy(cells, 0), nil
}

func (b *block) keep(text []byte) span {
	from := len(b.memory)
	b.memory = append(b.memory, text...)
	return span{from, len(b.memory), true}
}

func (b *block) copy(cells parquet.Cells, i int) span {
	if cells.Null(i) {
		return span{}
	}
	from := len(b.memory)
	b.memory = cells.Append(b.memory, i)
	return span{from, len(b.memory), true}
}

func (b *block) text(s span) Value { return Value{s.set, b.memory[s.from:s.to:s.to]} }

// compare finds the cells that are not the same in rows of both sides.
func (b *block) compare(place int, p *pair, rows, row int32) error {
	if !p.sameType {
		return b.comparePatched(place, p, rows, row)
	}
	for rows > 0 {
		was, err := p.was.some()
		if err != nil {
			return err
		}
		now, err := p.now.some()
		if err != nil {
			return err
		}
		n := min(int(rows), was.Len(), now.Len())
		b.places = was.Differ(now, n, b.places[:0])
		for _, i := range b.places {
			before := b.copy(was, int(i))
			b.cells = append(b.cells, found{row + i, int32(place), before, b.copy(now, int(i))})
		}
		p.was.cells, p.now.cells = was.From(n), now.From(n)
		row, rows = row+int32(n), rows-int32(n)
	}
	return nil
}

// comparePatched compares texts: a cell did not fit its type, or the types are not
// the same.
func (b *block) comparePatched(place int, p *pair, rows, row int32) error {
	for range rows {
		start := len(b.memory)
		before, err := b.take(&p.was, b.was, int(b.olds[row]), p.wasName)
		if err != nil {
			return err
		}
		after, err := b.take(&p.now, b.now, int(b.news[row]), p.name)
		if err != nil {
			return err
		}
		if before.set == after.set && bytes.Equal(b.text(before).Text, b.text(after).Text) {
			b.memory = b.memory[:start]
		} else {
			b.cells = append(b.cells, found{row, int32(place), before, after})
		}
		row++
	}
	return nil
}

// sort brings the cells of a row together: they came column by column.
func (b *block) sort() {
	b.starts = append(b.starts[:0], make([]int32, len(b.steps)+1)...)
	for _, cell := range b.cells {
		b.starts[cell.row+1]++
	}
	for row := range b.steps {
		b.starts[row+1] += b.starts[row]
	}
	if cap(b.sorted) < len(b.cells) {
		b.sorted = make([]found, len(b.cells))
	}
	b.sorted = b.sorted[:len(b.cells)]
	for _, cell := range b.cells {
		b.sorted[b.starts[cell.row]] = cell
		b.starts[cell.row]++
	}
}

// of are the cells of a row; sort has been called.
func (b *block) of(row int) []found {
	from := int32(0)
	if row > 0 {
		from = b.starts[row-1]
	}
	return b.sorted[from:b.starts[row]]
}
