package diff

import (
	"cmp"
	"slices"

	"github.com/axisync/axisync/sinks/parquet"
)

// blockRows is how many rows are compared at once.
const blockRows = 4096

// half is one side of a bucket.
type half struct {
	walk    *parquet.PartWalk
	keys    *keys
	inside  []bool          // the rows that lie in the bucket; nil: all
	patches []patch         // of the bucket
	rowsOf  map[int][]patch // by row of the part
}

// load opens the part of a side that holds a bucket, and loads its keys in the place of
// those before. Its walk is closed by the caller.
func (s *side) load(table string, bucket, depth int) (*half, error) {
	walk, err := s.reader.Walk(table, bucket>>(depth-s.table.Depth))
	if err != nil {
		return nil, err
	}
	h := &half{walk: walk, keys: &s.loaded}
	if err = h.keys.load(walk, s.keys); err == nil {
		h.inside = h.keys.within(bucket, depth, s.table.Depth)
		h.patches, err = s.dirty.within(bucket, depth)
	}
	if err != nil {
		walk.Close()
		return nil, err
	}
	h.place()
	return h, nil
}

// place finds the rows of the patches: both are sorted by id.
func (h *half) place() {
	if len(h.patches) == 0 {
		return
	}
	h.rowsOf = map[int][]patch{}
	h.keys.patched = make([]bool, h.keys.rows)
	for row := 0; row < h.keys.rows; row++ {
		id := string(h.keys.columns[0].at(row))
		at, found := slices.BinarySearchFunc(h.patches, id, func(p patch, id string) int { return cmp.Compare(p.id, id) })
		for ; found && at < len(h.patches) && h.patches[at].id == id; at++ {
			h.rowsOf[row] = append(h.rowsOf[row], h.patches[at])
			h.keys.patched[row] = true
		}
	}
}

// patch is the text of a cell that did not fit its type.
func (h *half) patch(row int, column string) (Value, bool) {
	for _, p := range h.rowsOf[row] {
		if p.column == column {
			return Value{true, p.text}, true
		}
	}
	return Value{}, false
}

// bucket compares a bucket of the greater depth of the two sides.
func (c *comparison) bucket(index, depth int) error {
	was, err := c.before.load(c.table, index, depth)
	if err != nil {
		return err
	}
	defer was.walk.Close()
	now, err := c.after.load(c.table, index, depth)
	if err != nil {
		return err
	}
	defer now.walk.Close()
	columns, closeAll := c.feeds(was, now)
	defer closeAll()
	along := pieces{left: merge(was.keys, now.keys, was.inside, now.inside)}
	for along.next() {
		b := &c.block
		b.begin(was, now, along)
		for i := range columns {
			if err := b.column(i, &columns[i], along.piece); err != nil {
				return err
			}
		}
		if err := c.renames.block(b, along.piece); err != nil {
			return err
		}
		if err := c.tell(b); err != nil {
			return err
		}
	}
	return c.focus.bucket(was, now)
}

// feeds are the columns of both sides, at their first cells.
func (c *comparison) feeds(was, now *half) ([]pair, func()) {
	var pairs []pair
	var open []*parquet.ColumnWalk
	begin := func(h *half, place int) feed {
		walk := h.walk.Column(place)
		open = append(open, walk)
		return feed{walk: walk}
	}
	for _, column := range c.columns {
		pairs = append(pairs, pair{column, begin(was, column.before), begin(now, column.after)})
	}
	c.renames.begin(func(place int) feed { return begin(was, place) }, func(place int) feed { return begin(now, place) })
	return pairs, func() {
		for _, walk := range open {
			walk.Close()
		}
	}
}

// pieces cuts a script into blocks.
type pieces struct {
	left     script
	piece    script
	was, now int // the rows of the two sides before the piece
	nextWas  int
	nextNow  int
}

func (p *pieces) next() bool {
	p.was, p.now = p.nextWas, p.nextNow
	p.piece = p.piece[:0]
	for room := int32(blockRows); room > 0 && len(p.left) > 0; {
		s := p.left[0]
		s.rows = min(s.rows, room)
		room -= s.rows
		if p.left[0].rows -= s.rows; p.left[0].rows == 0 {
			p.left = p.left[1:]
		}
		p.piece = append(p.piece, s)
		if s.step != newOnly && s.step != newBeside {
			p.nextWas += int(s.rows)
		}
		if s.step != oldOnly && s.step != oldBeside {
			p.nextNow += int(s.rows)
		}
	}
	return len(p.piece) > 0
}
