package pipelines

import (
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v4"
)

// tree is the parsed file with the places of its keys and values. Everything
// that is checked is checked here, before the file is turned into structs, so
// that all problems come at once and each has its place.
type tree struct {
	*reporter
	root    *yaml.Node
	offline bool // nobody is contacted: see LoadOffline

	valueFiles []string        // the files that values came from
	spoiled    map[string]bool // the paths of values that are not known, for their form is wrong
}

// check holds a node against the type it will be read into: unknown and
// duplicate keys, and the kinds of values. What does not fit is taken out of the
// tree, so that the rest can be read. path is how people write it.
func (t *tree) check(node *yaml.Node, into reflect.Type, path string) {
	for into.Kind() == reflect.Pointer {
		into = into.Elem()
	}
	switch {
	case t.spoiled[path], into == reflect.TypeFor[yaml.Node](), isNull(node):
	case node.Kind == yaml.AliasNode:
		t.fault(path, placeOf(node), path+" uses a YAML alias", "write the value out")
	case into.Kind() == reflect.Struct:
		t.checkStruct(node, into, path)
	case into.Kind() == reflect.Map:
		t.checkMap(node, into, path)
	case into.Kind() == reflect.Slice:
		t.checkList(node, into, path)
	case node.Kind != yaml.ScalarNode:
		t.fault(path, placeOf(node), fmt.Sprintf("%s takes a single value", path), "")
	default:
		t.checkScalar(node, into, path)
	}
}

func (t *tree) checkStruct(node *yaml.Node, into reflect.Type, path string) {
	if node.Kind != yaml.MappingNode {
		t.fault(path, placeOf(node), strings.TrimSpace(path+" takes keys and values"), "")
		return
	}
	fields := keysOf(into)
	t.eachKey(node, path, func(key, value *yaml.Node) (keep bool) {
		field, known := fields[key.Value]
		if !known {
			t.unknownKey(node, key, path, names(fields))
			if path == authPath || secretKeys[Nearest(key.Value, names(secretKeys))] {
				t.hide(value) // a secret under a slip of its key
			}
			return false
		}
		t.check(value, field, below(path, key.Value))
		return !t.spoiled[below(path, key.Value)]
	})
}

// authPath is the mapping whose values are secrets, nearly all.
const authPath = "salesforce.auth"

// eachKey calls check with each key of a mapping that does not stand twice, and takes
// out what it does not keep.
func (t *tree) eachKey(node *yaml.Node, path string, check func(key, value *yaml.Node) (keep bool)) {
	seen := map[string]int{}
	var kept []*yaml.Node
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if line, twice := seen[key.Value]; twice {
			t.add(placeOf(key), fmt.Sprintf("key %q stands twice%s", key.Value, under(path)), fmt.Sprintf("the first is on line %d", line))
			continue
		}
		seen[key.Value] = key.Line
		if check(key, value) {
			kept = append(kept, key, value)
		}
	}
	node.Content = kept
}

// checkMap checks a mapping whose keys are the user's own.
func (t *tree) checkMap(node *yaml.Node, into reflect.Type, path string) {
	if node.Kind != yaml.MappingNode {
		t.fault(path, placeOf(node), path+" takes keys and values", "")
		return
	}
	t.eachKey(node, path, func(key, value *yaml.Node) (keep bool) {
		t.check(value, into.Elem(), path+"."+key.Value)
		return !t.spoiled[path+"."+key.Value]
	})
}

// checkList checks a list. An entry that does not fit stays, as nothing: the others keep
// their places.
func (t *tree) checkList(node *yaml.Node, into reflect.Type, path string) {
	if node.Kind != yaml.SequenceNode {
		t.fault(path, placeOf(node), path+" takes a list", "")
		return
	}
	for i, item := range node.Content {
		name := entry(path, i)
		t.check(item, into.Elem(), name)
		if t.spoiled[name] {
			node.Content[i] = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: item.Line, Column: item.Column}
		}
	}
}

// entry is the path of an entry of a list.
func entry(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i+1) }

func (t *tree) checkScalar(node *yaml.Node, into reflect.Type, path string) {
	var wants string
	switch into.Kind() {
	case reflect.Bool:
		if node.ShortTag() != "!!bool" {
			wants = "true or false"
		}
	case reflect.Int, reflect.Int64:
		if node.ShortTag() != "!!int" {
			wants = "a whole number"
		}
	}
	if wants != "" {
		t.fault(path, placeOf(node), fmt.Sprintf("%s takes %s, not %q", path, wants, node.Value), "")
	}
}

// at finds the node of a path such as "salesforce.auth.flow"; nil when the file
// does not have it.
func (t *tree) at(path string) *yaml.Node {
	node := t.root
	for _, key := range strings.Split(path, ".") {
		node = child(node, key)
		if node == nil {
			return nil
		}
	}
	return node
}

// problem notes a problem with the value at a path; where the value is missing
// it is noted at the nearest key above that is there. Nothing is said of a value that
// is not known.
func (t *tree) problem(path, text, hint string) {
	if t.isSpoiled(path) {
		return
	}
	for p := path; ; {
		if node := t.at(p); node != nil {
			t.add(placeOf(node), text, hint)
			return
		}
		cut := strings.LastIndex(p, ".")
		if cut < 0 {
			break
		}
		p = p[:cut]
	}
	t.add(place{}, text, hint)
}

func child(node *yaml.Node, key string) *yaml.Node {
	if node == nil || node.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			return node.Content[i+1]
		}
	}
	return nil
}

func isNull(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null"
}

func placeOf(node *yaml.Node) place {
	width := len([]rune(node.Value))
	if node.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		width += 2
	}
	return place{node.Line, node.Column, width}
}

// keysOf are the YAML keys of a struct with the types of their values.
func keysOf(of reflect.Type) map[string]reflect.Type {
	keys := map[string]reflect.Type{}
	for i := range of.NumField() {
		keys[of.Field(i).Tag.Get("yaml")] = of.Field(i).Type
	}
	return keys
}

func under(path string) string {
	if path == "" {
		return ""
	}
	return " under " + path
}

func didYouMean(word string, known []string) string {
	if near := Nearest(word, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "known are " + strings.Join(known, ", ")
}

// Nearest is the name closest to word by edit distance, if it is close enough to
// be a slip.
func Nearest(word string, names []string) string {
	best, bestDistance := "", len([]rune(word))/3+2
	for _, name := range names {
		if d := editDistance(strings.ToLower(word), strings.ToLower(name)); d < bestDistance {
			best, bestDistance = name, d
		}
	}
	return best
}

func editDistance(a, b string) int {
	previous := make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := range len(a) {
		current := make([]int, len(b)+1)
		current[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			current[j+1] = min(previous[j+1]+1, current[j]+1, previous[j]+cost)
		}
		previous = current
	}
	return previous[len(b)]
}
