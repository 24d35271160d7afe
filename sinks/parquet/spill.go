package parquet

import (
	"fmt"
	"os"

	"github.com/axisync/axisync/sinks"
)

// spill holds the rows of a table on disk until it is written: one file of
// blocks, each with rows of one bucket.
type spill struct {
	file    *os.File
	depth   int // the depth at which rows are scattered
	blocks  [][]block
	rows    int64   // in all blocks
	sizes   []int64 // by column, the bytes of their cells
	written int64   // bytes in the file
	lanes   []lane  // the cells that are not in a block yet, by column and bucket
	forms   []form  // by column, how these cells stand there
	counts  []int32 // by bucket, the rows of which these are
	waiting int     // bytes in the lanes
	held    int     // bytes in the lanes at which blocks are made of them
	stretch stretch
	pending []byte // bytes that are to be written next, or were read last
	some    *rows  // the rows of one block, when a bucket is a part of what was scattered
}

// writeChunk is about how many bytes are written to the file at once.
const writeChunk = 1 << 20

// block is where a block lies in the file.
type block struct {
	offset int64
	size   int64
	rows   int32
}

// newSpill creates the file in dir and unlinks it at once where the system
// allows it, so that a killed process leaves nothing.
// held is how many bytes wait in memory for their blocks.
func newSpill(dir string, depth, columns, held int) (*spill, error) {
	file, err := os.CreateTemp(dir, "spill-")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(file.Name()) // close tries again
	return &spill{file: file, depth: depth, blocks: make([][]block, 1<<depth), sizes: make([]int64, columns),
		lanes: make([]lane, columns<<depth), forms: make([]form, columns), counts: make([]int32, 1<<depth), held: held}, nil
}

func (s *spill) close() error {
	err := s.file.Close()
	_ = os.Remove(s.file.Name()) // on Linux it is gone since newSpill
	return err
}

// scatter puts the rows away, by bucket of the hash of the cells of column key.
func (s *spill) scatter(r *rows, key int) error {
	if err := s.adopt(r); err != nil {
		return err
	}
	s.rows += int64(r.n)
	for i := range r.columns {
		s.sizes[i] += int64(len(r.columns[i].data))
	}
	for from := 0; from < r.n; from += stretchRows {
		s.stretch.place(&r.columns[key], from, min(from+stretchRows, r.n), s.depth)
		for bucket := range s.counts {
			s.counts[bucket] += int32(len(s.stretch.of(bucket)))
		}
		for i := range r.columns {
			s.waiting += s.scatterColumn(i, &r.columns[i], from)
		}
		if s.waiting < s.held {
			continue
		}
		if err := s.makeBlocks(); err != nil {
			return err
		}
	}
	return nil
}

// adopt makes the lanes ready for the forms of the columns. A column that needs
// another form than the cells which wait ends the blocks.
func (s *spill) adopt(r *rows) error {
	for i := range r.columns {
		if f := r.columns[i].form(); f != s.forms[i] {
			if err := s.makeBlocks(); err != nil { // of nothing from the second time on
				return err
			}
			s.forms[i] = f
		}
	}
	return nil
}

// scatterColumn appends the cells of the stretch that begins at from to their
// lanes. It answers how many bytes that were.
func (s *spill) scatterColumn(column int, cells *texts, from int) int {
	f, size := s.forms[column], 0
	if f == allNull {
		return 0
	}
	lanes := s.lanes[column<<s.depth : (column+1)<<s.depth]
	for bucket := range lanes {
		if places := s.stretch.of(bucket); len(places) > 0 {
			size += lanes[bucket].append(f, cells, from, places)
		}
	}
	return size
}

// makeBlocks makes a block of the cells of every bucket.
func (s *spill) makeBlocks() error {
	columns := len(s.sizes)
	share := s.share()
	for bucket, n := range s.counts {
		if n == 0 {
			continue
		}
		start := len(s.pending)
		for i := range columns {
			lane := &s.lanes[i<<s.depth+bucket]
			s.pending = append(s.pending, byte(s.forms[i]))
			s.pending = append(append(s.pending, lane.lengths...), lane.bytes...)
			lane.reset(n <= crowd*share)
		}
		s.blocks[bucket] = append(s.blocks[bucket], block{s.written + int64(start), int64(len(s.pending) - start), n})
		s.counts[bucket] = 0
		if len(s.pending) < writeChunk {
			continue
		}
		if err := s.flush(); err != nil {
			return err
		}
	}
	s.waiting = 0
	return nil
}

// crowd is how many times its share a bucket may hold and keep its lanes. Rows that
// come bucket by bucket, as those of a revision do, would leave behind for every
// bucket the memory of all that wait.
const crowd = 4

// share is how many of the rows that wait fall into a bucket on average.
func (s *spill) share() int32 {
	var rows int64
	for _, n := range s.counts {
		rows += int64(n)
	}
	return int32(rows/int64(len(s.counts))) + 1
}

// flush writes what is pending.
func (s *spill) flush() error {
	if _, err := s.file.WriteAt(s.pending, s.written); err != nil {
		return fmt.Errorf("the rows cannot be put on disk: %w", err)
	}
	s.written += int64(len(s.pending))
	s.pending = s.pending[:0]
	return nil
}

// finish ends scattering and frees its memory.
func (s *spill) finish() error {
	err := s.makeBlocks()
	if err == nil {
		err = s.flush()
	}
	s.lanes, s.stretch, s.pending = nil, stretch{}, nil
	return err
}

// load appends the rows of a bucket at any depth to r.
func (s *spill) load(r *rows, key, bucket, depth int) error {
	if depth <= s.depth {
		width := 1 << (s.depth - depth)
		joined := s.blocks[bucket*width : (bucket+1)*width]
		s.grow(r, joined)
		for _, blocks := range joined {
			for _, b := range blocks {
				if err := s.read(r, b); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return s.loadSome(r, key, bucket, depth)
}

// grow makes room for the rows of blocks, and a little more so that the next
// bucket fits too.
func (s *spill) grow(r *rows, joined [][]block) {
	var n int64
	for _, blocks := range joined {
		for _, b := range blocks {
			n += int64(b.rows)
		}
	}
	n += n / 16
	for i := range r.columns {
		r.columns[i].grow(int(n), int(min(null, s.sizes[i]*n/max(1, s.rows))))
	}
}

// loadSome appends the rows of a bucket that is a part of a scattered one. All
// rows of that are read.
func (s *spill) loadSome(r *rows, key, bucket, depth int) error {
	if s.some == nil {
		words := make([]*vocabulary, len(r.columns))
		for i := range words {
			words[i] = r.columns[i].words
		}
		s.some = newRows(words)
	}
	for _, b := range s.blocks[bucket>>(depth-s.depth)] {
		s.some.reset()
		if err := s.read(s.some, b); err != nil {
			return err
		}
		var which []int32
		for i := range s.some.n {
			if bucketOf(&s.some.columns[key], i, depth) == bucket {
				which = append(which, int32(i))
			}
		}
		if err := r.appendRows(s.some, which); err != nil {
			return err
		}
	}
	return nil
}

func (s *spill) read(r *rows, b block) error {
	s.pending = resize(s.pending, int(b.size))
	if _, err := s.file.ReadAt(s.pending, b.offset); err != nil {
		return fmt.Errorf("the rows cannot be read back from disk: %w", err)
	}
	return r.decode(s.pending, int(b.rows))
}

// bucketOf is the bucket of a row by the cell of its key; a null falls where the
// empty text does.
func bucketOf(keys *texts, i, depth int) int {
	key, _ := keys.at(i)
	return sinks.Bucket(hash(key), depth)
}

func resize(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}
