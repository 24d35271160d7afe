package salesforce

import (
	"context"
	"strings"

	"github.com/axisync/axisync/connector"
)

// Selection is what became of a list of property names.
type Selection struct {
	// Usable are the properties to extract, in the order asked, each once, in
	// describe's spelling; then those of Added.
	Usable []connector.Property
	// Added are the names of properties nobody asked for: the CurrencyIsoCode
	// that a currency property needs where the org has several currencies.
	Added []string
	// Corrected are names whose letter case differed from describe's.
	Corrected []Correction
	// Unknown are names of no field that the connected user can see.
	Unknown []Unknown
	// NotExtractable are fields that a bulk query cannot return.
	NotExtractable []NotExtractable
}

// Correction is a name as asked and as describe spells it.
type Correction struct{ Asked, Name string }

// Unknown is a name that describe does not know, and the nearest that it does;
// empty when none is near.
type Unknown struct{ Name, DidYouMean string }

// NotExtractable is a field, why it cannot be extracted, and the fields to ask
// for instead, which may be none.
type NotExtractable struct {
	Name       string
	Reason     string
	Components []string
}

const maxRelationships = 5 // levels from child to parent that SOQL allows

// Select sorts names, which may be relationship fields such as Owner.Name. Other
// objects are described where a relationship leads to them.
func (d *Description) Select(ctx context.Context, names []string) (Selection, error) {
	s := Selection{}
	chosen := map[string]bool{}
	for _, asked := range names {
		found, err := d.find(ctx, strings.TrimSpace(asked))
		if err != nil {
			return Selection{}, err
		}
		s.sort(strings.TrimSpace(asked), found, chosen)
	}
	return s, d.addCurrencies(ctx, &s, chosen)
}

// sort puts one name where it belongs.
func (s *Selection) sort(asked string, found finding, chosen map[string]bool) {
	switch {
	case found.field == nil:
		s.Unknown = append(s.Unknown, Unknown{asked, found.near})
		return
	case found.name == connector.AccountID:
		s.NotExtractable = append(s.NotExtractable, NotExtractable{Name: found.name, Reason: idReason})
		return
	case !found.field.extractable():
		s.NotExtractable = append(s.NotExtractable, NotExtractable{found.name, reasons[found.field.Type], found.components()})
		return
	}
	if asked != found.name {
		s.Corrected = append(s.Corrected, Correction{asked, found.name})
	}
	if !chosen[found.name] {
		chosen[found.name] = true
		s.Usable = append(s.Usable, found.field.property(found.name))
	}
}

var reasons = map[string]string{
	"address":      "a compound address cannot be extracted in bulk",
	"location":     "a geolocation cannot be extracted in bulk",
	"base64":       "a binary field cannot be extracted in bulk",
	"json":         "a field of type json cannot be extracted in bulk",
	"complexvalue": "a field of type complexvalue cannot be extracted in bulk",
}

// finding is where a name led to.
type finding struct {
	field *field // nil when the name is unknown
	name  string // in describe's spelling
	path  string // the relationships before the field, each with its dot
	owner *Description
	near  string
}

func (f finding) components() []string {
	var names []string
	for _, name := range f.owner.components(f.field) {
		names = append(names, f.path+name)
	}
	return names
}

// find follows the relationships of a name to its field.
func (d *Description) find(ctx context.Context, name string) (finding, error) {
	owners, path := []*Description{d}, ""
	steps := strings.Split(name, ".")
	if len(steps) > maxRelationships+1 {
		return finding{}, nil
	}
	for _, step := range steps[:len(steps)-1] {
		via := relationship(owners, step)
		if via == nil {
			return finding{near: withRest(path, nearest(step, relationshipNames(owners)), name, steps)}, nil
		}
		path += via.RelationshipName + "."
		var err error
		if owners, err = d.describeAll(ctx, via.ReferenceTo); err != nil {
			return finding{}, err
		}
	}
	last := steps[len(steps)-1]
	for _, owner := range owners {
		if f := owner.byName[strings.ToLower(last)]; f != nil {
			return finding{field: f, name: path + f.Name, path: path, owner: owner}, nil
		}
	}
	var near string
	if near = nearest(last, fieldNames(owners)); near != "" {
		near = path + near
	}
	return finding{near: near}, nil
}

// withRest is a suggestion for the first relationship of a path, with what
// followed it as it was.
func withRest(path, near, name string, steps []string) string {
	if near == "" {
		return ""
	}
	begun := strings.Count(path, ".")
	return path + near + "." + strings.Join(steps[begun+1:], ".")
}

func relationship(owners []*Description, name string) *field {
	for _, owner := range owners {
		for i := range owner.fields {
			if f := &owner.fields[i]; f.RelationshipName != "" && strings.EqualFold(f.RelationshipName, name) {
				return f
			}
		}
	}
	return nil
}

// describeAll describes the objects that a relationship may lead to. The owner
// of a record may be a User or a Group: SOQL then offers what either has. An
// object that this user cannot see has no fields for him.
func (d *Description) describeAll(ctx context.Context, objects []string) ([]*Description, error) {
	var descriptions []*Description
	for _, object := range objects {
		described, err := d.related.describe(ctx, object)
		if gone(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		descriptions = append(descriptions, described)
	}
	return descriptions, nil
}

// addCurrencies brings CurrencyIsoCode along with the currency properties
// beside it: an amount without its currency means nothing.
func (d *Description) addCurrencies(ctx context.Context, s *Selection, chosen map[string]bool) error {
	for _, property := range s.Usable {
		if property.Type != "currency" {
			continue
		}
		path := property.Name[:strings.LastIndex(property.Name, ".")+1]
		found, err := d.find(ctx, path+"CurrencyIsoCode")
		if err != nil {
			return err
		}
		if found.field != nil && !chosen[found.name] {
			chosen[found.name] = true
			s.Usable = append(s.Usable, found.field.property(found.name))
			s.Added = append(s.Added, found.name)
		}
	}
	return nil
}
