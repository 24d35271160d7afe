package simulator

import (
	"context"
	"runtime"
	"sync"

	"github.com/sourcegraph/conc/pool"
)

// pieceRows is how many rows are compressed together in advance. The usual page
// sizes are multiples of it.
const pieceRows = 5000

// result is what a job found. It is made in the background; pages can be had
// when ready is closed.
type result struct {
	table table
	ready chan struct{}
	stop  context.CancelFunc

	// The following are set before ready is closed and do not change.
	rows   []uint32
	header *piece
	pieces []*piece // pieceRows rows each, the last one fewer

	mu    sync.Mutex
	parts map[[2]int]func() *piece // by first and last row: what no whole piece covers
}

// newResult begins to make the result of a plan. done is called when the work
// has ended, also when ctx ended it before it was ready.
func newResult(ctx context.Context, p *plan, t table, shuffle uint64, done func()) *result {
	r := &result{table: t, ready: make(chan struct{}), parts: map[[2]int]func() *piece{}}
	ctx, r.stop = context.WithCancel(ctx)
	go func() {
		defer done()
		defer r.stop()
		r.rows = p.rows(shuffle)
		r.header = encodeHeader(&r.table)
		if r.encode(ctx) {
			close(r.ready)
		}
	}()
	return r
}

// encode makes all pieces, on all processors. It reports false when ctx ended.
func (r *result) encode(ctx context.Context) bool {
	r.pieces = make([]*piece, (len(r.rows)+pieceRows-1)/pieceRows)
	workers := pool.New().WithMaxGoroutines(runtime.GOMAXPROCS(0))
	for i := range r.pieces {
		workers.Go(func() {
			if ctx.Err() == nil {
				r.pieces[i] = encodeRows(&r.table, r.rows[i*pieceRows:min((i+1)*pieceRows, len(r.rows))])
			}
		})
	}
	workers.Wait()
	return ctx.Err() == nil
}

// page puts the page of the rows from..to-1 together. The same rows give the
// same bytes every time.
func (r *result) page(from, to int) page {
	p := page{r.header}
	for from < to {
		next := min((from/pieceRows+1)*pieceRows, to)
		whole := from%pieceRows == 0 && (next%pieceRows == 0 || next == len(r.rows))
		if whole {
			p = append(p, r.pieces[from/pieceRows])
		} else {
			p = append(p, r.part(from, next))
		}
		from = next
	}
	return p
}

// part encodes rows on demand, once.
func (r *result) part(from, to int) *piece {
	r.mu.Lock()
	encode, ok := r.parts[[2]int{from, to}]
	if !ok {
		encode = sync.OnceValue(func() *piece { return encodeRows(&r.table, r.rows[from:to]) })
		r.parts[[2]int{from, to}] = encode
	}
	r.mu.Unlock()
	return encode()
}
