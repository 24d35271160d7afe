package parquet

import (
	"bytes"

	"github.com/apache/arrow-go/v18/arrow/array"
)

// Missing gives the ids that Remain has named and of which neither the snapshot nor
// what was put has a row: rows that are there now although nothing of them has
// changed. It gives most of them at most, and how many there are. It is called after
// the last Remain, once; rows may be put after it that are these.
func (v *Revision) Missing(most int) (ids []string, count int, err error) {
	if v.remain == nil {
		return nil, 0, nil
	}
	s := *v.stream
	s.columns, s.schema = s.columns[:1], v.gone.schema
	for bucket, part := range s.table.Files {
		for _, p := range []*pile{v.remain, v.named} {
			if err := p.load(bucket); err != nil {
				return nil, 0, err
			}
		}
		note := func(id []byte) {
			if count++; len(ids) < most {
				ids = append(ids, string(id))
			}
		}
		if err := v.missing(&s, part, note); err != nil {
			return nil, 0, err
		}
	}
	return ids, count, nil
}

// missing notes the ids of one bucket.
func (v *Revision) missing(s *stream, part File, note func([]byte)) error {
	p, err := s.open(part)
	if err != nil {
		return err
	}
	defer p.close()
	for {
		batch, err := p.next()
		if err != nil {
			return err
		}
		if batch == nil {
			v.unnamed(nil, note)
			return nil
		}
		ids := batch.Column(0).(*array.String) // what stream.readBatch makes
		for row := range ids.Len() {
			v.unnamed([]byte(ids.Value(row)), note)
		}
		batch.Release()
	}
}

// unnamed goes past the ids of remain up to that of a row of the snapshot, nil for
// all that are left, and notes those that were not put.
func (v *Revision) unnamed(base []byte, note func([]byte)) {
	for next, ok := v.remain.next(); ok; next, ok = v.remain.next() {
		if base != nil {
			if order := bytes.Compare(next, base); order > 0 {
				return
			} else if order == 0 {
				v.remain.at++
				return
			}
		}
		if !v.named.reaches(next) {
			note(next)
		}
		v.remain.at++
	}
}
