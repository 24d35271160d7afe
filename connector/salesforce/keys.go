package salesforce

import (
	"slices"

	"github.com/axisync/axisync/connector"
)

// Key is a property that may say which account a row is.
type Key struct {
	connector.Property
	// Declared: it is an external id, unique, or an auto number.
	Declared bool
}

// shortText is the length up to which a text area is no long one, which a
// condition cannot name.
const shortText = 255

// Keys are the properties that may identify a row, besides Id: short texts, such
// as numbers, names and addresses of mail and web, whole numbers, and whatever the
// object declares an identifier. Those declared come first, otherwise the order is
// that of describe. Choices, amounts, truth values, dates, references and the
// parts of a compound address or place are none.
func (d *Description) Keys() []Key {
	var declared, others []Key
	for i := range d.fields {
		f := &d.fields[i]
		key := Key{f.property(f.Name), f.ExternalID || f.Unique || f.AutoNumber}
		switch {
		case !f.keyType() || d.inAddress(f):
		case key.Declared:
			declared = append(declared, key)
		case f.Type != "double" || f.Scale == 0:
			others = append(others, key)
		}
	}
	return slices.Concat(declared, others)
}

func (f *field) keyType() bool {
	switch f.Type {
	case "string", "phone", "email", "url", "int", "long", "double":
		return true
	case "textarea":
		return f.Length <= shortText
	}
	return false
}

// inAddress: a part of a compound field that cannot be extracted itself, as
// opposed to a part of a name.
func (d *Description) inAddress(f *field) bool {
	return slices.ContainsFunc(d.fields, func(whole field) bool {
		return whole.Name == f.CompoundField && whole.Name != f.Name && !whole.extractable()
	})
}
