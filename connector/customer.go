package connector

import (
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
)

// The first columns of every batch of customers.
const (
	CustomerID   = "customer_id"
	Identifier   = "identifier"
	CustomerName = "name"
)

// The types of a cell that is not a text, as they stand in a type column.
const (
	TypeNumber  = "number"
	TypeBoolean = "boolean"
	TypeJSON    = "json" // an object or an array
)

const axisKey = "fincome.axis"

// CustomerSchema is the schema of a batch of customers: customer_id, identifier
// (the text of the identification axis, null where it is absent or JSON null),
// name (what Fincome calls the customer; null where that is not known), and two
// columns for each axis that could be read:
//
//	value_N  utf8, null where the key is absent or JSON null; a text as it is,
//	         anything else as its JSON text, byte for byte
//	type_N   utf8, null for a text and for null, otherwise TypeNumber,
//	         TypeBoolean or TypeJSON
//
// N is the place of the axis in CustomerQuery.Axes; the name of the axis is in
// the field metadata, because two axes may differ only in letter case. An axis
// for which read answers false (a file has no column for it) has no columns.
func CustomerSchema(axes []string, read func(axis string) bool) *arrow.Schema {
	fields := []arrow.Field{
		{Name: CustomerID, Type: arrow.BinaryTypes.String},
		{Name: Identifier, Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: CustomerName, Type: arrow.BinaryTypes.String, Nullable: true},
	}
	for i, axis := range axes {
		if !read(axis) {
			continue
		}
		metadata := arrow.MetadataFrom(map[string]string{axisKey: axis})
		fields = append(fields,
			arrow.Field{Name: ValueColumn(i), Type: arrow.BinaryTypes.String, Nullable: true, Metadata: metadata},
			arrow.Field{Name: TypeColumn(i), Type: arrow.BinaryTypes.String, Nullable: true, Metadata: metadata})
	}
	return arrow.NewSchema(fields, nil)
}

// ValueColumn and TypeColumn name the columns of the axis at place i.
func ValueColumn(i int) string { return "value_" + strconv.Itoa(i) }

// TypeColumn: see ValueColumn.
func TypeColumn(i int) string { return "type_" + strconv.Itoa(i) }

// AxisOf is the name of the axis whose value or type the field holds.
func AxisOf(field arrow.Field) string {
	axis, _ := field.Metadata.GetValue(axisKey)
	return axis
}
