package pipelines

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"

	"github.com/axisync/axisync/transform"
)

// properties reads salesforce.properties: a comma-separated text, or a list
// whose entries are names or propertyBlocks.
func (d document) properties(t *tree, p *Pipeline) {
	const path = "salesforce.properties"
	node := t.at(path)
	switch {
	case t.isSpoiled(path):
		return
	case isAbsent(t, path):
		t.problem(path, path+" is missing", "write: properties: Industry, Phone, BillingCity")
		return
	case node.Kind == yaml.ScalarNode:
		for _, name := range strings.Split(node.Value, ",") {
			d.addProperty(t, p, node, path, propertyBlock{Property: strings.TrimSpace(name)})
		}
	case node.Kind == yaml.SequenceNode:
		for i, item := range node.Content {
			d.listedProperty(t, p, item, entry(path, i))
		}
	default:
		t.add(placeOf(node), path+" takes a comma-separated text or a list", "")
		return
	}
	if node.Kind == yaml.SequenceNode && len(node.Content) == 0 {
		t.problem(path, path+" is empty", "")
	}
}

func (d document) listedProperty(t *tree, p *Pipeline, item *yaml.Node, path string) {
	if item.Kind == yaml.ScalarNode {
		d.addProperty(t, p, item, path, propertyBlock{Property: strings.TrimSpace(item.Value)})
		return
	}
	t.check(item, reflect.TypeFor[propertyBlock](), path)
	var block propertyBlock
	if t.isSpoiled(path) {
		return
	}
	if err := item.Load(&block, yaml.WithKnownFields()); err != nil {
		t.add(placeOf(item), fmt.Sprintf("%s: %v", path, err), "")
		return
	}
	for key, choice := range map[string]struct {
		value string
		known []string
	}{"merge": {block.Merge, mergePolicies}, "on_edit": {block.OnEdit, editPolicies}, "nulls": {block.Nulls, nullPolicies}, "values": {block.Values, valuePolicies}} {
		t.choiceIn(child(item, key), key, choice.value, choice.known)
	}
	d.addProperty(t, p, item, path, block)
}

func (t *tree) choiceIn(node *yaml.Node, key, value string, known []string) {
	for _, name := range known {
		if value == "" || value == name {
			return
		}
	}
	t.add(placeOf(node), fmt.Sprintf("%s does not take %q", key, value), "choose "+strings.Join(known, ", "))
}

func (d document) addProperty(t *tree, p *Pipeline, node *yaml.Node, path string, block propertyBlock) {
	names := block.FirstOf
	switch {
	case t.isSpoiled(path), t.isMarred(path + ".first_of"), len(names) == 0 && block.Property == "" && t.isMarred(path):
		return // the fault is told
	case block.Property != "" && len(names) > 0:
		t.add(placeOf(node), "property and first_of exclude each other", "")
		return
	case block.Property != "":
		names = []string{block.Property}
	case len(names) > 0 && block.Axis == "" && !t.isSpoiled(path+".axis"):
		t.add(placeOf(node), "an axis that several properties fill needs a name", "add axis: NAME")
		return
	}
	if len(names) == 0 {
		t.add(placeOf(node), "an empty entry in the list of properties", "")
		return
	}
	for _, name := range names {
		if strings.TrimSpace(name) == "" || strings.ContainsAny(name, " \t\n'\"()") {
			t.add(placeOf(node), fmt.Sprintf("%q is not the API name of a property", name), "it is the column Field Name under Object Manager > Account > Fields & Relationships")
			return
		}
	}
	if t.isSpoiled(path+".axis") || t.namingUnknown() {
		return // what the axis is called is not known
	}
	property := Property{
		Names: names, Axis: block.Axis,
		Merge:  transform.Merge(orText(block.Merge, orText(d.Axes.Merge, "overwrite"))),
		OnEdit: transform.OnEdit(orText(block.OnEdit, orText(d.Axes.OnEdit, "report"))),
		Nulls:  transform.Nulls(orText(block.Nulls, orText(d.Axes.Nulls, "clear"))),
		Typed:  orText(block.Values, orText(d.Axes.Values, "text")) == "typed",
	}
	if text := p.unfit(property.axisName(p.Naming, names[0])); text != "" {
		t.add(placeOf(node), text, "")
		return
	}
	for _, other := range p.Properties {
		if other.sharesAxis(property, p.Naming) {
			t.add(placeOf(node), "two properties fill the axis "+property.axisName(p.Naming, names[0]), "to take the first that is not empty, write { first_of: [...], axis: NAME }")
			return
		}
	}
	p.Properties = append(p.Properties, property)
}

// reserved are the columns of a snapshot that are no axes: its own, and those
// that other engines make of the names of its folders.
var reserved = []string{"customer_id", "identifier", "account_id", "source", "run"}

// unfit says why an axis cannot have a name; empty when it can.
func (p *Pipeline) unfit(axis string) string {
	switch {
	case axis == p.IdentificationAxis && axis != "":
		return fmt.Sprintf("the axis %s identifies the customers and cannot be filled as well", axis)
	case slices.Contains(reserved, strings.ToLower(axis)):
		return fmt.Sprintf("no axis can be named %q: a snapshot has a column of that name", axis)
	case strings.ContainsFunc(axis, unicode.IsControl):
		return fmt.Sprintf("the axis name %q holds a control character", axis)
	case strings.TrimSpace(axis) != axis:
		return fmt.Sprintf("the axis name %q begins or ends with a blank", axis)
	}
	return ""
}

// sharesAxis reports whether two entries fill one axis. Salesforce takes the
// names of properties in any letter case, Fincome the names of axes literally.
func (p Property) sharesAxis(other Property, naming transform.Naming) bool {
	mine, theirs := p.axisName(naming, p.Names[0]), other.axisName(naming, other.Names[0])
	return mine == theirs || p.Axis == "" && other.Axis == "" && strings.EqualFold(mine, theirs)
}
