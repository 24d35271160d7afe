package parquet

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/sinks"
)

// Revision is a table of a snapshot with what has changed since: rows that are new
// or have other cells (Put), rows that are gone (Remove), and, where not every
// change can be told, the ids of all rows that are left with some of their cells
// (Remain). It gives out the rows as they are now, bucket by bucket. Memory does
// not grow with the number of rows: what does not fit lies in unnamed files.
//
// Remain, Put and Remove are called any number of times before Read, by one
// goroutine. A row that is put is there, whatever else is said of its id.
type Revision struct {
	stream *stream
	dir    string
	schema *arrow.Schema
	put    *pile
	named  *pile // the ids of put, once Remain was called
	gone   *pile
	remain *pile // nil: rows that are not named stay
	dirty  *pile // the cells of the snapshot that did not fit their type; nil: none
	counts RevisionCounts
	read   bool
}

// RevisionCounts is the account of a revision that was read to its end: it gave
// out Base - Removed - Left + Added rows, and of those put, Replaced + Added.
type RevisionCounts struct {
	Base     int64 // rows of the snapshot
	Replaced int64 // of these: that were put
	Removed  int64 // of these: that Remove named
	Left     int64 // of these: that Remain did not name
	Added    int64 // rows that were put and that the snapshot does not have
}

// Revise begins a revision of a table, whose rows come in the given schema: all of
// its columns are those of the table, as Append took them, in any order, the first
// is the only one of its key. dir is a folder for what does not fit in memory. A
// table that is not what the manifest says is an error. The caller closes the
// revision.
func (r *Reader) Revise(table string, schema *arrow.Schema, dir string) (*Revision, error) {
	t, ok := r.manifest.Tables[table]
	if !ok {
		return nil, fmt.Errorf("snapshot %s has no table %s", r.dir, table)
	}
	if r.manifest.BucketHash != sinks.HashName || len(t.Key) != 1 || t.Key[0] != schema.Field(0).Name {
		return nil, fmt.Errorf("snapshot %s: the table %s is not kept by %s in buckets of %s", r.dir, table, schema.Field(0).Name, sinks.HashName)
	}
	if err := errors.Join(r.Prove(table), r.Prove(table+"_dirty")); err != nil {
		return nil, err
	}
	s := &stream{reader: r, table: t, name: table, schema: schema}
	for _, field := range schema.Fields() {
		i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == field.Name })
		if i < 0 {
			return nil, fmt.Errorf("snapshot %s: table %s has no column %q", r.dir, table, field.Name)
		}
		s.columns = append(s.columns, i)
	}
	v := &Revision{stream: s, dir: dir, schema: schema}
	var err error
	if v.put, err = v.pile("put", schema); err == nil {
		v.gone, err = v.pile("gone", arrow.NewSchema(schema.Fields()[:1], nil))
	}
	if err == nil && r.Rows(table+"_dirty") > 0 {
		err = v.loadDirty(table + "_dirty")
	}
	if err != nil {
		v.Close()
		return nil, err
	}
	return v, nil
}

func (v *Revision) pile(name string, schema *arrow.Schema, more ...string) (*pile, error) {
	return newPile(v.dir, name, schema, v.stream.table.Depth, append([]string{schema.Field(0).Name}, more...)...)
}

// loadDirty brings the cells that did not fit their type into the buckets of the
// table.
func (v *Revision) loadDirty(name string) error {
	var err error
	if v.dirty, err = v.pile("dirty", dirtySchema(v.schema.Field(0).Name), dirtyProperty); err != nil {
		return err
	}
	cells, err := v.stream.reader.Read(name)
	if err != nil {
		return err
	}
	defer cells.Release()
	for cells.Next() {
		if err := v.dirty.Append(cells.RecordBatch()); err != nil {
			return err
		}
	}
	return cells.Err()
}

// Put takes rows, in the schema of the revision, that take the place of those with
// their ids or are new. No id comes twice: Read would end in an error.
func (v *Revision) Put(batch arrow.RecordBatch) error {
	if v.remain != nil && !v.named.finished {
		if err := v.appendIDs(v.named, batch); err != nil {
			return err
		}
	}
	return v.put.Append(batch)
}

// Remove takes rows whose first column holds the ids of rows that are gone. The
// snapshot need not have them.
func (v *Revision) Remove(batch arrow.RecordBatch) error { return v.appendIDs(v.gone, batch) }

// appendIDs appends the first column of a batch.
func (v *Revision) appendIDs(to *pile, batch arrow.RecordBatch) error {
	ids := array.NewRecordBatch(to.schema, batch.Columns()[:1], batch.NumRows())
	defer ids.Release()
	return to.Append(ids)
}

// Remain takes the id, in its first column, and some cells of rows that are left:
// once it was called, also without a row, those of the snapshot that it does not
// name are gone, and the others have these cells. The columns are the same in every
// batch and columns of the revision. It comes before Put.
func (v *Revision) Remain(schema *arrow.Schema, batch arrow.RecordBatch) error {
	if v.remain == nil {
		for _, field := range schema.Fields() {
			if !v.schema.HasField(field.Name) {
				return fmt.Errorf("the revision has no column %q", field.Name)
			}
		}
		var err error
		if v.remain, err = v.pile("remain", schema); err != nil {
			return err
		}
		if v.named, err = v.pile("named", v.gone.schema); err != nil {
			return err
		}
	}
	if batch == nil {
		return nil
	}
	return v.remain.Append(batch)
}

// Counts is the account so far; it is whole when the reader has ended.
func (v *Revision) Counts() RevisionCounts { return v.counts }

// Read gives the rows as they are now, bucket by bucket, sorted by id within, as
// utf8: cells that come from the snapshot as its Read gives them, and those that
// did not fit their type as they were. It is called once; the reader works on the goroutine
// that calls Next, and what it holds is freed by Close of the revision.
func (v *Revision) Read() (array.RecordReader, error) {
	if v.read {
		return nil, errors.New("a revision is read once")
	}
	v.read = true
	return newRevised(v), nil
}

// Close frees everything. It may be called twice; batches given out stay.
func (v *Revision) Close() {
	for _, p := range []*pile{v.put, v.named, v.gone, v.remain, v.dirty} {
		p.close()
	}
}

// twice is the error for an id that came twice.
func twice(id []byte) error {
	return fmt.Errorf("%s came twice among the rows that have changed", strings.ToValidUTF8(string(id), "?"))
}
