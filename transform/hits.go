package transform

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks"
)

// nameProperty is the property with the name of an account.
const nameProperty = "Name"

// hitSchema is what DuckDB sees of an account that a customer may mean: its id,
// its match key in the form in which it is compared and, where that is not the Id,
// as it is written, the hash of its id, the place of its record, which holds the
// text desired for each axis (null: no customer names the key), and the hashes of
// its name and of its key (see nameHash and looseHash) where a customer has the
// same.
var hitSchema = arrow.NewSchema([]arrow.Field{
	{Name: "id", Type: arrow.BinaryTypes.String},
	{Name: "key", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "written", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "hash", Type: arrow.PrimitiveTypes.Uint64},
	{Name: "hit", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
	{Name: "name", Type: arrow.PrimitiveTypes.Uint64, Nullable: true},
	{Name: "loose", Type: arrow.PrimitiveTypes.Uint64, Nullable: true},
}, nil)

// The places of hitSchema.
const (
	hitID = iota
	hitKey
	hitWritten
	hitHash
	hitPlace
	hitName
	hitLoose
)

// hitRows is about how many rows a batch of hits has.
const hitRows = 8192

// hitReader lets the accounts pass that a customer may mean, narrow, and puts
// their wide rows into records. It counts all.
type hitReader struct {
	array.RecordReader
	rules   Rules
	keys    *wanted
	names   *wanted // nil: customers have none, or accounts
	loose   *wanted // nil: the match key is the Id
	records *records
	census  *census // of another key than the Id
	axes    []hitAxis
	key     int // the place of the match key
	name    int // and of the name; -1: there is none
	rows    int64
	keyless int64 // rows without a match key

	columns []*array.String
	builder *array.RecordBuilder
	batch   arrow.RecordBatch
	failed  error
}

// hitAxis is where the text of an axis comes from: the first of the columns that
// is not null.
type hitAxis []struct {
	column int
	kind   valueKind
}

// newHitReader reads accounts, which it does not release. The caller frees it.
func (e *Engine) newHitReader(ctx context.Context, accounts array.RecordReader) (*hitReader, error) {
	r := &hitReader{RecordReader: accounts, rules: e.rules, records: e.hits, name: -1, columns: make([]*array.String, accounts.Schema().NumFields()),
		builder: array.NewRecordBuilder(connector.Memory, hitSchema)}
	place := func(property string) (int, error) {
		if at := accounts.Schema().FieldIndices(property); len(at) == 1 {
			return at[0], nil
		}
		return 0, fmt.Errorf("the accounts have no column %s", property)
	}
	var err error
	if r.key, err = place(e.rules.Key); err != nil {
		return nil, err
	}
	if at, err := place(nameProperty); err == nil {
		r.name = at
	}
	for _, axis := range e.rules.Axes {
		var from hitAxis
		for _, source := range axis.sources() {
			column, err := place(source.Property)
			if err != nil {
				return nil, err
			}
			from = append(from, struct {
				column int
				kind   valueKind
			}{column, kind(source.Type)})
		}
		r.axes = append(r.axes, from)
	}
	return r, r.want(ctx, e)
}

// want prepares for what customers may mean.
func (r *hitReader) want(ctx context.Context, e *Engine) (err error) {
	if r.keys, err = e.wantedKeys(ctx); err != nil {
		return err
	}
	if r.name >= 0 {
		if r.names, err = e.wantedHashes(ctx, "named", "called"); err != nil {
			return err
		}
	}
	if e.rules.Key != connector.AccountID {
		if r.loose, err = e.wantedHashes(ctx, "loose"); err != nil {
			return err
		}
		r.census, err = newCensus(e.dir)
	}
	return err
}

func (r *hitReader) Schema() *arrow.Schema          { return hitSchema }
func (r *hitReader) RecordBatch() arrow.RecordBatch { return r.batch }
func (r *hitReader) Record() arrow.RecordBatch      { return r.batch }
func (r *hitReader) Retain()                        {}

// Release does nothing: DuckDB releases a view as it likes.
func (r *hitReader) Release() {}

func (r *hitReader) free() {
	r.drop()
	r.builder.Release()
	r.census.close()
}

func (r *hitReader) drop() {
	if r.batch != nil {
		r.batch.Release()
		r.batch = nil
	}
}

func (r *hitReader) Next() bool {
	r.drop()
	for r.failed == nil && r.builder.Field(0).Len() < hitRows && r.RecordReader.Next() {
		r.failed = r.take(r.RecordReader.RecordBatch())
	}
	if r.failed != nil || r.RecordReader.Err() != nil || r.builder.Field(0).Len() == 0 {
		return false
	}
	r.batch = r.builder.NewRecordBatch()
	return true
}

func (r *hitReader) Err() error {
	if r.failed != nil {
		return r.failed
	}
	return r.RecordReader.Err()
}

// take keeps those rows of a batch that a customer may mean.
func (r *hitReader) take(batch arrow.RecordBatch) error {
	r.rows += batch.NumRows()
	for i := range r.columns {
		r.columns[i] = batch.Column(i).(*array.String) // every column of connector.AccountSchema is
	}
	ids, keys := r.columns[0], r.columns[r.key]
	for i := range keys.Len() {
		row := hitRow{id: ids.Value(i)}
		if keys.IsValid(i) && !blank(keys.Value(i)) {
			if err := r.matchKey(&row, keys.Value(i)); err != nil {
				return err
			}
		} else {
			r.keyless++
		}
		if r.names != nil && r.columns[r.name].IsValid(i) {
			row.name, row.named = nameHash(r.columns[r.name].Value(i))
			row.named = row.named && r.names.has(row.name)
		}
		if !row.wanted && !row.named && !row.loosely {
			continue
		}
		if err := r.add(row, i); err != nil {
			return err
		}
	}
	return nil
}

// hitRow is an account and what a customer may mean of it.
type hitRow struct {
	id, key, written       string
	name, loose            uint64
	wanted, named, loosely bool // its key, its name, its key as somebody has changed it
}

func (r *hitReader) matchKey(row *hitRow, key string) error {
	row.key = key
	if r.loose != nil {
		row.key, row.written = r.rules.compared(key), key
		row.loose, row.loosely = looseHash(key)
		row.loosely = row.loosely && r.loose.has(row.loose)
	}
	hash := sinks.Hash(row.key)
	row.wanted = r.keys.has(hash)
	return r.census.add(hash)
}

// add adds an account, of which the wide row is kept if its key is wanted.
func (r *hitReader) add(row hitRow, i int) error {
	text := func(place int, text string) {
		if b := r.builder.Field(place).(*array.StringBuilder); text == "" {
			b.AppendNull()
		} else {
			b.Append(text)
		}
	}
	hash := func(place int, hash uint64, valid bool) {
		if b := r.builder.Field(place).(*array.Uint64Builder); valid {
			b.Append(hash)
		} else {
			b.AppendNull()
		}
	}
	text(hitID, row.id)
	text(hitKey, row.key)
	text(hitWritten, row.written)
	hash(hitHash, sinks.Hash(row.id), true)
	hash(hitName, row.name, row.named)
	hash(hitLoose, row.loose, row.loosely)
	if !row.wanted {
		r.builder.Field(hitPlace).(*array.Int64Builder).AppendNull()
		return nil
	}
	r.builder.Field(hitPlace).(*array.Int64Builder).Append(r.records.begin())
	for _, axis := range r.axes {
		r.records.add(r.desired(axis, i))
	}
	return r.records.end()
}

// desired is the canonical text of the first property of the axis that is not
// null.
func (r *hitReader) desired(axis hitAxis, row int) (text string, valid bool) {
	for _, from := range axis {
		if column := r.columns[from.column]; column.IsValid(row) {
			return from.kind.canonical(column.Value(row)), true
		}
	}
	return "", false
}
