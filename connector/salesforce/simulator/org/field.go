package org

import (
	"errors"
	"slices"
	"strings"
)

// maxGroups is how many groups of fields there may be.
const maxGroups = 48

// Field is one field of Account, with what describe tells of it.
type Field struct {
	Name, Label string
	// Type is describe's: id, string, picklist, currency, address ...
	Type string
	// Length is the length of texts in characters, 0 for other types.
	Length int
	// Precision and Scale belong to double, currency and percent, Digits to int.
	Precision, Scale, Digits int
	// Compound names the compound field this one is a component of.
	Compound string
	// Relationship is the name a reference is followed by, ReferenceTo the
	// object it leads to.
	Relationship, ReferenceTo string
	// Picklist holds the values of a picklist.
	Picklist []string

	// Formula is the formula of a calculated field.
	Formula string

	Calculated, ExternalID, Unique, CaseSensitive, NotNillable, ReadOnly bool

	group uint8
	value func(dst []byte, row *Row, r random) []byte
}

// Custom reports whether the field is a custom one.
func (f *Field) Custom() bool {
	return strings.HasSuffix(f.Name, "__c") || strings.HasSuffix(f.Name, "__s")
}

// IsCompound reports whether the field only stands for its components; such a
// field has no value of its own and cannot be read in bulk.
func (f *Field) IsCompound() bool { return f.Type == "address" || f.Type == "location" }

// LongText reports whether the field is a long text area, which a condition
// cannot name.
func (f *Field) LongText() bool { return f.Type == "textarea" && f.Length > 255 }

func (f *Field) append(dst []byte, row *Row) []byte {
	return f.value(dst, row, row.random(f.group))
}

// Schema is the fields that a user sees. It is immutable.
type Schema struct {
	fields  []*Field
	byName  map[string]*Field
	mutable []uint8
}

// ErrNoSuchField and ErrNoSuchRelationship are what Column answers for a name
// that does not exist.
var (
	ErrNoSuchField        = errors.New("no such field")
	ErrNoSuchRelationship = errors.New("no such relationship")
)

func newSchema(cfg Config) *Schema {
	fields := accountFields(cfg)
	s := schemaOf(fields)
	groups := map[string]uint8{}
	for _, f := range fields {
		name := f.Name
		if f.Compound != "" && f.Compound != "Name" {
			name = f.Compound // the components of an address change together
		}
		if _, ok := groups[name]; !ok {
			groups[name] = uint8(len(groups))
		}
		f.group = groups[name]
		if !f.ReadOnly && !slices.Contains(s.mutable, f.group) {
			s.mutable = append(s.mutable, f.group)
		}
	}
	return s
}

func schemaOf(fields []*Field) *Schema {
	s := &Schema{fields: fields, byName: make(map[string]*Field, len(fields))}
	for _, f := range fields {
		s.byName[strings.ToLower(f.Name)] = f
	}
	return s
}

// Fields are all fields, in describe's order. The slice is not to be changed.
func (s *Schema) Fields() []*Field { return s.fields }

// Field finds a field by its name in any letter case.
func (s *Schema) Field(name string) (*Field, bool) {
	f, ok := s.byName[strings.ToLower(name)]
	return f, ok
}

// Without returns the schema as a user sees it to whom these fields are hidden.
func (s *Schema) Without(hidden func(name string) bool) *Schema {
	return schemaOf(slices.DeleteFunc(slices.Clone(s.fields), func(f *Field) bool { return hidden(f.Name) }))
}

// Column is a field as a query names it, directly or over a relationship.
type Column struct {
	// Name is the path in describe's spelling: Industry, Owner.Name.
	Name string
	// Field is the field at the end of the path.
	Field *Field

	via    *Field  // the reference that is followed, nil for a field of Account
	parent *Column // the column of the account at the other end
	user   func(User) string
}

// Column resolves a path in any letter case. The error is ErrNoSuchField or
// ErrNoSuchRelationship.
func (s *Schema) Column(path string) (Column, error) {
	relationship, rest, ok := strings.Cut(path, ".")
	if !ok {
		f, ok := s.Field(path)
		if !ok {
			return Column{}, ErrNoSuchField
		}
		return Column{Name: f.Name, Field: f}, nil
	}
	i := slices.IndexFunc(s.fields, func(f *Field) bool { return strings.EqualFold(f.Relationship, relationship) })
	if i < 0 {
		return Column{}, ErrNoSuchRelationship
	}
	via := s.fields[i]
	if via.ReferenceTo == "User" {
		return userColumn(via, rest)
	}
	parent, err := s.Column(rest)
	if err != nil {
		return Column{}, err
	}
	return Column{Name: via.Relationship + "." + parent.Name, Field: parent.Field, via: via, parent: &parent}, nil
}

// Append appends the value of the column as Bulk API 2.0 writes it, date-times
// with Z; nothing for null.
func (c *Column) Append(dst []byte, row *Row) []byte {
	switch {
	case c.via == nil:
		return c.Field.append(dst, row)
	case c.user != nil:
		return append(dst, c.user(row.reference(c.via))...)
	}
	id := c.via.append(nil, row)
	account, ok := row.view.Find(string(id))
	if !ok {
		return dst
	}
	var parent Row
	row.view.Load(&parent, int(account.index))
	return c.parent.Append(dst, &parent)
}
