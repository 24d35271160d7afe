package pipelines

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// fault notes a problem with the form of the value at a path. The value is taken for
// nothing from there on: what would be said of it besides follows from the fault.
func (t *tree) fault(path string, at place, text, hint string) {
	t.add(at, text, hint)
	t.spoil(path)
}

// spoil says that the value at a path is not known.
func (t *tree) spoil(path string) {
	if t.spoiled == nil {
		t.spoiled = map[string]bool{}
	}
	t.spoiled[path] = true
}

// isSpoiled reports that the value at a path, or one that it is in, is not known.
func (t *tree) isSpoiled(path string) bool {
	for {
		if t.spoiled[path] {
			return true
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			return false
		}
		path = path[:cut]
	}
}

// isMarred is isSpoiled, or that a value within the one at the path is not known.
func (t *tree) isMarred(path string) bool {
	for spoiled := range t.spoiled {
		if strings.HasPrefix(spoiled, path+".") || strings.HasPrefix(spoiled, path+"[") {
			return true
		}
	}
	return t.isSpoiled(path)
}

// unknownKey notes a key that the mapping at a path does not take. Where it is a slip of
// another one, that one is not missing.
func (t *tree) unknownKey(node, key *yaml.Node, path string, known []string) {
	t.add(placeOf(key), fmt.Sprintf("unknown key %q%s", key.Value, under(path)), didYouMean(key.Value, known))
	if meant := Nearest(key.Value, known); meant != "" && child(node, meant) == nil {
		t.spoil(below(path, meant))
		return
	}
	t.spoil(below(path, key.Value))
}

func below(path, key string) string { return strings.TrimPrefix(path+"."+key, ".") }

// names are the keys of a map in order.
func names[V any](of map[string]V) []string { return slices.Sorted(maps.Keys(of)) }

// namingUnknown reports that it is not known how axes are named.
func (t *tree) namingUnknown() bool {
	return slices.ContainsFunc([]string{"axes.tag", "axes.prefix", "axes.bare"}, t.isSpoiled)
}
