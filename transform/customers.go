package transform

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/transform/recordid"
)

// ErrNoIdentifier: the identification axis stands on no customer.
var ErrNoIdentifier = errors.New("no customer carries the identification axis")

// Customers loads the customers. It fails with ErrNoIdentifier when none of
// them carries a value in the identification axis, and when two have the same
// id. It reads to the end and does not release reader.
func (e *Engine) Customers(ctx context.Context, reader connector.CustomerReader) error {
	var err error
	if e.list, err = newCustomerSource(e.dir, reader, len(e.axes)); err != nil {
		return err
	}
	identified := newIdentified(reader, e.list.records)
	defer identified.Release()
	if err := e.consume(ctx, identified, e.customerStatement()); err != nil {
		return err
	}
	if err := e.list.records.flush(); err != nil {
		return err
	}
	return e.checkCustomers(ctx)
}

// customerStatement loads what matching and the acknowledgements ask for.
func (e *Engine) customerStatement() string {
	columns := "*"
	if e.rules.Key == connector.AccountID { // the readings say it all
		columns += " EXCLUDE (" + connector.Identifier + ")"
	}
	return fmt.Sprintf("CREATE TABLE customer AS SELECT %s, %d::BIGINT AS observed, %t AS whole, NULL::BIGINT AS later FROM stream", columns, e.list.observed, e.list.whole())
}

// customerSource is where the cells of customers were read: their records have
// the id, the identifier, and the value and type of every axis it has.
type customerSource struct {
	records  *records
	has      []bool // by axis
	observed int64  // microseconds
}

func newCustomerSource(dir string, reader connector.CustomerReader, axes int) (customerSource, error) {
	s := customerSource{has: make([]bool, axes), observed: reader.Observed().UnixMicro()}
	for i := range s.has {
		s.has[i] = reader.Schema().HasField(connector.ValueColumn(i))
	}
	var err error
	s.records, err = newRecords(dir, readInOrder)
	return s, err
}

// whole: it has every axis.
func (s customerSource) whole() bool { return !slices.Contains(s.has, false) }

// checkCustomers looks for ids that came twice, among their hashes first: numbers
// are cheaper to count than texts.
func (e *Engine) checkCustomers(ctx context.Context) error {
	var repeated bool
	if err := e.scalars(ctx, "SELECT count(DISTINCT hash(customer_id)) < count(*) FROM customer", &repeated); err != nil {
		return err
	}
	if !repeated {
		return e.checkIdentifiers(ctx)
	}
	twice, err := e.strings(ctx, "SELECT customer_id FROM customer GROUP BY 1 HAVING count(*) > 1 ORDER BY 1 LIMIT 3")
	if err != nil {
		return err
	}
	if len(twice) > 0 {
		return fmt.Errorf("the customers are not a whole list: %s came more than once", strings.Join(twice, ", "))
	}
	return e.checkIdentifiers(ctx) // two ids had the same hash
}

func (e *Engine) checkIdentifiers(ctx context.Context) error {
	var withIdentifier int64
	if err := e.scalars(ctx, "SELECT count(*), count(*) FILTER (WHERE shape <> 'empty') FROM customer", &e.customers, &withIdentifier); err != nil {
		return err
	}
	if withIdentifier == 0 {
		return ErrNoIdentifier
	}
	return nil
}

// Unjudged gives the ids of the customers that hold a write of ours which no
// observation is new enough to judge: the customers were read before it was
// sent. They are to be read again, one by one, and given to Observe.
func (e *Engine) Unjudged(ctx context.Context) ([]string, error) {
	return e.strings(ctx, `SELECT DISTINCT c.customer_id FROM customer c
		JOIN ack a ON a.customer_id = c.customer_id
		WHERE a.s_at IS NOT NULL
		AND greatest(CASE WHEN c.whole OR a.axis NOT IN (`+axisList(e.unread())+`) THEN c.observed ELSE 0 END, coalesce(a.o_at, 0)) <= a.s_at
		AND a.axis IN (`+axisList(e.axes)+`) ORDER BY 1`)
}

// unread are the axes that the source of the customers does not have.
func (e *Engine) unread() []string {
	var axes []string
	for i, axis := range e.axes {
		if !e.list.has[i] {
			axes = append(axes, axis)
		}
	}
	return axes
}

// axisList is a list for IN; the empty text in it is the name of no axis.
func axisList(axes []string) string {
	names := []string{"''"}
	for _, name := range axes {
		names = append(names, literal(name))
	}
	return strings.Join(names, ", ")
}

// Observe replaces what is known of the customers in reader, which were read
// later than the rest. Customers that the list does not have are left out. It
// does not release reader.
func (e *Engine) Observe(ctx context.Context, reader connector.CustomerReader) error {
	var err error
	e.later.records.close()
	if e.later, err = newCustomerSource(e.dir, reader, len(e.axes)); err != nil {
		return err
	}
	identified := newIdentified(reader, e.later.records)
	defer identified.Release()
	if err := e.consume(ctx, identified, "CREATE TEMP TABLE later AS SELECT customer_id, place FROM stream"); err != nil {
		return err
	}
	if err := e.later.records.flush(); err != nil {
		return err
	}
	return e.exec(ctx,
		// What a customer is matched on stays what the whole list said.
		fmt.Sprintf("UPDATE customer SET later = l.place, observed = %d, whole = %t FROM later l WHERE l.customer_id = customer.customer_id", e.later.observed, e.later.whole()),
		"DROP TABLE later")
}

// identified makes of each batch of customers what DuckDB needs: the id, what its
// identifier says when it is read as a Record ID (shape, wrapping, body,
// record_id), n, the number of the customer in the order of arrival, and the
// place of its record, in which the rest is kept.
type identified struct {
	connector.CustomerReader
	records *records
	n       int64
	refs    atomic.Int64
	schema  *arrow.Schema
	batch   arrow.RecordBatch
	failed  error
}

var readingFields = []arrow.Field{
	{Name: "shape", Type: arrow.BinaryTypes.String},
	{Name: "wrapping", Type: arrow.BinaryTypes.String},
	{Name: "body", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "record_id", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "n", Type: arrow.PrimitiveTypes.Int64},
	{Name: "place", Type: arrow.PrimitiveTypes.Int64},
}

func newIdentified(reader connector.CustomerReader, records *records) *identified {
	reader.Retain()
	fields := append(append([]arrow.Field{}, reader.Schema().Fields()[:2]...), readingFields...)
	r := &identified{CustomerReader: reader, records: records, schema: arrow.NewSchema(fields, nil)}
	r.refs.Store(1)
	return r
}

func (r *identified) Schema() *arrow.Schema          { return r.schema }
func (r *identified) RecordBatch() arrow.RecordBatch { return r.batch }
func (r *identified) Record() arrow.RecordBatch      { return r.batch }
func (r *identified) Retain()                        { r.refs.Add(1) }

func (r *identified) Release() {
	if r.refs.Add(-1) == 0 {
		r.drop()
		r.CustomerReader.Release()
	}
}

func (r *identified) drop() {
	if r.batch != nil {
		r.batch.Release()
		r.batch = nil
	}
}

func (r *identified) Next() bool {
	r.drop()
	if r.failed != nil || !r.CustomerReader.Next() {
		return false
	}
	source := r.CustomerReader.RecordBatch()
	readings := readIdentifiers(source.Column(1).(*array.String))
	numbers, places := array.NewInt64Builder(connector.Memory), array.NewInt64Builder(connector.Memory)
	defer numbers.Release()
	defer places.Release()
	if r.failed = r.keep(source, numbers, places); r.failed != nil {
		return false
	}
	readings = append(readings, numbers.NewArray(), places.NewArray())
	r.batch = array.NewRecordBatch(r.schema, append([]arrow.Array{source.Column(0), source.Column(1)}, readings...), source.NumRows())
	for _, column := range readings {
		column.Release()
	}
	return true
}

func (r *identified) Err() error {
	if r.failed != nil {
		return r.failed
	}
	return r.CustomerReader.Err()
}

// keep makes the records of a batch.
func (r *identified) keep(source arrow.RecordBatch, numbers, places *array.Int64Builder) error {
	columns := make([]*array.String, source.NumCols())
	for i := range columns {
		columns[i] = source.Column(i).(*array.String) // every column of connector.CustomerSchema is
	}
	numbers.Reserve(int(source.NumRows()))
	places.Reserve(int(source.NumRows()))
	for row := range int(source.NumRows()) {
		numbers.UnsafeAppend(r.n)
		r.n++
		places.UnsafeAppend(r.records.begin())
		for _, column := range columns {
			r.records.add(column.Value(row), column.IsValid(row))
		}
		if err := r.records.end(); err != nil {
			return err
		}
	}
	return nil
}

func readIdentifiers(identifiers *array.String) []arrow.Array {
	builders := make([]*array.StringBuilder, 4)
	for i := range builders {
		builders[i] = array.NewStringBuilder(connector.Memory)
		builders[i].Reserve(identifiers.Len())
		defer builders[i].Release()
	}
	appendOptional := func(b *array.StringBuilder, text string) {
		if text == "" {
			b.AppendNull()
		} else {
			b.Append(text)
		}
	}
	for i := range identifiers.Len() {
		reading := recordid.Reading{Shape: recordid.Empty}
		if identifiers.IsValid(i) {
			reading = recordid.Read(identifiers.Value(i))
		}
		builders[0].Append(string(reading.Shape))
		builders[1].Append(string(reading.Wrapping))
		if reading.Body == reading.ID {
			builders[2].AppendNull()
		} else {
			appendOptional(builders[2], reading.Body)
		}
		appendOptional(builders[3], reading.ID)
	}
	arrays := make([]arrow.Array, len(builders))
	for i, b := range builders {
		arrays[i] = b.NewArray()
	}
	return arrays
}
