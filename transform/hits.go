package transform

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks"
)

// hitSchema is what DuckDB sees of an account that a customer may mean: its id, the
// hash of that, the place of its record, which holds the text desired for each
// axis (null: no customer names the key). Of another key than the Id also the key in
// the form in which it is compared, as it is written, and its hash where the key of
// a customer is like it (see looseHash).
func hitSchema(rules Rules) *arrow.Schema {
	fields := []arrow.Field{
		{Name: "id", Type: arrow.BinaryTypes.String},
		{Name: "hash", Type: arrow.PrimitiveTypes.Uint64},
		{Name: "hit", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
	}
	if rules.literal() {
		fields = append(fields,
			arrow.Field{Name: "key", Type: arrow.BinaryTypes.String, Nullable: true},
			arrow.Field{Name: "written", Type: arrow.BinaryTypes.String, Nullable: true},
			arrow.Field{Name: "loose", Type: arrow.PrimitiveTypes.Uint64, Nullable: true})
	}
	return arrow.NewSchema(fields, nil)
}

// The places of hitSchema.
const (
	hitID = iota
	hitHash
	hitPlace
	hitKey
	hitWritten
	hitLoose
)

// hitRows is about how many rows a batch of hits has.
const hitRows = 8192

// hitReader lets the accounts pass that a customer may mean, narrow, and puts
// their wide rows into records. It counts all.
type hitReader struct {
	produced
	accounts array.RecordReader
	rules    Rules
	keys     *wanted
	names    *accountNames // nil: customers have none, or accounts
	loose    *wanted       // nil: the match key is the Id
	records  *records
	census   *census // of another key than the Id
	axes     []hitAxis
	key      int // the place of the match key
	name     int // and of the name; -1: there is none
	rows     int64
	keyless  int64 // rows without a match key

	columns []*array.String
}

// hitAxis is where the text of an axis comes from: the first of the columns that
// is not null.
type hitAxis []struct {
	column int
	kind   valueKind
}

// newHitReader reads accounts, which it does not release. The caller frees it.
func (e *Engine) newHitReader(ctx context.Context, accounts array.RecordReader) (*hitReader, error) {
	r := &hitReader{produced: producing(hitSchema(e.rules)), accounts: accounts, rules: e.rules, records: e.hits, name: -1, columns: make([]*array.String, accounts.Schema().NumFields())}
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
	if at, err := place(connector.AccountName); err == nil {
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
		var named int64
		if err := e.scalars(ctx, "SELECT count(named)"+e.ifLiteral("", " + count(called)")+" FROM customer", &named); err != nil {
			return err
		}
		if named > 0 {
			if r.names, err = newAccountNames(e.dir); err != nil {
				return err
			}
		}
	}
	if e.rules.literal() {
		if r.loose, err = e.wantedHashes(ctx, "customer", "loose"); err != nil {
			return err
		}
		r.census, err = newCensus(e.dir)
	}
	return err
}

func (r *hitReader) free() {
	r.produced.free()
	r.census.close()
	r.names.free()
}

func (r *hitReader) Err() error { return r.failure(r.accounts) }

func (r *hitReader) Next() bool {
	r.drop()
	for r.failed == nil && r.builder.Field(0).Len() < hitRows && r.accounts.Next() {
		r.failed = r.take(r.accounts.RecordBatch())
	}
	return r.accounts.Err() == nil && r.give()
}

// take keeps those rows of a batch that a customer may mean.
func (r *hitReader) take(batch arrow.RecordBatch) error {
	r.rows += batch.NumRows()
	for i := range r.columns {
		r.columns[i] = batch.Column(i).(*array.String) // every column of connector.AccountSchema is
	}
	ids := r.columns[0]
	for i := range ids.Len() {
		row := hitRow{id: ids.Value(i)}
		row.hash = sinks.Hash(row.id)
		if r.loose != nil {
			if err := r.literal(&row, r.columns[r.key], i); err != nil {
				return err
			}
		} else {
			row.wanted = r.keys.has(row.hash)
		}
		if r.names != nil && r.columns[r.name].IsValid(i) {
			if hash, ok := nameHash(r.columns[r.name].Value(i)); ok {
				if err := r.names.note(hash, row.id); err != nil {
					return err
				}
			}
		}
		if !row.wanted && !row.loosely {
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
	id, key, written string
	hash, loose      uint64
	wanted, loosely  bool // its key, its key as somebody has changed it
}

// literal looks at another match key than the Id.
func (r *hitReader) literal(row *hitRow, keys *array.String, i int) error {
	if keys.IsNull(i) || blank(keys.Value(i)) {
		r.keyless++
		return nil
	}
	row.written = keys.Value(i)
	row.key = r.rules.compared(row.written)
	row.loose, row.loosely = looseHash(row.written)
	row.loosely = row.loosely && r.loose.has(row.loose)
	hash := sinks.Hash(row.key)
	row.wanted = r.keys.has(hash)
	return r.census.add(hash)
}

// add adds an account, of which the wide row is kept if its key is wanted.
func (r *hitReader) add(row hitRow, i int) error {
	r.builder.Field(hitID).(*array.StringBuilder).Append(row.id)
	r.hash(hitHash, row.hash, true)
	if r.loose != nil {
		r.text(hitKey, row.key)
		r.text(hitWritten, row.written)
		r.hash(hitLoose, row.loose, row.loosely)
	}
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

func (r *hitReader) text(place int, text string) {
	if b := r.builder.Field(place).(*array.StringBuilder); text == "" {
		b.AppendNull()
	} else {
		b.Append(text)
	}
}

func (r *hitReader) hash(place int, hash uint64, valid bool) {
	if b := r.builder.Field(place).(*array.Uint64Builder); valid {
		b.Append(hash)
	} else {
		b.AppendNull()
	}
}

// desired is the canonical text of the first property of the axis that is not
// null.
func (r *hitReader) desired(axis hitAxis, row int) (text string, valid bool) {
	for _, from := range axis {
		if column := r.columns[from.column]; column.IsValid(row) {
			return from.kind.canonical(column.Value(row), r.rules.Zone), true
		}
	}
	return "", false
}
