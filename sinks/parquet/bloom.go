package parquet

import (
	"bytes"

	pq "github.com/parquet-go/parquet-go"
)

// filterBits is the size of a bloom filter for each of its ids: of a hundred ids that
// are not there it lets one pass.
const filterBits = 10

// filters are the bloom filters of a part: of the id that places its rows, and of the
// other columns that hold ids by which somebody looks rows up.
//
// Find needs none: the hash of an id names its part, and the page index the page. An
// engine that does not know the hash has to try every part, and the least and the
// greatest id of a part do not help it, for every part has some of all. It is told by
// 12 KB for ten thousand ids that a part has not the one it looks for. No other column gets a filter: what is asked of it is seldom one value of many,
// and where its values are few they stand in its dictionary.
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

// bitsOf is how many bits a filter gets for each cell of its column, 0 if it has no ids.
// The library multiplies them with the cells, so a column in which ids repeat one after
// the other, or which is null for the most part, would get a filter for more ids than it
// has. (Of a dictionary the library counts the texts.)
func (p *part) bitsOf(column int) uint {
	cells := &p.rows.columns[column]
	var before []byte
	ids := 0
	for _, row := range p.order {
		if id, valid := cells.at(int(row)); valid && (ids == 0 || !bytes.Equal(id, before)) {
			ids++
			before = id
		}
	}
	switch {
	case ids == 0:
		return 0
	case p.layouts[column].dictionary != nil:
		return filterBits
	}
	return uint((ids*filterBits + len(p.order) - 1) / len(p.order))
}
