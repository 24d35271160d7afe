package simulator

import (
	"context"
	"runtime"
	"sync/atomic"

	"github.com/sourcegraph/conc/pool"
)

// pieceRows is how many rows are compressed together. The usual page sizes are
// multiples of it.
const pieceRows = 5000

// result is what a job found. It is made in the background; pages can be had
// when ready is closed. The pieces of pages are compressed ahead as far as the
// shelf has room, the others on demand.
type result struct {
	table table
	ready chan struct{}
	stop  context.CancelFunc
	shelf *shelf

	// The following are set before ready is closed and do not change.
	rows   []uint32
	header *piece

	dropped bool // guarded by the shelf
}

// newResult begins to make the result of a plan. done is called when the work
// has ended, also when ctx ended it before it was ready.
func newResult(ctx context.Context, p *plan, t table, shuffle uint64, s *shelf, done func()) *result {
	r := &result{table: t, ready: make(chan struct{}), shelf: s}
	ctx, r.stop = context.WithCancel(ctx)
	go func() {
		defer done()
		defer r.stop()
		r.rows = p.rows(shuffle)
		r.header = encodeHeader(&r.table)
		if r.encodeAhead(ctx) {
			close(r.ready)
		}
	}()
	return r
}

// encodeAhead fills the shelf, on all processors. It reports false when ctx
// ended.
func (r *result) encodeAhead(ctx context.Context) bool {
	var full atomic.Bool
	workers := pool.New().WithMaxGoroutines(runtime.GOMAXPROCS(0))
	for from := 0; from < len(r.rows) && !full.Load() && ctx.Err() == nil; from += pieceRows {
		workers.Go(func() {
			if ctx.Err() == nil && !full.Load() && !r.shelf.fill(r, from, min(from+pieceRows, len(r.rows))) {
				full.Store(true)
			}
		})
	}
	workers.Wait()
	return ctx.Err() == nil
}

// page puts the page of the rows from..to-1 together. The same rows give the
// same bytes every time.
func (r *result) page(from, to int) page {
	var spans [][2]int
	for from < to {
		next := min((from/pieceRows+1)*pieceRows, to)
		spans = append(spans, [2]int{from, next})
		from = next
	}
	p := make(page, 1+len(spans))
	p[0] = r.header
	workers := pool.New().WithMaxGoroutines(runtime.GOMAXPROCS(0))
	for i, span := range spans {
		workers.Go(func() { p[i+1] = r.shelf.take(r, span[0], span[1]) })
	}
	workers.Wait()
	return p
}

func (r *result) encode(from, to int) *piece { return encodeRows(&r.table, r.rows[from:to]) }
