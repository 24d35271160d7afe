package parquet

import (
	"bytes"
	"fmt"
	"path/filepath"

	"github.com/apache/arrow-go/v18/arrow"
)

// pile keeps rows that arrive in any order until they are wanted bucket by bucket,
// sorted. What does not fit in memory lies in an unnamed file.
type pile struct {
	*Table
	bucket   *rows
	places   []int32 // the rows of the bucket in their order
	at       int     // into places: the row that comes next
	finished bool
}

// newPile makes a pile in the buckets of depth; its file lies in dir.
func newPile(dir, name string, schema *arrow.Schema, depth int, key ...string) (*pile, error) {
	t, err := newTable(name, schema, TableOptions{Key: key, Rows: 1}) // a number of rows: the depth is known
	if err != nil {
		return nil, err
	}
	t.dir = filepath.Join(dir, name)
	t.depthOf = func(int64) int { return depth }
	return &pile{Table: t}, nil
}

// load makes the rows of a bucket the ones that next gives. The buckets are
// loaded in order; nothing is appended any more after the first.
func (p *pile) load(bucket int) error {
	if err := p.finish(); err != nil {
		return err
	}
	if p.spill != nil {
		p.bucket.reset()
		if err := p.spill.load(p.bucket, p.key[0], bucket, p.spill.depth); err != nil {
			return fmt.Errorf("table %s: %w", p.name, err)
		}
	}
	p.places, p.at = p.order.sort(p.bucket, p.key), 0
	return nil
}

// finish ends the appending.
func (p *pile) finish() error {
	if p.finished {
		return nil
	}
	p.finished = true
	if p.bucket = p.memory; p.bucket == nil {
		p.bucket = newRows(p.words)
	}
	if p.spill == nil && (p.memory == nil || p.depthOf(0) == 0) {
		return nil // there is no row, or one bucket alone
	}
	p.bucket = newRows(p.words)
	return p.scatterRest()
}

// next is the first cell of the key of the row that comes next; false: there is
// none left in the bucket.
func (p *pile) next() ([]byte, bool) {
	if p == nil || p.at == len(p.places) {
		return nil, false
	}
	id, _ := p.cell(p.key[0])
	return id, true
}

// cell is a cell of the row that comes next.
func (p *pile) cell(column int) ([]byte, bool) {
	return p.bucket.columns[column].at(int(p.places[p.at]))
}

// reaches goes on to the first row whose id is not before the given one and reports
// whether it has that id. It may be called of none.
func (p *pile) reaches(id []byte) bool {
	for next, ok := p.next(); ok; next, ok = p.next() {
		if order := bytes.Compare(next, id); order >= 0 {
			return order == 0
		}
		p.at++
	}
	return false
}

// doubled reports whether the row after the next one has its id, too.
func (p *pile) doubled(id []byte) bool {
	if p.at+1 >= len(p.places) {
		return false
	}
	after, _ := p.bucket.columns[p.key[0]].at(int(p.places[p.at+1]))
	return bytes.Equal(after, id)
}

// close may be called of none, and twice.
func (p *pile) close() {
	if p != nil {
		p.Table.close()
		p.bucket, p.places, p.at = nil, nil, 0
	}
}
