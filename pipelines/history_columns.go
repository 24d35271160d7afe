package pipelines

import (
	"slices"
	"strings"
)

// ColumnTold is a column that came into the snapshots, left them, or has another type:
// the list of properties or of axes was changed, or what Salesforce says of one.
type ColumnTold struct {
	Of     string `json:"of"` // as in Change
	Column string `json:"column"`
	// Status is new, gone, back (it had been gone) or type.
	Status string `json:"status"`
	// From is a column that is gone since and held what the new one holds: it may have
	// been renamed.
	From string `json:"from,omitempty"`
	// Before and After are the types.
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// columnChanges are the columns that the snapshot that was just read has and the last
// one did not, and the other way round. Of the first one there are none.
func (h *telling) columnChanges(cells map[column]*string) []ColumnTold {
	told := []ColumnTold{}
	was := h.types
	if h.types = h.current; was == nil {
		return told
	}
	var gone []column
	for c := range was {
		if _, stays := h.types[c]; !stays {
			gone = append(gone, c)
		}
	}
	slices.SortFunc(gone, func(a, b column) int { return strings.Compare(a.of+" "+a.name, b.of+" "+b.name) })
	for _, c := range h.order {
		before, had := was[c]
		after := h.types[c]
		switch _, once := h.known[c]; {
		case !had && once:
			told = append(told, ColumnTold{Of: c.of, Column: c.name, Status: "back", After: after})
		case !had:
			told = append(told, ColumnTold{Of: c.of, Column: c.name, Status: "new", After: after, From: h.heir(c, cells, gone, was)})
		case before != after:
			told = append(told, ColumnTold{Of: c.of, Column: c.name, Status: "type", Before: before, After: after})
		}
	}
	forgetTwins(told)
	for _, c := range gone {
		told = append(told, ColumnTold{Of: c.of, Column: c.name, Status: "gone", Before: was[c]})
	}
	return told
}

// heir is the only column that is gone and held what a new one of its type holds; empty:
// there is none, or there are several. One value is a hint and no more: a checkbox gives
// none.
func (h *telling) heir(c column, cells map[column]*string, gone []column, types map[column]string) string {
	found := ""
	for _, g := range gone {
		if g.of != c.of || types[g] != h.types[c] || types[g] == "boolean" || h.known[g] == nil || cells[c] == nil || *h.known[g] != *cells[c] {
			continue
		}
		if found != "" {
			return ""
		}
		found = g.name
	}
	return found
}

// isNew: the snapshots did not have the column until now.
func isNew(told []ColumnTold, c column) bool {
	return slices.ContainsFunc(told, func(t ColumnTold) bool { return t.Of == c.of && t.Column == c.name && t.Status == "new" })
}

// forgetTwins drops the hint where several new columns may have been the same one.
func forgetTwins(told []ColumnTold) {
	claims := map[column]int{}
	for _, t := range told {
		claims[column{t.Of, t.From}]++
	}
	for i, t := range told {
		if claims[column{t.Of, t.From}] > 1 {
			told[i].From = ""
		}
	}
}
