package pipelines

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// Every key of the structs is described, and nothing else is.
func TestKeysAreThoseOfTheStructs(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	walk(reflect.TypeFor[document](), "", func(path string) { found[path] = true })
	for path := range found {
		if keys[path].about == "" {
			t.Errorf("%s is a key of the file and keys.go does not say what it is", path)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(keys)) {
		k := keys[path]
		if !found[path] {
			t.Errorf("keys.go describes %s, which is no key of the file", path)
		}
		if k.choices != nil && k.standard != "" && !slices.Contains(k.choices, k.standard) {
			t.Errorf("%s: the default %q is none of the choices", path, k.standard)
		}
		for _, text := range []string{k.standard, k.example} {
			if k.form != "" && text != "" && !regexp.MustCompile(`^(?:`+k.form+`)$`).MatchString(text) {
				t.Errorf("%s: %q has not the form of it", path, text)
			}
		}
		if !strings.HasSuffix(k.about, ".") {
			t.Errorf("%s: %q is no sentence", path, k.about)
		}
	}
}

func walk(of reflect.Type, path string, visit func(string)) {
	if path != "" {
		visit(path)
	}
	for of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	switch {
	case of == reflect.TypeFor[yaml.Node]():
		walk(reflect.TypeFor[propertyBlock](), path+"[]", visit)
	case of.Kind() == reflect.Slice && of.Elem().Kind() == reflect.Struct:
		walk(of.Elem(), path+"[]", visit)
	case of.Kind() == reflect.Struct:
		for name, inner := range keysOf(of) {
			walk(inner, strings.TrimPrefix(path+"."+name, "."), visit)
		}
	}
}

// The forms of the schema take what the program takes.
func TestFormsAreThoseOfTheProgram(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"20%", "20.5 %", "0%", "35d", "3 days", "1day", "726564", "aBc123", "x", "crm", "crm-2", "-crm", "100", "5", "5%", "", "20", "abc%", "1e3%", "NaN%", "1234567"} {
		for form, taken := range map[string]bool{
			shareText: shareForm.MatchString(text), daysText: daysForm.MatchString(text), nameText: programName.MatchString(text),
			reserveText: func() bool { _, ok := parseReserve(text); return ok }(),
		} {
			if matched := regexp.MustCompile(`^(?:` + form + `)$`).MatchString(text); matched != taken {
				t.Errorf("%q: the schema says %v by %s, the program %v", text, matched, form, taken)
			}
		}
	}
}
