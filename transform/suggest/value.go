package suggest

import (
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/axisync/axisync/transform/recordid"
)

// forms are the hashes of a text in every form in which a key may be compared.
type forms [4]uint64

// The places of forms, which are also the modes of a comparison.
const (
	plain = iota
	trimmed
	folded
	loose // trimmed and folded
)

func formsOf(text string) forms {
	bare := strings.TrimFunc(text, recordid.Blank)
	return forms{
		plain: xxhash.Sum64String(text), trimmed: xxhash.Sum64String(bare),
		folded: xxhash.Sum64String(strings.ToLower(text)), loose: xxhash.Sum64String(strings.ToLower(bare)),
	}
}

// looseHash is forms[loose], without an allocation for the texts that most are.
func looseHash(text string, buffer []byte) (hash uint64, ok bool) {
	bare := strings.TrimFunc(text, recordid.Blank)
	if bare == "" || len(bare) > longest {
		return 0, false
	}
	buffer = buffer[:0]
	for i := range len(bare) {
		c := bare[i]
		if c >= 0x80 {
			return xxhash.Sum64String(strings.ToLower(bare)), true
		}
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		buffer = append(buffer, c)
	}
	return xxhash.Sum64(buffer), true
}

// value is one text that customers of the sample have in one axis.
type value struct {
	axis      int32
	example   bool // what stands in text and customer may be shown
	written   bool // an account has the body as it is written, or is called so
	customers int32
	forms     forms
	reading   recordid.Reading
	order     uint64 // of its first customer
	text      string
	customer  string
}

// examplesPerShape is how many values of an axis that are alike, read as a Record
// ID, may be shown.
const examplesPerShape = 6

// kind tells values apart of which examples are wanted.
type kind struct {
	shape    recordid.Shape
	wrapping recordid.Wrapping
}

// values are the different texts of an axis's sample, in the order of their first
// customers.
func (a *axisSample) values(axis int) []value {
	places := map[string]int{}
	shown := map[kind]int{}
	var all []value
	for _, e := range a.sorted() {
		if at, again := places[e.value]; again {
			all[at].customers++
			continue
		}
		v := value{axis: int32(axis), customers: 1, forms: formsOf(e.value), reading: recordid.Read(e.value), order: e.order}
		if k := (kind{v.reading.Shape, v.reading.Wrapping}); shown[k] < examplesPerShape {
			shown[k]++
			v.example, v.text, v.customer = true, e.value, e.customer
		}
		places[e.value] = len(all)
		all = append(all, v)
	}
	return all
}

// index finds values by a hash.
type index struct {
	refs   []ref
	filter []uint64 // two bits of each hash: most cells are turned away here
}

type ref struct {
	hash  uint64
	value int32
}

func newIndex(refs []ref) index {
	slices.SortFunc(refs, func(a, b ref) int {
		if a.hash != b.hash {
			if a.hash < b.hash {
				return -1
			}
			return 1
		}
		return int(a.value - b.value)
	})
	words := 1
	for words*2 < len(refs) { // 32 bits and more for a value
		words *= 2
	}
	x := index{refs: refs, filter: make([]uint64, words)}
	for _, r := range refs {
		word, bits := x.place(r.hash)
		*word |= bits
	}
	return x
}

func (x index) place(hash uint64) (word *uint64, bits uint64) {
	return &x.filter[hash>>12&uint64(len(x.filter)-1)], 1<<(hash&63) | 1<<(hash>>6&63)
}

// find gives the values with a hash.
func (x index) find(hash uint64) []ref {
	if word, bits := x.place(hash); *word&bits != bits {
		return nil
	}
	first, found := slices.BinarySearchFunc(x.refs, hash, func(r ref, hash uint64) int {
		switch {
		case r.hash < hash:
			return -1
		case r.hash > hash:
			return 1
		}
		return 0
	})
	if !found {
		return nil
	}
	last := first
	for last < len(x.refs) && x.refs[last].hash == hash {
		last++
	}
	return x.refs[first:last]
}
