package transform

import (
	"errors"
	"regexp"
)

// Naming says how the axis of a property is called (design.md 4.4).
type Naming struct {
	Tag    string // six characters that belong to the source for ever
	Prefix string // what stands between Salesforce and the property instead
	Bare   bool   // the property's own name
}

var tagForm = regexp.MustCompile(`^[0-9A-Za-z]{6}$`)

// Validate reports what is wrong with the naming. A missing tag is not: only a
// run that knows the state can tell.
func (n Naming) Validate() error {
	if n.Tag != "" && !tagForm.MatchString(n.Tag) {
		return errors.New("a tag has six letters or digits")
	}
	if n.Bare && n.Prefix != "" || n.Tag != "" && (n.Bare || n.Prefix != "") {
		return errors.New("tag, prefix and bare exclude each other: keep the one that names the axes")
	}
	return nil
}

// NeedsTag reports whether names cannot be made without a tag.
func (n Naming) NeedsTag() bool { return n.Tag == "" && n.Prefix == "" && !n.Bare }

// Axis is the name of the axis for a property.
func (n Naming) Axis(property string) string {
	switch {
	case n.Bare:
		return property
	case n.Prefix != "":
		return "Salesforce" + n.Prefix + property
	default:
		return "Salesforce_" + n.Tag + "_" + property
	}
}

var taggedAxis = regexp.MustCompile(`^Salesforce_([0-9A-Za-z]{6})_`)

// Tags are the tags that stand in the names of axes, each once, in their order.
func Tags(axes []string) []string {
	var tags []string
	seen := map[string]bool{}
	for _, axis := range axes {
		if m := taggedAxis.FindStringSubmatch(axis); m != nil && !seen[m[1]] {
			seen[m[1]] = true
			tags = append(tags, m[1])
		}
	}
	return tags
}
