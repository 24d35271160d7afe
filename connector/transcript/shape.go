package transcript

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// The marks of a JSON template: other keys or elements, a key that may be there,
// a key that may not.
const (
	others   = "..."
	maybe    = "?"
	never    = "!"
	unquoted = "{{#" // a placeholder for what is not a text
)

// bare finds placeholders that stand where a JSON value does, not in a text.
var bare = regexp.MustCompile(`([:\[,]\s*)\{\{(\w+)\}\}`)

// tree reads JSON, its numbers digit by digit.
func tree(text string) (any, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var root any
	if err := decoder.Decode(&root); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("something follows the JSON")
	}
	return root, nil
}

// matchJSON compares a JSON text with a template of one.
func (b *Bindings) matchJSON(template, text string) error {
	want, err := tree(bare.ReplaceAllString(template, `$1"`+unquoted+`$2}}"`))
	if err != nil {
		return fmt.Errorf("the transcript's body is no JSON: %w", err)
	}
	got, err := tree(text)
	if err != nil {
		return fmt.Errorf("the body is no JSON: %w: %s", err, text)
	}
	return b.matchTree("", want, got)
}

func (b *Bindings) matchTree(at string, want, got any) error {
	wrong := func(err error) error {
		if err == nil {
			return nil
		}
		return fmt.Errorf("%s: %w", at, err)
	}
	switch want := want.(type) {
	case string:
		return wrong(b.matchScalar(want, got))
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			return wrong(fmt.Errorf("got %v, want an object", got))
		}
		return b.matchObject(at, want, object)
	case []any:
		list, ok := got.([]any)
		if !ok {
			return wrong(fmt.Errorf("got %v, want a list", got))
		}
		return b.matchList(at, want, list)
	}
	if want != got { // null, a boolean or a number with its digits
		return wrong(fmt.Errorf("got %#v, want %#v", got, want))
	}
	return nil
}

func (b *Bindings) matchScalar(want string, got any) error {
	text, isText := got.(string)
	switch {
	case want == "{{*}}":
		return nil
	case strings.HasPrefix(want, unquoted):
		number, err := json.Marshal(got)
		if err != nil || isText {
			return fmt.Errorf("got %#v, want what is not a text", got)
		}
		return b.match("{{"+strings.TrimPrefix(want, unquoted), string(number))
	case !isText:
		return fmt.Errorf("got %#v, want the text %q", got, want)
	}
	return b.match(want, text)
}

func (b *Bindings) matchObject(at string, want, got map[string]any) error {
	_, open := want[others]
	known := map[string]bool{}
	for key, value := range want {
		name := strings.TrimPrefix(strings.TrimPrefix(key, maybe), never)
		known[name] = true
		held, there := got[name]
		switch {
		case key == others, !there && key != name:
		case key == never+name:
			return fmt.Errorf("%s: the key %q must be absent", at, name)
		case !there:
			return fmt.Errorf("%s: the key %q is missing", at, name)
		default:
			if err := b.matchTree(at+"."+name, value, held); err != nil {
				return err
			}
		}
	}
	for name := range got {
		if !open && !known[name] {
			return fmt.Errorf("%s: there is a key %q too many", at, name)
		}
	}
	return nil
}

// matchList compares element by element; with others among them, each of the rest
// must be some element.
func (b *Bindings) matchList(at string, want, got []any) error {
	isOthers := func(element any) bool { return element == others }
	if !slices.ContainsFunc(want, isOthers) {
		if len(want) != len(got) {
			return fmt.Errorf("%s: got %d elements, want %d", at, len(got), len(want))
		}
		for i := range want {
			if err := b.matchTree(fmt.Sprintf("%s[%d]", at, i), want[i], got[i]); err != nil {
				return err
			}
		}
		return nil
	}
	for i, element := range want {
		var nearest error
		if isOthers(element) || slices.ContainsFunc(got, func(candidate any) bool {
			attempt := b.clone()
			err := attempt.matchTree(fmt.Sprintf("%s[%d]", at, i), element, candidate)
			if err == nil {
				b.keep(attempt)
			} else {
				nearest = err
			}
			return err == nil
		}) {
			continue
		}
		return fmt.Errorf("%s: no element is like %v (the last one: %w)", at, element, nearest)
	}
	return nil
}

// plain is a template without its marks: what is sent.
func plain(element any) any {
	switch element := element.(type) {
	case map[string]any:
		kept := map[string]any{}
		for key, value := range element {
			if key != others && !strings.HasPrefix(key, maybe) && !strings.HasPrefix(key, never) {
				kept[key] = plain(value)
			}
		}
		return kept
	case []any:
		kept := []any{}
		for _, value := range element {
			if value != others {
				kept = append(kept, plain(value))
			}
		}
		return kept
	}
	return element
}
