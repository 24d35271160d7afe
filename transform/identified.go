package transform

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
)

// identified makes of each batch of customers what DuckDB needs: the id, what its
// identifier says under the match key (readingFields), n, the number of the
// customer in the order of arrival, and the place of its record, in which the
// rest is kept.
type identified struct {
	produced
	customers connector.CustomerReader
	records   *records
	rules     Rules
	n         int64
}

// identifiedSchema: the customer, what its identifier says, and where it is. Under
// the Record ID shape, wrapping, record_id, body and respelled are those of
// recordid.Reading (body is null where it is the id); under another key shape is
// one of those in identifier.go, key what is compared, and written what stands
// there. named and called are hashes of names that an account may have (see
// nameHash), loose one of the key (see looseHash).
func identifiedSchema(rules Rules) *arrow.Schema {
	reading := []arrow.Field{
		{Name: "wrapping", Type: arrow.BinaryTypes.String},
		{Name: "record_id", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "body", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "respelled", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "called", Type: arrow.PrimitiveTypes.Uint64, Nullable: true},
	}
	if rules.literal() {
		reading = []arrow.Field{
			{Name: "key", Type: arrow.BinaryTypes.String, Nullable: true},
			{Name: "written", Type: arrow.BinaryTypes.String, Nullable: true},
			{Name: "loose", Type: arrow.PrimitiveTypes.Uint64, Nullable: true},
		}
	}
	return arrow.NewSchema(append([]arrow.Field{
		{Name: connector.CustomerID, Type: arrow.BinaryTypes.String},
		{Name: "n", Type: arrow.PrimitiveTypes.Int64},
		{Name: "place", Type: arrow.PrimitiveTypes.Int64},
		{Name: "named", Type: arrow.PrimitiveTypes.Uint64, Nullable: true},
		{Name: "shape", Type: arrow.BinaryTypes.String},
	}, reading...), nil)
}

// newIdentified does not release customers. The caller frees it.
func newIdentified(customers connector.CustomerReader, records *records, rules Rules) *identified {
	return &identified{produced: producing(identifiedSchema(rules)), customers: customers, records: records, rules: rules}
}

func (r *identified) Err() error { return r.failure(r.customers) }

func (r *identified) Next() bool {
	r.drop()
	if r.failed != nil || !r.customers.Next() {
		return false
	}
	source := r.customers.RecordBatch()
	columns := make([]*array.String, source.NumCols())
	for i := range columns {
		columns[i] = source.Column(i).(*array.String) // every column of connector.CustomerSchema is
	}
	r.builder.Reserve(int(source.NumRows()))
	row := identifierRow{builder: r.builder}
	for i := range int(source.NumRows()) {
		var place int64
		if place, r.failed = r.keep(columns, i); r.failed != nil {
			return false
		}
		row.begin(columns[0].Value(i), r.n, place)
		row.name(columns[2], i)
		row.identify(columns[1], i, r.rules)
		r.n++
	}
	return r.give()
}

// keep makes the record of a customer.
func (r *identified) keep(columns []*array.String, row int) (place int64, err error) {
	place = r.records.begin()
	for _, column := range columns {
		r.records.add(column.Value(row), column.IsValid(row))
	}
	return place, r.records.end()
}
