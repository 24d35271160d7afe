package salesforce

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/axisync/axisync/connector"
)

// Description is an object as the connected user sees it: fields that this user
// may not read are not in it.
type Description struct {
	Name      string // in Salesforce's spelling
	KeyPrefix string // the first three characters of its Record IDs
	fields    []field
	byName    map[string]*field // by lower-case name
	related   *related
}

// field is what describe says of a field, as far as it is used here.
type field struct {
	Name             string   `json:"name"`
	Label            string   `json:"label"`
	Type             string   `json:"type"`
	Length           int      `json:"length"`
	Precision        int      `json:"precision"`
	Digits           int      `json:"digits"` // of whole numbers
	Scale            int      `json:"scale"`
	Custom           bool     `json:"custom"`
	Calculated       bool     `json:"calculated"`
	ExternalID       bool     `json:"externalId"`
	Unique           bool     `json:"unique"`
	AutoNumber       bool     `json:"autoNumber"`
	CompoundField    string   `json:"compoundFieldName"`
	RelationshipName string   `json:"relationshipName"`
	ReferenceTo      []string `json:"referenceTo"`
}

// Describe asks what the connected user may read of an object. It is an error
// when the object does not exist for this user or cannot be queried.
func (o *Org) Describe(ctx context.Context, object string) (*Description, error) {
	return (&related{rest: o.rest, known: map[string]*Description{}}).describe(ctx, object)
}

// related holds the descriptions that one selection needs, each asked for once.
type related struct {
	rest  *rest
	mu    sync.Mutex
	known map[string]*Description
}

func (r *related) describe(ctx context.Context, object string) (*Description, error) {
	if !identifier(object) {
		return nil, fmt.Errorf("salesforce: %q is not the API name of an object", object)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := r.known[strings.ToLower(object)]; known != nil {
		return known, nil
	}
	var answer struct {
		Name      string  `json:"name"`
		KeyPrefix string  `json:"keyPrefix"`
		Queryable bool    `json:"queryable"`
		Fields    []field `json:"fields"`
	}
	if err := r.rest.call(ctx, request{method: http.MethodGet, path: "/sobjects/" + object + "/describe"}, &answer); err != nil {
		return nil, err
	}
	if !answer.Queryable {
		return nil, fmt.Errorf("salesforce: the object %s cannot be queried by this user", object)
	}
	d := &Description{Name: answer.Name, KeyPrefix: answer.KeyPrefix, fields: answer.Fields, byName: map[string]*field{}, related: r}
	for i := range d.fields {
		d.byName[strings.ToLower(d.fields[i].Name)] = &d.fields[i]
	}
	r.known[strings.ToLower(object)] = d
	return d, nil
}

// identifier reports whether name may stand in a path or in a query: letters,
// digits and underscores.
func identifier(name string) bool {
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_':
		default:
			return false
		}
	}
	return name != ""
}

// Fields are the properties that can be extracted, in the order of describe,
// without Id, which every batch has.
func (d *Description) Fields() []connector.Property {
	var properties []connector.Property
	for i := range d.fields {
		if f := &d.fields[i]; f.extractable() && f.Name != connector.AccountID {
			properties = append(properties, f.property(f.Name))
		}
	}
	return properties
}

func (f *field) property(name string) connector.Property {
	return connector.Property{
		Name: name, Label: f.Label, Type: f.Type, Length: f.Length, Precision: max(f.Precision, f.Digits), Scale: f.Scale,
		Custom: f.Custom, Formula: f.Calculated,
	}
}

// extractable reports whether a bulk query can return the field. What cannot is
// known by its type: the head of a compound name is a string and can.
func (f *field) extractable() bool {
	switch f.Type {
	case "address", "location", "base64", "json", "complexvalue":
		return false
	}
	return true
}

// components are the names of the fields that a compound field is made of.
func (d *Description) components(of *field) []string {
	var names []string
	for i := range d.fields {
		if f := &d.fields[i]; f.CompoundField == of.Name && f.Name != of.Name && f.extractable() {
			names = append(names, f.Name)
		}
	}
	return names
}
