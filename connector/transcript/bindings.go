package transcript

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strings"
)

// value is what is known of a placeholder before it is seen.
type value struct {
	sample  string // sent when nothing was seen yet
	pattern string // what one seen must match, whole
	free    bool   // another each time: it is checked and not bound
}

// Bindings are the values that placeholders have taken.
type Bindings struct {
	values map[string]value
	bound  map[string]string
}

// bindings are those of the story before anything was seen.
func (s *Story) bindings() *Bindings {
	return &Bindings{values: s.values, bound: map[string]string{}}
}

// Set binds a value that is known from the beginning, such as an address.
func (b *Bindings) Set(name, text string) { b.bound[name] = text }

// Get is the value bound, else the sample.
func (b *Bindings) Get(name string) string {
	if text, found := b.bound[name]; found {
		return text
	}
	return b.values[name].sample
}

func (b *Bindings) clone() *Bindings {
	return &Bindings{values: b.values, bound: maps.Clone(b.bound)}
}

// keep takes over what an attempt at a match has bound.
func (b *Bindings) keep(attempt *Bindings) { b.bound = attempt.bound }

var placeholder = regexp.MustCompile(`\{\{([\w*]+)\}\}`)

// Render fills placeholders in. A value that was never seen is its sample, and
// is bound to that from then on.
func (b *Bindings) Render(text string) string {
	return b.fill(text, func(value string) string { return value })
}

// renderJSON is Render for a text that is JSON: values are escaped.
func (b *Bindings) renderJSON(text string) string {
	if placeholder.FindString(text) == text {
		return b.Render(text) // the whole of the body
	}
	return b.fill(text, func(value string) string {
		escaped, _ := json.Marshal(value) // a text can always be marshalled
		return string(escaped[1 : len(escaped)-1])
	})
}

func (b *Bindings) fill(text string, escape func(string) string) string {
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		name := strings.Trim(found, "{}")
		if name == "*" {
			return "1"
		}
		value := b.Get(name)
		if !b.values[name].free {
			b.bound[name] = value
		}
		return escape(value)
	})
}

// match compares a text with a template and binds what is new in it.
func (b *Bindings) match(template, text string) error {
	var pattern strings.Builder
	var names []string
	end := 0
	for _, at := range placeholder.FindAllStringSubmatchIndex(template, -1) {
		pattern.WriteString(regexp.QuoteMeta(template[end:at[0]]))
		end = at[1]
		name := template[at[2]:at[3]]
		held, bound := b.bound[name]
		switch known, found := b.values[name]; {
		case name == "*":
			pattern.WriteString(`(?s:.*)`)
		case bound:
			pattern.WriteString(regexp.QuoteMeta(held))
		case !found:
			return fmt.Errorf("the transcript says nothing about {{%s}}", name)
		default:
			fmt.Fprintf(&pattern, "(?P<placeholder%d>%s)", len(names), known.pattern)
			names = append(names, name)
		}
	}
	pattern.WriteString(regexp.QuoteMeta(template[end:]))
	whole, err := regexp.Compile("^(?:" + pattern.String() + ")$")
	if err != nil {
		return fmt.Errorf("%q: %w", template, err)
	}
	found := whole.FindStringSubmatch(text)
	if found == nil {
		return fmt.Errorf("got %q, want %q, which is %s", text, template, whole)
	}
	for i, name := range names {
		if err := b.bind(name, found[whole.SubexpIndex(fmt.Sprintf("placeholder%d", i))]); err != nil {
			return err
		}
	}
	return nil
}

// bind binds a value seen. The same placeholder twice in one text has to have the
// same value twice.
func (b *Bindings) bind(name, text string) error {
	if b.values[name].free {
		return nil
	}
	if held, bound := b.bound[name]; bound && held != text {
		return fmt.Errorf("{{%s}} is %q and %q at once", name, held, text)
	}
	b.bound[name] = text
	return nil
}
