package fincome

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/axisync/axisync/connector"
)

// decoder reads customers from JSON into a batch, without a copy for what is
// not asked for.
type decoder struct {
	query connector.CustomerQuery
	names map[string]*axis // by the name as it is written, quotes and all

	id, identifier, scratch []byte // reused
	identified              bool   // identifier is that of the present customer
}

// axis is what is known of one axis.
type axis struct {
	name       string
	identifies bool
	columns    []int // its places in the query
	carried    bool  // a customer has a value in it
}

// carried are the names of the axes that a customer has a value in.
func (d *decoder) carried() []string {
	var names []string
	for _, a := range d.names {
		if a.carried {
			names = append(names, a.name)
		}
	}
	return names
}

// decode adds one customer to b and answers its id, which lives until the next
// call.
func (d *decoder) decode(json *jsontext.Decoder, b *batch) ([]byte, error) {
	if json.PeekKind() != '{' {
		return nil, unexpected(json, "a customer", "an object")
	}
	d.id, d.identified = d.id[:0], false
	err := members(json, func(name jsontext.Value) error {
		switch string(name) {
		case `"id"`:
			value, err := json.ReadValue()
			if err != nil {
				return err
			}
			d.id, err = appendID(d.id[:0], value)
			return err
		case `"custom_properties"`:
			return d.properties(json, b)
		}
		return json.SkipValue()
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

func (d *decoder) properties(json *jsontext.Decoder, b *batch) error {
	switch json.PeekKind() {
	case 'n':
		return json.SkipValue()
	case '{':
	default:
		return unexpected(json, "custom_properties", "an object")
	}
	return members(json, func(name jsontext.Value) error {
		a := d.axis(name)
		value, err := json.ReadValue()
		if err != nil {
			return err
		}
		d.put(a, value, b)
		return nil
	})
}

// axis looks the axis up by its name.
func (d *decoder) axis(written jsontext.Value) *axis {
	if a := d.names[string(written)]; a != nil { // no copy is made for the lookup
		return a
	}
	a := &axis{name: unquoted(written)}
	a.identifies = a.name == d.query.IdentificationAxis
	for i, asked := range d.query.Axes {
		if asked == a.name {
			a.columns = append(a.columns, i)
		}
	}
	d.names[string(written)] = a
	return a
}

// put gives a customer's axis its value.
func (d *decoder) put(a *axis, value jsontext.Value, b *batch) {
	if value.Kind() == 'n' {
		return
	}
	a.carried = a.carried || len(value) > len(`""`) || value[0] != '"'
	if !a.identifies && len(a.columns) == 0 {
		return
	}
	text, kind := d.text(value)
	for _, column := range a.columns {
		b.set(column, text, kind)
	}
	if a.identifies {
		d.identifier, d.identified = append(d.identifier[:0], text...), true
	}
}

// text is the text of a value and its type in the terms of CustomerSchema; it
// lives until the next call. Bytes that are no UTF-8 become U+FFFD.
func (d *decoder) text(value jsontext.Value) (text []byte, kind string) {
	switch value.Kind() {
	case '"':
		// The error is about UTF-8 alone, for the decoder has read the value; what
		// is no UTF-8 was replaced.
		d.scratch, _ = jsontext.AppendUnquote(d.scratch[:0], value)
		return d.scratch, ""
	case '0':
		return value, connector.TypeNumber
	case 't', 'f':
		return value, connector.TypeBoolean
	}
	return valid(value), connector.TypeJSON
}

// members reads an object; each is given the name of a member, which lives until
// the next read, and has to read its value.
func members(json *jsontext.Decoder, each func(name jsontext.Value) error) error {
	if _, err := json.ReadToken(); err != nil {
		return err
	}
	for json.PeekKind() != '}' {
		name, err := json.ReadValue()
		if err != nil {
			return err
		}
		if err := each(name); err != nil {
			return err
		}
	}
	_, err := json.ReadToken()
	return err
}

// unquoted is the text of a JSON text.
func unquoted(value jsontext.Value) string {
	text := string(value[1 : len(value)-1])
	if !strings.ContainsRune(text, '\\') {
		return text
	}
	unescaped, _ := jsontext.AppendUnquote(nil, value) // see decoder.text
	return string(unescaped)
}

// unexpected says that something is no what; a text that is no JSON at all says
// so itself.
func unexpected(json *jsontext.Decoder, something, what string) error {
	if _, err := json.ReadToken(); err != nil {
		return err
	}
	return fmt.Errorf("%s is not %s", something, what)
}

// trailing refuses anything after the page.
func trailing(json *jsontext.Decoder) error {
	if _, err := json.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("something follows its end")
	}
	return nil
}
