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
	pending []byte  // bytes that are to be written there next, or were read last
	some    *rows   // the rows of one block, when a bucket is a part of what was scattered
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
func newSpill(dir string, depth, columns int) (*spill, error) {
	file, err := os.CreateTemp(dir, "spill-")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(file.Name()) // close tries again
	return &spill{file: file, depth: depth, blocks: make([][]block, 1<<depth), sizes: make([]int64, columns)}, nil
}

func (s *spill) close() error {
	err := s.file.Close()
	_ = os.Remove(s.file.Name()) // on Linux it is gone since newSpill
	return err
}

// scatter writes the rows away, bucket by bucket of the hash of the cells of
// column key.
func (s *spill) scatter(r *rows, key int) error {
	s.rows += int64(r.n)
	for i := range r.columns {
		s.sizes[i] += int64(len(r.columns[i].data))
	}
	starts, order := s.arrange(&r.columns[key], r.n)
	for bucket := range s.blocks {
		which := order[starts[bucket]:starts[bucket+1]]
		if len(which) == 0 {
			continue
		}
		start := len(s.pending)
		s.pending = r.encode(s.pending, which)
		s.blocks[bucket] = append(s.blocks[bucket], block{s.written + int64(start), int64(len(s.pending) - start), int32(len(which))})
		if len(s.pending) >= writeChunk {
			if err := s.flush(); err != nil {
				return err
			}
		}
	}
	return nil
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
	err := s.flush()
	s.pending = nil
	return err
}

// arrange sorts row numbers by bucket: those of bucket b are
// order[starts[b]:starts[b+1]].
func (s *spill) arrange(keys *texts, n int) (starts, order []int32) {
	starts, order = make([]int32, len(s.blocks)+1), make([]int32, n)
	buckets := make([]uint16, n)
	for i := range n {
		buckets[i] = uint16(bucketOf(keys, i, s.depth))
		starts[buckets[i]+1]++
	}
	for b := range s.blocks {
		starts[b+1] += starts[b]
	}
	next := append([]int32(nil), starts...)
	for i, b := range buckets {
		order[next[b]] = int32(i)
		next[b]++
	}
	return starts, order
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
		s.some = newRows(len(r.columns))
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
