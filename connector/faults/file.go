package faults

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// file is a file of faults. The rules stay nodes, so that an error can name
// their lines.
type file struct {
	Seed   uint64      `yaml:"seed,omitempty"`
	Mercy  int         `yaml:"mercy,omitempty"`
	Faults []yaml.Node `yaml:"faults"`
}

// Parse reads a file of faults. name is how errors call it; they name the
// lines, all at once.
func Parse[R any, P Rule[R]](name string, content []byte) (*Plan[R, P], error) {
	var f file
	if err := yaml.Load(content, &f, yaml.WithKnownFields()); err != nil {
		return nil, located(name, 0, err, keysOf(reflect.TypeFor[file]()))
	}
	plan := &Plan[R, P]{Seed: f.Seed, Mercy: f.Mercy}
	var problems []error
	if f.Mercy < 0 {
		problems = append(problems, fmt.Errorf("%s: mercy is negative", name))
	}
	for i := range f.Faults {
		node := &f.Faults[i]
		var rule R
		if err := node.Load(&rule, yaml.WithKnownFields()); err != nil {
			problems = append(problems, located(name, node.Line, err, keysOf(reflect.TypeFor[R]())))
			continue
		}
		if problem := P(&rule).Problem(); problem != "" {
			problems = append(problems, fmt.Errorf("%s:%d: %s", name, node.Line, problem))
		}
		plan.Rules = append(plan.Rules, rule)
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return plan, nil
}

// keysOf are the keys that a mapping may have.
func keysOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		if tag := t.Field(i).Tag.Get("yaml"); tag != "" {
			key, _, _ := strings.Cut(tag, ",")
			keys = append(keys, key)
		}
	}
	return keys
}

// located says an error of the YAML parser with its place. line is where the
// mapping begins, for errors that have no place of their own.
func located(name string, line int, err error, keys []string) error {
	var list *yaml.LoadErrors
	if !errors.As(err, &list) {
		list = &yaml.LoadErrors{}
		if one := (*yaml.LoadError)(nil); errors.As(err, &one) {
			list.Errors = append(list.Errors, one)
		}
	}
	if len(list.Errors) == 0 {
		return fmt.Errorf("%s:%d: %s", name, max(line, 1), strings.TrimPrefix(err.Error(), "yaml: "))
	}
	var problems []error
	for _, one := range list.Errors {
		text := one.Message
		if _, rest, ok := strings.Cut(text, "field "); ok && strings.Contains(rest, "not found in type") {
			key, _, _ := strings.Cut(rest, " ")
			text = fmt.Sprintf("unknown key %q; there are %s", key, strings.Join(slices.Sorted(slices.Values(keys)), ", "))
		}
		problems = append(problems, fmt.Errorf("%s:%d:%d: %s", name, one.Mark.Line, one.Mark.Column, text))
	}
	return errors.Join(problems...)
}

// String is the plan as a file of faults.
func (p *Plan[R, P]) String() string {
	content, err := yaml.Dump(map[string]any{"seed": p.Seed, "mercy": p.Mercy, "faults": p.Rules}, yaml.WithIndent(2))
	if err != nil {
		panic(err) // numbers and texts
	}
	return string(content)
}
