package pipelines

import (
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Reference is every key of a pipeline file as a table in Markdown, in the order of the
// structs, from what the schema is made of.
func Reference() string {
	var b strings.Builder
	b.WriteString("| key | what it is | values | left out |\n|---|---|---|---|\n")
	each(reflect.TypeFor[document](), "", func(path string, of reflect.Type) {
		k := keys[path]
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", path, cell(k.about), values(k, of), leftOut(k))
	})
	return b.String()
}

// each visits the keys of a mapping, each before those under it.
func each(of reflect.Type, path string, visit func(path string, of reflect.Type)) {
	for i := range of.NumField() {
		field := of.Field(i)
		inner, into := strings.TrimPrefix(path+"."+field.Tag.Get("yaml"), "."), field.Type
		visit(inner, into)
		if into.Kind() == reflect.Pointer {
			into = into.Elem()
		}
		switch {
		case into == reflect.TypeFor[yaml.Node]():
			each(reflect.TypeFor[propertyBlock](), inner+"[]", visit)
		case into.Kind() == reflect.Struct:
			each(into, inner, visit)
		case into.Kind() == reflect.Slice && into.Elem().Kind() == reflect.Struct:
			each(into.Elem(), inner+"[]", visit)
		}
	}
}

// values are what a key takes.
func values(k key, of reflect.Type) string {
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	switch {
	case k.choices != nil:
		return "`" + strings.Join(k.choices, "`, `") + "`"
	case of.Kind() == reflect.Bool:
		return "`true`, `false`"
	case k.example != "":
		return "such as `" + k.example + "`"
	}
	return ""
}

func leftOut(k key) string {
	switch {
	case k.required:
		return "an error"
	case k.standard != "":
		return "`" + k.standard + "`"
	}
	return ""
}

// cell is a text that stands in a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
