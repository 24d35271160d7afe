package simulator

import (
	"encoding/json"
	"strings"

	"github.com/axisync/axisync/connector/salesforce/simulator/org"
)

// appendRecord appends an account as the REST API writes it: typed values, date-
// times with +0000, the fields of a relationship in an object of their own.
func appendRecord(dst []byte, c *call, p *plan, row *org.Row) []byte {
	dst = append(dst, '{')
	dst = appendAttributes(dst, "Account", c.path("sobjects/Account/%s", row.ID()))
	for i := range p.columns {
		column := &p.columns[i]
		relationship, _, nested := strings.Cut(column.Name, ".")
		if !nested {
			dst = appendMember(append(dst, ','), column.Name, appendJSON(nil, p, column, row))
			continue
		}
		if !firstOf(p.columns, i, relationship) {
			continue // written with the first field of the relationship
		}
		dst = appendMember(append(dst, ','), relationship, related(p, relationship, row))
	}
	return append(dst, '}')
}

func appendAttributes(dst []byte, object, url string) []byte {
	dst = append(dst, `"attributes":{"type":"`...)
	dst = append(append(dst, object...), '"')
	if url != "" {
		dst = append(append(append(dst, `,"url":"`...), url...), '"')
	}
	return append(dst, '}')
}

func appendMember(dst []byte, name string, value []byte) []byte {
	dst = append(append(dst, '"'), name...)
	return append(append(dst, `":`...), value...)
}

// firstOf reports whether no column before i belongs to the relationship.
func firstOf(columns []org.Column, i int, relationship string) bool {
	for _, before := range columns[:i] {
		if strings.HasPrefix(before.Name, relationship+".") {
			return false
		}
	}
	return true
}

// related is the record at the end of a relationship, with the fields selected.
func related(p *plan, relationship string, row *org.Row) []byte {
	object := "User"
	if relationship == "Parent" || relationship == "MasterRecord" {
		object = "Account"
	}
	empty := true
	dst := appendAttributes([]byte{'{'}, object, "")
	for i := range p.columns {
		name, ok := strings.CutPrefix(p.columns[i].Name, relationship+".")
		if !ok {
			continue
		}
		value := appendJSON(nil, p, &p.columns[i], row)
		empty = empty && string(value) == "null"
		dst = appendMember(append(dst, ','), name, value)
	}
	if empty {
		return []byte("null")
	}
	return append(dst, '}')
}

// appendJSON appends one value.
func appendJSON(dst []byte, p *plan, column *org.Column, row *org.Row) []byte {
	if column.Field.IsCompound() {
		return appendCompound(dst, p, column.Field, row)
	}
	value := column.Append(nil, row)
	switch kind := kindOf(column.Field); {
	case len(value) == 0:
		return append(dst, "null"...)
	case kind == numbers, kind == booleans:
		return append(dst, value...)
	case kind == datetimes:
		value = append(value[:len(value)-1], "+0000"...)
	}
	quoted, err := json.Marshal(string(value))
	if err != nil {
		panic(err) // a string is encodable
	}
	return append(dst, quoted...)
}

// appendCompound appends an address or a geolocation, which holds its
// components under shorter names.
func appendCompound(dst []byte, p *plan, compound *org.Field, row *org.Row) []byte {
	parts := append([]byte(nil), '{')
	empty := true
	for _, f := range p.view.Schema().Fields() {
		if f.Compound != compound.Name {
			continue
		}
		value := appendJSON(nil, p, &org.Column{Name: f.Name, Field: f}, row)
		empty = empty && string(value) == "null"
		if len(parts) > 1 {
			parts = append(parts, ',')
		}
		parts = appendMember(parts, componentName(f.Name), value)
	}
	if empty {
		return append(dst, "null"...)
	}
	return append(append(dst, parts...), '}')
}

// componentName is the name of a component within its compound: street for
// BillingStreet, latitude for Location__Latitude__s.
func componentName(field string) string {
	name := strings.TrimPrefix(field, "Billing")
	if _, rest, ok := strings.Cut(field, "__"); ok {
		name, _, _ = strings.Cut(rest, "__")
	}
	return strings.ToLower(name[:1]) + name[1:]
}
