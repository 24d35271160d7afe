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
	e.inSource = make([]bool, len(e.axes))
	for i := range e.axes {
		e.inSource[i] = reader.Schema().HasField(connector.ValueColumn(i))
	}
	identified := newIdentified(reader)
	defer identified.Release()
	statement := "CREATE TABLE customer AS SELECT " + e.customerColumns(e.inSource, reader.Observed().UnixMicro()) + " FROM stream"
	if err := e.consume(ctx, identified, statement); err != nil {
		return err
	}
	return e.checkCustomers(ctx)
}

// customerColumns gives the customer table the same columns whatever the source
// has; whole says that every axis was read, whatever inSource says.
func (e *Engine) customerColumns(has []bool, observed int64) string {
	columns := []string{"n", connector.CustomerID, connector.Identifier, "shape", "wrapping", "body", "record_id",
		fmt.Sprintf("%d::BIGINT AS observed", observed), fmt.Sprintf("%t AS whole", !slices.Contains(has, false))}
	for i := range e.axes {
		value, kind := connector.ValueColumn(i), connector.TypeColumn(i)
		if has[i] {
			columns = append(columns, value, kind)
		} else {
			columns = append(columns, "NULL::VARCHAR AS "+value, "NULL::VARCHAR AS "+kind)
		}
	}
	return strings.Join(columns, ", ")
}

func (e *Engine) checkCustomers(ctx context.Context) error {
	twice, err := e.strings(ctx, "SELECT customer_id FROM customer GROUP BY 1 HAVING count(*) > 1 ORDER BY 1 LIMIT 3")
	if err != nil {
		return err
	}
	if len(twice) > 0 {
		return fmt.Errorf("the customers are not a whole list: %s came more than once", strings.Join(twice, ", "))
	}
	var withIdentifier int64
	if err := e.scalars(ctx, "SELECT count(*), count(*) FILTER (WHERE shape <> 'empty') FROM customer", &e.customers, &withIdentifier); err != nil {
		return err
	}
	if withIdentifier == 0 {
		return ErrNoIdentifier
	}
	e.slices = slicesOf(e.customers)
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
		if !e.inSource[i] {
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
	has := make([]bool, len(e.axes))
	for i := range e.axes {
		has[i] = reader.Schema().HasField(connector.ValueColumn(i))
	}
	identified := newIdentified(reader)
	defer identified.Release()
	if err := e.consume(ctx, identified, "CREATE TEMP TABLE later AS SELECT "+e.customerColumns(has, reader.Observed().UnixMicro())+" FROM stream"); err != nil {
		return err
	}
	return e.exec(ctx,
		// What a customer is matched on stays what the whole list said.
		`CREATE TEMP TABLE merged AS SELECT l.* REPLACE (c.n AS n, c.identifier AS identifier, c.shape AS shape, c.wrapping AS wrapping, c.body AS body, c.record_id AS record_id)
			FROM later l JOIN customer c ON c.customer_id = l.customer_id`,
		"DELETE FROM customer WHERE customer_id IN (SELECT customer_id FROM merged)",
		"INSERT INTO customer SELECT * FROM merged",
		"DROP TABLE later", "DROP TABLE merged")
}

// identified adds to each batch of customers what its identifier says when it
// is read as a Record ID (shape, wrapping, body, record_id), and n, the number
// of the customer in the order of arrival.
type identified struct {
	connector.CustomerReader
	n      int64
	refs   atomic.Int64
	schema *arrow.Schema
	batch  arrow.RecordBatch
}

var readingFields = []arrow.Field{
	{Name: "shape", Type: arrow.BinaryTypes.String},
	{Name: "wrapping", Type: arrow.BinaryTypes.String},
	{Name: "body", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "record_id", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "n", Type: arrow.PrimitiveTypes.Int64},
}

func newIdentified(reader connector.CustomerReader) *identified {
	reader.Retain()
	fields := append(append([]arrow.Field{}, reader.Schema().Fields()...), readingFields...)
	r := &identified{CustomerReader: reader, schema: arrow.NewSchema(fields, nil)}
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
	if !r.CustomerReader.Next() {
		return false
	}
	source := r.CustomerReader.RecordBatch()
	readings := readIdentifiers(source.Column(1).(*array.String))
	readings = append(readings, r.numbers(source.NumRows()))
	defer func() {
		for _, column := range readings {
			column.Release()
		}
	}()
	columns := append(append([]arrow.Array{}, source.Columns()...), readings...)
	r.batch = array.NewRecordBatch(r.schema, columns, source.NumRows())
	return true
}

func (r *identified) numbers(rows int64) arrow.Array {
	b := array.NewInt64Builder(connector.Memory)
	defer b.Release()
	b.Reserve(int(rows))
	for range rows {
		b.Append(r.n)
		r.n++
	}
	return b.NewArray()
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
		appendOptional(builders[2], reading.Body)
		appendOptional(builders[3], reading.ID)
	}
	arrays := make([]arrow.Array, len(builders))
	for i, b := range builders {
		arrays[i] = b.NewArray()
	}
	return arrays
}
