package parquet

import (
	"bytes"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
)

// row decides what becomes of a row of the snapshot, after the rows that were put
// before it.
func (r *revised) row(row int32, id []byte) error {
	if err := r.before(id); err != nil {
		return err
	}
	patches := r.patches(id)
	switch next, ok := r.put.next(); {
	case ok && bytes.Equal(next, id):
		r.counts.Replaced++
		return r.take()
	case r.last != nil && bytes.Equal(r.last, id): // the snapshot has the id twice
		r.counts.Removed++
		return nil
	case r.gone.reaches(id):
		r.counts.Removed++
		return nil
	case r.remain != nil && !r.remain.reaches(id):
		r.counts.Left++
		return nil
	}
	chosen := pick{row: row, remain: -1}
	if r.remain != nil {
		if chosen.remain = r.remain.places[r.remain.at]; r.remain.doubled(id) {
			return twice(id)
		}
	}
	for _, p := range patches {
		p.pick = int32(len(r.picks))
		r.patch = append(r.patch, p)
	}
	r.picks = append(r.picks, chosen)
	return nil
}

// before takes the rows that were put with an id before the given one.
func (r *revised) before(id []byte) error {
	for next, ok := r.put.next(); ok && bytes.Compare(next, id) < 0; next, ok = r.put.next() {
		r.counts.Added++
		if err := r.take(); err != nil {
			return err
		}
	}
	return nil
}

// rest takes rows that were put behind the last one of the snapshot: some of them.
func (r *revised) rest() error {
	for _, ok := r.put.next(); ok && len(r.picks) < batchRows; _, ok = r.put.next() {
		r.counts.Added++
		if err := r.take(); err != nil {
			return err
		}
	}
	return nil
}

// take takes the next row that was put.
func (r *revised) take() error {
	id, _ := r.put.next()
	if r.put.doubled(id) {
		return twice(id)
	}
	r.picks = append(r.picks, pick{put: true, row: r.put.places[r.put.at]})
	r.last = id
	r.put.at++
	return nil
}

// patches are the cells of a row of the snapshot that did not fit their type.
func (r *revised) patches(id []byte) []patch {
	var found []patch
	if !r.dirty.reaches(id) {
		return nil
	}
	for next, ok := r.dirty.next(); ok && bytes.Equal(next, id); next, ok = r.dirty.next() {
		property, _ := r.dirty.cell(1)
		if text, valid := r.dirty.cell(2); valid {
			found = append(found, patch{column: r.place(property), text: text})
		}
		r.dirty.at++
	}
	return found
}

func (r *revised) place(property []byte) int {
	return slices.IndexFunc(r.schema.Fields(), func(f arrow.Field) bool { return f.Name == string(property) })
}

// give makes the batch of the rows that were picked, of a batch of the snapshot and
// of what was put; none if there are none.
func (r *revised) give(base arrow.RecordBatch) {
	if len(r.picks) == 0 {
		return
	}
	columns := make([]arrow.Array, 0, len(r.source))
	defer func() {
		for _, column := range columns {
			column.Release()
		}
	}()
	for i := range r.source {
		columns = append(columns, r.column(i, base))
	}
	r.batch = array.NewRecordBatch(r.schema, columns, int64(len(r.picks)))
}

// column makes one column. The caller releases it.
func (r *revised) column(i int, base arrow.RecordBatch) arrow.Array {
	b := array.NewStringBuilder(connector.Memory)
	defer b.Release()
	b.Reserve(len(r.picks))
	var texts *array.String
	if base != nil {
		texts = base.Column(i).(*array.String) // what stream.readBatch makes
		b.ReserveData(len(texts.ValueBytes()))
	}
	patches := r.patch
	for n, p := range r.picks {
		for len(patches) > 0 && (patches[0].pick < int32(n) || patches[0].pick == int32(n) && patches[0].column != i) {
			patches = patches[1:]
		}
		switch {
		case p.put:
			appendCell(b, &r.put.bucket.columns[i], p.row)
		case p.remain >= 0 && r.source[i] >= 0:
			appendCell(b, &r.remain.bucket.columns[r.source[i]], p.remain)
		case len(patches) > 0 && patches[0].pick == int32(n):
			b.BinaryBuilder.Append(patches[0].text)
		case texts.IsNull(int(p.row)):
			b.AppendNull()
		default:
			b.Append(texts.Value(int(p.row)))
		}
	}
	return b.NewArray()
}

// appendCell appends a cell; an empty one is null, as in a result page.
func appendCell(b *array.StringBuilder, cells *texts, row int32) {
	if cell, valid := cells.at(int(row)); valid && len(cell) > 0 {
		b.BinaryBuilder.Append(cell)
		return
	}
	b.AppendNull()
}
