package diff

import (
	"cmp"
	"slices"

	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/parquet"
)

// dirty are the cells of a typed table that did not fit the type of their column:
// null there, and texts in the table with _dirty to its name, which is sorted by the
// id and the name of the column.
type dirty struct {
	reader *parquet.Reader
	name   string // of the table; empty: every cell fits
	table  parquet.TableManifest
}

// patch is a cell that did not fit.
type patch struct {
	id, column string
	text       []byte
}

func (d *dirty) open(reader *parquet.Reader, name string, of parquet.TableManifest) {
	d.reader = reader
	d.table = reader.Manifest().Tables[name+"_dirty"]
	if len(of.Dirty) > 0 && d.table.Rows > 0 {
		d.name = name + "_dirty"
	}
}

// each gives the texts of a column that did not fit its type.
func (d *dirty) each(column string, do func(text []byte)) error {
	if d.name == "" {
		return nil
	}
	for part := range d.table.Files {
		all, err := d.read(part, 0, 0)
		if err != nil {
			return err
		}
		for _, p := range all {
			if p.column == column {
				do(p.text)
			}
		}
	}
	return nil
}

// within are the cells of the ids in a bucket, sorted by id.
func (d *dirty) within(bucket, depth int) ([]patch, error) {
	if d.name == "" {
		return nil, nil
	}
	first, parts := bucket, 1
	switch shift := depth - d.table.Depth; {
	case shift >= 0:
		first >>= shift
	default:
		first, parts = bucket<<-shift, 1<<-shift
	}
	var found []patch
	for part := range parts {
		some, err := d.read(first+part, bucket, depth)
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	slices.SortStableFunc(found, func(a, b patch) int { return cmp.Compare(a.id, b.id) })
	return found, nil
}

func (d *dirty) read(part, bucket, depth int) ([]patch, error) {
	walk, err := d.reader.Walk(d.name, part)
	if err != nil {
		return nil, err
	}
	defer walk.Close()
	var cells keys
	if err := cells.load(walk, []int{0, 1, 2}); err != nil { // its columns: id, property, value
		return nil, err
	}
	var found []patch
	for row := range cells.rows {
		id := string(cells.columns[0].at(row))
		if sinks.Bucket(sinks.Hash(id), depth) == bucket {
			found = append(found, patch{id, string(cells.columns[1].at(row)), cells.columns[2].at(row)})
		}
	}
	return found, nil
}
