package transform

import (
	"context"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/sinks"
)

// wanted tells keys that a customer may mean from most of those that none does:
// a Bloom filter, in which the bits of one key lie in one word. So DuckDB sees
// few more accounts than it keeps.
type wanted struct {
	words []uint64
}

// bitsPerKey lets about one foreign key in a hundred pass.
const bitsPerKey = 16

func newWanted(keys int64) *wanted {
	words := 1
	for int64(words)*64 < keys*bitsPerKey {
		words *= 2
	}
	return &wanted{words: make([]uint64, words)}
}

// place is the word of a key, by its hash, and the bits in it: five, by thirty
// bits of the hash that do not choose the word.
func (w *wanted) place(hash uint64) (word *uint64, bits uint64) {
	bits = 1<<(hash&63) | 1<<(hash>>6&63) | 1<<(hash>>12&63) | 1<<(hash>>18&63) | 1<<(hash>>24&63)
	return &w.words[hash>>30&uint64(len(w.words)-1)], bits
}

func (w *wanted) add(hash uint64) {
	word, bits := w.place(hash)
	*word |= bits
}

// has is true for every key that was added.
func (w *wanted) has(hash uint64) bool {
	word, bits := w.place(hash)
	return *word&bits == bits
}

// wantedKeys are the keys that could be the account of a customer: those that are
// named, and the winners of the merges that these lost.
func (e *Engine) wantedKeys(ctx context.Context) (*wanted, error) {
	var winners int64
	if err := e.scalars(ctx, "SELECT count(*) FROM alias", &winners); err != nil {
		return nil, err
	}
	w := newWanted(e.customers + winners)
	if err := e.eachOf(ctx, "customer", e.keyColumns(), w.addKeys); err != nil {
		return nil, err
	}
	return w, e.emit(ctx, "SELECT winner FROM alias", w.addKeys)
}

// keyColumns hold the keys that customers name: what an identifier says, the body
// as written, and the id with the letters that a wrong suffix spells.
func (e *Engine) keyColumns() []string {
	if e.rules.literal() {
		return []string{"key"}
	}
	return []string{"record_id", "body", "respelled"}
}

func (w *wanted) addKeys(batch arrow.RecordBatch) error {
	for _, column := range batch.Columns() {
		keys := column.(*array.String)
		for i := range keys.Len() {
			if keys.IsValid(i) {
				w.add(sinks.Hash(keys.Value(i)))
			}
		}
	}
	return nil
}

// wantedHashes are the hashes in columns of a table; nil: there are none.
func (e *Engine) wantedHashes(ctx context.Context, table string, columns ...string) (*wanted, error) {
	var hashes int64
	if err := e.scalars(ctx, "SELECT count("+strings.Join(columns, ") + count(")+") FROM "+table, &hashes); err != nil || hashes == 0 {
		return nil, err
	}
	w := newWanted(hashes)
	return w, e.eachOf(ctx, table, columns, func(batch arrow.RecordBatch) error {
		for _, column := range batch.Columns() {
			hashes := column.(*array.Uint64)
			for i := range hashes.Len() {
				if hashes.IsValid(i) {
					w.add(hashes.Value(i))
				}
			}
		}
		return nil
	})
}

// eachOf hands over columns of the customers in a table, some at a time: a result is
// whole in memory before its first row.
func (e *Engine) eachOf(ctx context.Context, table string, columns []string, to batchFunc) error {
	for first := int64(0); first < e.customers; first += windowRows {
		query := fmt.Sprintf("SELECT %s FROM %s WHERE n BETWEEN %d AND %d", strings.Join(columns, ", "), table, first, first+windowRows-1)
		if err := e.emit(ctx, query, to); err != nil {
			return err
		}
	}
	return nil
}
