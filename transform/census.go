package transform

import (
	"fmt"
	"os"
	"slices"
	"unsafe"
)

// census counts how many rows share a key with another, by the hashes of the keys.
// They lie in one unnamed file, in blocks of those with the same top bits, so that
// memory does not grow with the number of rows. A nil census counts nothing.
type census struct {
	file    *os.File
	pending [censusParts][]uint64
	blocks  [censusParts][]int64 // where they are in the file
	written int64
}

const (
	censusParts = 64
	censusBlock = 1024 // hashes
)

func newCensus(dir string) (*census, error) {
	r, err := newRecords(dir, 0)
	if err != nil {
		return nil, err
	}
	return &census{file: r.file}, nil
}

// close may be called twice, and of none.
func (c *census) close() {
	if c != nil {
		_ = c.file.Close() // it is of no use any more
	}
}

func (c *census) add(hash uint64) error {
	if c == nil {
		return nil
	}
	part := hash >> 58
	c.pending[part] = append(c.pending[part], hash)
	if len(c.pending[part]) < censusBlock {
		return nil
	}
	block := bytesOf(c.pending[part])
	if _, err := c.file.WriteAt(block, c.written); err != nil {
		return fmt.Errorf("match keys cannot be put on disk: %w", err)
	}
	c.blocks[part] = append(c.blocks[part], c.written)
	c.written += int64(len(block))
	c.pending[part] = c.pending[part][:0]
	return nil
}

// shared is how many of the rows have a key that another has too.
func (c *census) shared() (rows int64, err error) {
	var hashes []uint64
	for part := range c.pending {
		hashes = append(hashes[:0], c.pending[part]...)
		for _, at := range c.blocks[part] {
			hashes = append(hashes, make([]uint64, censusBlock)...)
			if _, err := c.file.ReadAt(bytesOf(hashes[len(hashes)-censusBlock:]), at); err != nil {
				return 0, fmt.Errorf("match keys cannot be read back from disk: %w", err)
			}
		}
		slices.Sort(hashes)
		for i, hash := range hashes {
			if i > 0 && hashes[i-1] == hash || i+1 < len(hashes) && hashes[i+1] == hash {
				rows++
			}
		}
	}
	return rows, nil
}

// bytesOf is the memory of numbers; it never leaves this process.
func bytesOf(numbers []uint64) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(numbers))), len(numbers)*8)
}
