package pipelines

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/axisync/axisync/connector/salesforce"
)

// SchemaName is the file beside a pipeline file in which its schema is kept.
const SchemaName = "axisync.schema.json"

// schema is a JSON Schema, or a part of one, with the words that are used here.
type schema struct {
	Schema      string     `json:"$schema,omitempty"`
	Title       string     `json:"title,omitempty"`
	Description string     `json:"description,omitempty"`
	Ref         string     `json:"$ref,omitempty"`
	Type        any        `json:"type,omitempty"` // a name, or several
	Const       any        `json:"const,omitempty"`
	Enum        []string   `json:"enum,omitempty"`
	Pattern     string     `json:"pattern,omitempty"`
	Default     any        `json:"default,omitempty"`
	Examples    []string   `json:"examples,omitempty"`
	AnyOf       []*schema  `json:"anyOf,omitempty"`
	OneOf       []*schema  `json:"oneOf,omitempty"`
	AllOf       []*schema  `json:"allOf,omitempty"`
	Not         *schema    `json:"not,omitempty"`
	If          *schema    `json:"if,omitempty"`
	Then        *schema    `json:"then,omitempty"`
	Properties  properties `json:"properties,omitempty"`
	Additional  any        `json:"additionalProperties,omitempty"` // false, or the schema of the rest
	Required    []string   `json:"required,omitempty"`
	MinItems    int        `json:"minItems,omitempty"`
	Items       *schema    `json:"items,omitempty"`
	Contains    *schema    `json:"contains,omitempty"`
	Minimum     *int       `json:"minimum,omitempty"`
	MinLength   int        `json:"minLength,omitempty"`
	Least       int        `json:"minProperties,omitempty"`
	Most        int        `json:"maxProperties,omitempty"`
	Defs        properties `json:"$defs,omitempty"`
}

// properties are the keys of a mapping, in the order of the struct.
type properties []property

type property struct {
	name string
	*schema
}

// MarshalJSON is an object whose members keep their order.
func (p properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, one := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:", one.name)
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(one.schema); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// The definitions that stand once.
const (
	placeOfSecret = "secret"    // where a secret is
	elsewhere     = "elsewhere" // a text that is looked up before it is checked
)

// Schema is the JSON Schema (2020-12) of a pipeline file. It is made from the structs
// that the file is read into, and from what is known of their keys. It is a little
// stricter than Load: a key without a value, which Load takes for one that is not there,
// it takes only where the documentation writes it so.
func Schema() []byte {
	s := schemaOf(reflect.TypeFor[document](), "")
	s.Schema, s.Title = "https://json-schema.org/draft/2020-12/schema", "axisync pipeline file"
	s.Description = "One source: the accounts of a Salesforce org into the axes of Fincome."
	s.Defs = properties{
		{placeOfSecret, &schema{Type: "string", Pattern: `^(\$\{(env|file):[^}]*\})+$`}},
		{elsewhere, &schema{Type: "string", Pattern: `\$\{(env|file):[^}]*\}`}},
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(s); err != nil {
		panic(err) // it is made of texts and numbers
	}
	return b.Bytes()
}

// schemaOf is the schema of what is read into a type at a path.
func schemaOf(of reflect.Type, path string) *schema {
	pointed := of.Kind() == reflect.Pointer
	if pointed {
		of = of.Elem()
	}
	s, k := &schema{}, keys[path]
	switch {
	case of == reflect.TypeFor[yaml.Node]():
		s = listOrText(path)
	case of.Kind() == reflect.Struct:
		s = mapping(of, path)
		if pointed && len(s.Required) == 0 {
			s.Type = []string{"object", "null"} // `fincome:` alone means its defaults
		}
	case of.Kind() == reflect.Map:
		s = &schema{Type: "object", Additional: schemaOf(of.Elem(), path+"{}")}
	case of.Kind() == reflect.Slice:
		s = &schema{Type: "array", MinItems: 1, Items: schemaOf(of.Elem(), path+"[]")}
		if path == "sinks" {
			s.Not = twoReceivers()
		}
	case of.Kind() == reflect.Bool:
		s.Type = "boolean"
	case of.Kind() == reflect.Int, of.Kind() == reflect.Int64:
		s.Type, s.Minimum = "integer", new(int)
	default:
		s = textual(path)
	}
	s.Description = k.about
	if k.example != "" {
		s.Examples = []string{k.example}
	}
	s.Default = standard(of, k.standard)
	if path == "version" {
		s.Minimum, s.Const = nil, 1
	}
	return s
}

func standard(of reflect.Type, text string) any {
	if text == "" {
		return nil
	}
	switch of.Kind() {
	case reflect.Bool:
		return text == "true"
	case reflect.Int, reflect.Int64:
		n, err := strconv.Atoi(text)
		if err != nil {
			panic(err) // keys has it
		}
		return n
	}
	return text
}

func mapping(of reflect.Type, path string) *schema {
	s := &schema{Type: "object", Additional: false}
	for i := range of.NumField() {
		field := of.Field(i)
		name := field.Tag.Get("yaml")
		inner := strings.TrimPrefix(path+"."+name, ".")
		s.Properties = append(s.Properties, property{name, schemaOf(field.Type, inner)})
		if keys[inner].required {
			s.Required = append(s.Required, name)
		}
	}
	switch path {
	case "salesforce.auth":
		s.AllOf = flowsNeed()
	case "fincome.customers":
		s.OneOf = []*schema{{Required: []string{"file"}}, {Required: []string{"api"}}}
	case "axes":
		s.Not = twoNamings()
	case "on_finish":
		s.OneOf = []*schema{{Required: []string{"command"}}, {Required: []string{"webhook"}}}
	case "sinks[]":
		s.Least, s.Most = 1, 1
	}
	return s
}

// twoNamings are axes that are named in two ways; bare: false names none.
func twoNamings() *schema {
	bare := func(beside string) *schema {
		return &schema{Required: []string{beside, "bare"}, Properties: properties{{"bare", &schema{Const: true}}}}
	}
	return &schema{AnyOf: []*schema{{Required: []string{"tag", "prefix"}}, bare("tag"), bare("prefix")}}
}

// twoReceivers are sinks of which two take the changes. It is said by pairs: editors that
// know no newer words than those of draft 7 understand it too.
func twoReceivers() *schema {
	has := func(name string) *schema { return &schema{Contains: &schema{Required: []string{name}}} }
	two := &schema{}
	for _, pair := range [][2]string{{"fincome", "file"}, {"fincome", "exec"}, {"file", "exec"}} {
		two.AnyOf = append(two.AnyOf, &schema{AllOf: []*schema{has(pair[0]), has(pair[1])}})
	}
	return two
}

// textual is a text: one of some, of a form, where a secret is, or any.
func textual(path string) *schema {
	k, name := keys[path], path[strings.LastIndex(path, ".")+1:]
	text := &schema{Type: "string", Enum: k.choices}
	if k.form != "" {
		text.Pattern = `^\s*(` + k.form + `)\s*$`
	}
	if k.required {
		text.MinLength = 1
	}
	switch {
	case secretKeys[name]:
		return &schema{Ref: "#/$defs/" + placeOfSecret}
	case k.choices == nil && k.form == "":
		return text
	case k.number:
		text.Type = []string{"string", "integer"}
	}
	return &schema{AnyOf: []*schema{text, {Ref: "#/$defs/" + elsewhere}}}
}

// listOrText is the list of properties.
func listOrText(path string) *schema {
	text := func() *schema { return &schema{Type: "string", MinLength: 1} }
	rules := mapping(reflect.TypeFor[propertyBlock](), path+"[]")
	rules.OneOf = []*schema{{Required: []string{"property"}}, {Required: []string{"first_of", "axis"}}}
	item := &schema{Description: keys[path+"[]"].about, AnyOf: []*schema{text(), rules}}
	return &schema{AnyOf: []*schema{text(), {Type: "array", MinItems: 1, Items: item}}}
}

// flowsNeed are the keys that each flow needs.
func flowsNeed() []*schema {
	var all []*schema
	for _, flow := range salesforce.Flows() {
		written := &schema{Properties: properties{{"flow", &schema{Const: flow}}}}
		if flow != salesforce.FlowAuthorizationCode { // which is the one that is not written
			written.Required = []string{"flow"}
		}
		needed := slices.DeleteFunc(slices.Clone(needs[flow]), func(name string) bool { return keys["salesforce.auth."+name].required })
		all = append(all, &schema{If: written, Then: &schema{Required: needed}})
	}
	return all
}
