package transform

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
