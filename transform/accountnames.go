package transform

import (
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// accountNames keeps the hash of the name of every account, and its id, as records:
// which names are asked for is known only when the customers are matched, and few
// are.
type accountNames struct{ *records }

func newAccountNames(dir string) (*accountNames, error) {
	r, err := newRecords(dir, readInOrder)
	if err != nil {
		return nil, err
	}
	return &accountNames{r}, nil
}

// free may be called twice, and of none.
func (n *accountNames) free() {
	if n != nil {
		n.close()
	}
}

func (n *accountNames) note(hash uint64, id string) error {
	var bytes [8]byte
	binary.LittleEndian.PutUint64(bytes[:], hash)
	n.begin()
	n.add(string(bytes[:]), true)
	n.add(id, true)
	return n.end()
}

// namedReader gives the hashes and ids of those accounts that have a wanted name,
// and of few others.
type namedReader struct {
	produced
	names  *accountNames
	wanted *wanted
	at     int64
}

var namedSchema = arrow.NewSchema([]arrow.Field{
	{Name: "hash", Type: arrow.PrimitiveTypes.Uint64},
	{Name: "id", Type: arrow.BinaryTypes.String},
}, nil)

// having reads those with a wanted name, from the beginning. The caller frees it.
func (n *accountNames) having(wanted *wanted) (*namedReader, error) {
	if err := n.flush(); err != nil {
		return nil, err
	}
	return &namedReader{produced: producing(namedSchema), names: n, wanted: wanted}, nil
}

func (r *namedReader) Err() error { return r.failed }

func (r *namedReader) Next() bool {
	r.drop()
	hashes, ids := r.builder.Field(0).(*array.Uint64Builder), r.builder.Field(1).(*array.StringBuilder)
	for r.failed == nil && hashes.Len() < hitRows && r.at < r.names.written {
		var cells cells
		if cells, r.failed = r.names.read(r.at); r.failed != nil {
			break
		}
		r.at += 4 + int64(len(cells))
		text, _ := cells.next()
		if hash := binary.LittleEndian.Uint64([]byte(text)); r.wanted.has(hash) {
			id, _ := cells.next()
			hashes.Append(hash)
			ids.Append(id)
		}
	}
	return r.give()
}
