package parquet

import (
	"bytes"

	pq "github.com/parquet-go/parquet-go"
)

const (
	// filterBits is the size of a bloom filter for each of its ids: of a hundred ids that
	// are not there it lets one pass.
	filterBits = 10
	// filterBlock is the size of a block of a filter in bits: the top bits of the hash of
	// an id choose the block, the others the bits within.
	filterBlock = 256
	// bucketBlocks is how many blocks the filter of an id has at least for each bucket.
	bucketBlocks = 4
)

// filters are the bloom filters of a part: of the id that places its rows, and of the
// other columns that hold ids by which somebody looks rows up.
//
// Find needs none: the hash of an id names its part, and the index of pages the page. An
// engine that does not know the hash has to try every part, and the least and the
// greatest id of a part do not help it, for every part has some of all. The filters do.
// No other column gets one: what is asked of it is seldom one value of many, and where
// its values are few they stand in its dictionary.
func (p *part) filters() []pq.WriterOption {
	var filters []pq.BloomFilterColumn
	for i := range p.table.columns {
		if !p.table.lookedUp(i) {
			continue
		}
		if bits := p.bitsOf(i); bits > 0 {
			filters = append(filters, pq.SplitBlockFilter(bits, p.table.columns[i].name))
		}
	}
	if len(filters) == 0 {
		return nil
	}
	return []pq.WriterOption{pq.BloomFilters(filters...)}
}

// bitsOf is how many bits a filter gets for each row, 0 if its column has no ids.
//
// The hash of the filters happens to be that of our buckets. So the ids of one bucket of
// many share a few blocks of a filter, which soon are full, and the filter says no more
// than whether an id belongs to the bucket: that is enough to try one part instead of
// all, and a small filter says it as well as a large one.
func (p *part) bitsOf(column int) uint {
	ids, rows := p.ids(column), len(p.order)
	switch {
	case ids == 0:
		return 0
	case p.layouts[column].dictionary != nil:
		return filterBits // of which the library counts the texts, not the rows
	case column == p.table.key[0] && p.table.depth > 0:
		return uint(max(1, min(filterBits, shares(bucketBlocks*filterBlock<<p.table.depth, rows))))
	}
	return uint(shares(ids*filterBits, rows))
}

// ids is about how many ids a column has: those that repeat one after the other, as they
// do where they are sorted by, count once.
func (p *part) ids(column int) int {
	cells, count := &p.rows.columns[column], 0
	var before []byte
	for _, row := range p.order {
		if id, valid := cells.at(int(row)); valid && (count == 0 || !bytes.Equal(id, before)) {
			count++
			before = id
		}
	}
	return count
}

// shares is how much each of n gets of all, rounded up.
func shares(all, n int) int { return (all + n - 1) / n }
