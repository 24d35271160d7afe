package fincome

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/axisync/axisync/connector"
)

// decoder reads customers from JSON into a batch, without a copy for what is
// not asked for.
type decoder struct {
	scanner
	fields names[struct{}] // of a customer
	axes   names[axis]     // of custom_properties

	id, identifier []byte // reused
	identified     bool   // identifier is that of the present customer
}

// axis is what is known of one axis.
type axis struct {
	identifies bool
	columns    []int // its places in the query
	carried    bool  // a customer has a value in it
}

func newDecoder(query connector.CustomerQuery) decoder {
	return decoder{
		fields: newNames(func(string) struct{} { return struct{}{} }),
		axes: newNames(func(name string) axis {
			a := axis{identifies: name == query.IdentificationAxis}
			for i, asked := range query.Axes {
				if asked == name {
					a.columns = append(a.columns, i)
				}
			}
			return a
		}),
	}
}

// carried are the names of the axes that a customer has a value in.
func (d *decoder) carried() []string {
	var names []string
	for name, n := range d.axes.named {
		if n.known.carried {
			names = append(names, name)
		}
	}
	return names
}

// customer adds the customer that comes next to b and answers its id, which
// lives until the next call.
func (d *decoder) customer(b *batch) ([]byte, error) {
	if d.kind() != '{' {
		return nil, d.unexpected("a customer", "an object")
	}
	d.id, d.identifier, d.identified = d.id[:0], d.identifier[:0], false
	err := object(&d.scanner, &d.fields, func(n *name[struct{}]) error {
		if n.text == "custom_properties" {
			return d.properties(b)
		}
		value, err := d.value()
		switch {
		case err != nil:
		case n.text == "id":
			d.id, err = appendID(d.id[:0], value)
		case n.text == "name" && value[0] == '"' && len(value) > len(`""`):
			b.call(d.unquoted(value))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("customer %q: %w", d.id, err)
	}
	if len(d.id) == 0 {
		return nil, errors.New("a customer has no id")
	}
	b.end(d.id, d.identifier, d.identified)
	return d.id, nil
}

func (d *decoder) properties(b *batch) error {
	switch d.kind() {
	case 'n':
		_, err := d.value()
		return err
	case '{':
	default:
		return d.unexpected("custom_properties", "an object")
	}
	return object(&d.scanner, &d.axes, func(n *name[axis]) error {
		value, err := d.value()
		if err == nil && value[0] != 'n' {
			d.put(&n.known, value, b)
		}
		return err
	})
}

// put gives a customer's axis its value, which is not null.
func (d *decoder) put(a *axis, value jsontext.Value, b *batch) {
	a.carried = a.carried || len(value) > len(`""`) || value[0] != '"'
	if !a.identifies && len(a.columns) == 0 {
		return
	}
	text, kind := d.cell(value)
	for _, column := range a.columns {
		b.set(column, text, kind)
	}
	if a.identifies {
		d.identifier, d.identified = append(d.identifier, text...), true
	}
}

// cell is the text of a value that is not null and its type in the terms of
// CustomerSchema; it lives until the next call. Bytes that are no UTF-8 become
// U+FFFD.
func (d *decoder) cell(value jsontext.Value) (text []byte, kind string) {
	switch value.Kind() {
	case '"':
		return d.unquoted(value), ""
	case '{', '[':
		return valid(value), connector.TypeJSON
	case 't', 'f':
		return value, connector.TypeBoolean
	}
	return value, connector.TypeNumber
}
