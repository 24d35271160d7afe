package parquet

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	pq "github.com/parquet-go/parquet-go"

	"github.com/axisync/axisync/connector"
)

// kind is how the cells of a column are kept in Parquet.
type kind uint8

const (
	kindText kind = iota
	kindBoolean
	kindInteger
	kindDate
	kindTimestamp // microseconds, UTC
	kindDecimal32 // up to 9 digits
	kindDecimal64 // up to 18 digits
	kindDecimal   // up to maxPrecision digits, in fixed bytes
)

// maxPrecision is the most digits that engines read as a decimal.
const maxPrecision = 38

// column is how one column of a table is written.
type column struct {
	name      string
	kind      kind
	nullable  bool
	precision int // of decimals: digits in all
	scale     int // of decimals: digits after the point
}

// newColumn plans a column, typed by what describe says of it if typed is set.
func newColumn(field arrow.Field, typed bool) column {
	c := column{name: field.Name, nullable: field.Nullable}
	if typed {
		c.describe(connector.PropertyOf(field))
	}
	return c
}

// describe chooses the kind. Numbers of which describe gives no number of digits
// stay texts: a binary fraction would not be what Salesforce wrote.
func (c *column) describe(p connector.Property) {
	switch p.Type {
	case "boolean":
		c.kind = kindBoolean
	case "int", "long":
		c.kind = kindInteger
	case "date":
		c.kind = kindDate
	case "datetime":
		c.kind = kindTimestamp
	case "double", "currency", "percent":
		c.decimal(p.Precision, p.Scale)
	}
	if c.kind != kindText {
		c.nullable = true // what does not fit the type is null
	}
}

// Literal reports whether a typed table keeps the texts of a property as they are,
// and not as values of another type.
func Literal(p connector.Property) bool {
	var c column
	c.describe(p)
	return c.kind == kindText
}

func (c *column) decimal(precision, scale int) {
	switch {
	case precision <= 0 || precision > maxPrecision || scale < 0 || scale > precision:
		return
	case precision <= 9:
		c.kind = kindDecimal32
	case precision <= 18:
		c.kind = kindDecimal64
	default:
		c.kind = kindDecimal
	}
	c.precision, c.scale = precision, scale
}

// String is the type as it stands in manifests.
func (c *column) String() string {
	switch c.kind {
	case kindBoolean:
		return "boolean"
	case kindInteger:
		return "int64"
	case kindDate:
		return "date"
	case kindTimestamp:
		return "timestamp[us, UTC]"
	case kindDecimal32, kindDecimal64, kindDecimal:
		return fmt.Sprintf("decimal(%d, %d)", c.precision, c.scale)
	}
	return "utf8"
}

// node is the column in a Parquet schema.
func (c *column) node(l layout) pq.Node {
	node := c.leaf()
	switch {
	case l.dictionary != nil:
		l.dictionary.Type = node.Type()
		node = pq.Encoded(pq.Leaf(l.dictionary), &pq.RLEDictionary)
	case l.long:
		node = pq.Leaf(longText{node.Type()})
	}
	if c.nullable {
		return pq.Optional(node)
	}
	return pq.Required(node)
}

func (c *column) leaf() pq.Node {
	switch c.kind {
	case kindBoolean:
		return pq.Leaf(pq.BooleanType)
	case kindInteger:
		return pq.Int(64)
	case kindDate:
		return pq.Date()
	case kindTimestamp:
		return pq.Timestamp(pq.Microsecond)
	case kindDecimal32:
		return pq.Decimal(c.scale, c.precision, pq.Int32Type)
	case kindDecimal64:
		return pq.Decimal(c.scale, c.precision, pq.Int64Type)
	case kindDecimal:
		return pq.Leaf(signed{pq.Decimal(c.scale, c.precision, pq.FixedLenByteArrayType(decimalBytes(c.precision))).Type(), c.precision})
	}
	return pq.String()
}

// record is a Parquet group whose columns stand in the given order; parquet-go's
// own sorts them by name.
type record struct {
	pq.Group
	fields []pq.Field
}

func (r record) Fields() []pq.Field { return r.fields }

// schemaOf is the Parquet schema of columns.
func schemaOf(name string, columns []column, layouts []layout) *pq.Schema {
	r := record{Group: pq.Group{}}
	for i := range columns {
		r.Group[columns[i].name] = columns[i].node(layouts[i])
	}
	sorted := map[string]pq.Field{}
	for _, field := range r.Group.Fields() {
		sorted[field.Name()] = field
	}
	for i := range columns {
		r.fields = append(r.fields, sorted[columns[i].name])
	}
	return pq.NewSchema(name, r)
}
