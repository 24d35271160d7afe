package fincome

import (
	"encoding/json"
	"strings"
)

// Issue is one entry of the documented list of a 422.
type Issue struct {
	// Axis is the axis whose value it is about. Empty: it names none, but the
	// dictionary as a whole, an id, or nothing that can be read.
	Axis    string
	Code    string // the type of the issue, such as string_type; may be empty
	Message string // where and in which words, on one line
}

// issuesOf reads the list {"detail":[{"loc","msg","type"}]}, nil where there is none.
// An entry that cannot be read is there all the same: who counts those that name an
// axis must not believe that they are all.
func issuesOf(answer map[string]json.RawMessage) []Issue {
	var entries []json.RawMessage
	if json.Unmarshal(answer["detail"], &entries) != nil {
		return nil
	}
	issues := make([]Issue, len(entries))
	for i, raw := range entries {
		var entry struct {
			Type string            `json:"type"`
			Loc  []json.RawMessage `json:"loc"`
			Msg  string            `json:"msg"`
		}
		if json.Unmarshal(raw, &issues[i].Message) == nil || json.Unmarshal(raw, &entry) != nil {
			continue
		}
		issues[i] = Issue{axisOf(entry.Loc), entry.Type, strings.TrimPrefix(place(entry.Loc)+": "+entry.Msg, ": ")}
	}
	return issues
}

// axisOf is the axis that a loc within the body names: what follows custom_properties,
// whatever comes after it (the types that a value was tried as, the place within a
// list). A number there is no axis but the place in a list.
func axisOf(loc []json.RawMessage) string {
	if len(loc) == 0 || textOf(loc[0]) != "body" {
		return ""
	}
	for i, part := range loc {
		if textOf(part) == "custom_properties" && i+1 < len(loc) {
			return textOf(loc[i+1])
		}
	}
	return ""
}

// textOf is a part of a loc that is a text, else empty.
func textOf(part json.RawMessage) string {
	var text string
	_ = json.Unmarshal(part, &text) // a number is left out
	return text
}

// place writes ["body","custom_properties"] as body.custom_properties.
func place(loc []json.RawMessage) string {
	parts := make([]string, len(loc))
	for i, part := range loc {
		if parts[i] = textOf(part); parts[i] == "" {
			parts[i] = string(part)
		}
	}
	return strings.Join(parts, ".")
}
