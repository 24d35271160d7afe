package csv

import (
	"math/bits"
	"sync"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

// pool is an allocator that keeps what is given back and lends it again. Fresh
// memory costs a page fault every 4 KB, which would halve the speed of
// decoding. A buffer given back after close goes to the allocator below, so
// batches may outlive the decoder.
type pool struct {
	mem memory.Allocator

	mu     sync.Mutex
	free   map[int][][]byte // by capacity
	closed bool
}

func newPool(mem memory.Allocator) *pool {
	return &pool{mem: mem, free: map[int][][]byte{}}
}

// Allocate lends a buffer of at least size bytes. What it holds is left from its
// last use.
func (p *pool) Allocate(size int) []byte {
	size = sizeClass(size)
	p.mu.Lock()
	defer p.mu.Unlock()
	if kept := p.free[size]; len(kept) > 0 {
		p.free[size] = kept[:len(kept)-1]
		return kept[len(kept)-1]
	}
	return p.mem.Allocate(size)
}

// sizeClass rounds up by less than a quarter, so that few sizes are in use.
func sizeClass(size int) int {
	step := 1 << max(8, bits.Len(uint(size))-3)
	return max(step, (size+step-1)&^(step-1))
}

// Reallocate lends a larger buffer that begins with b, and takes b back.
func (p *pool) Reallocate(size int, b []byte) []byte {
	larger := p.Allocate(size)
	copy(larger, b)
	p.Free(b)
	return larger
}

// Free takes back a buffer, whatever it was sliced to.
func (p *pool) Free(b []byte) {
	b = b[:cap(b)]
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		p.mem.Free(b)
		return
	}
	p.free[len(b)] = append(p.free[len(b)], b)
}

// close gives everything that is not lent to the allocator below.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, kept := range p.free {
		for _, b := range kept {
			p.mem.Free(b)
		}
	}
	clear(p.free)
	p.closed = true
}
