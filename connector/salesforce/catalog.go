package salesforce

import (
	"context"
	"fmt"
	"strings"

	"github.com/axisync/axisync/connector"
)

// Field is a field of an object and whether it can be extracted.
type Field struct {
	connector.Property
	// Reason is why a bulk query cannot return it, empty when it can; Instead are the
	// fields to ask for then.
	Reason  string
	Instead []string
	// Relationship is what stands before the dot of a field of the object that it
	// leads to, such as Owner; empty when it leads nowhere.
	Relationship string
}

// Catalog lists every field that the connected user can see, in the order of
// describe: of the object itself or, when path is such as "Owner." or
// "Owner.Manager.", of the object that it leads to. Where it may lead to several
// objects, the fields of all are in it once.
func (d *Description) Catalog(ctx context.Context, path string) ([]Field, error) {
	owners, prefix := []*Description{d}, ""
	for _, step := range strings.Split(strings.TrimSuffix(path, "."), ".") {
		if step == "" {
			continue
		}
		via := relationship(owners, step)
		if via == nil {
			return nil, unknownRelationship(prefix, step, owners)
		}
		prefix += via.RelationshipName + "."
		if strings.Count(prefix, ".") > maxRelationships {
			return nil, fmt.Errorf("salesforce: %s leads over more than %d objects", prefix, maxRelationships)
		}
		var err error
		if owners, err = d.describeAll(ctx, via.ReferenceTo); err != nil {
			return nil, err
		}
	}
	return list(owners, prefix), nil
}

func unknownRelationship(prefix, step string, owners []*Description) error {
	text := fmt.Sprintf("salesforce: %s%s leads to no other object", prefix, step)
	if near := nearest(step, relationshipNames(owners)); near != "" {
		text += fmt.Sprintf("; did you mean %s%s.?", prefix, near)
	}
	return &UnknownRelationship{text}
}

// UnknownRelationship is a path that leads nowhere.
type UnknownRelationship struct{ text string }

// Error says what could have been meant.
func (e *UnknownRelationship) Error() string { return e.text }

func list(owners []*Description, prefix string) []Field {
	var all []Field
	seen := map[string]bool{}
	for _, owner := range owners {
		for i := range owner.fields {
			f := &owner.fields[i]
			if seen[f.Name] {
				continue
			}
			seen[f.Name] = true
			all = append(all, owner.field(f, prefix))
		}
	}
	return all
}

func (d *Description) field(f *field, prefix string) Field {
	listed := Field{Property: f.property(prefix + f.Name), Relationship: f.RelationshipName}
	switch {
	case !f.extractable():
		listed.Reason = reasons[f.Type]
		for _, name := range d.components(f) {
			listed.Instead = append(listed.Instead, prefix+name)
		}
	case listed.Name == connector.AccountID:
		listed.Reason = idReason
	}
	if f.RelationshipName != "" {
		listed.Relationship = prefix + f.RelationshipName
	}
	return listed
}

const idReason = "every row has it already: leave it out"
