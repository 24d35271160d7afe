package pipelines

import (
	"encoding/json"
	"testing"
)

// seen are the columns of one snapshot: name, type and value.
type seen [][3]string

func (s seen) in(h *telling) map[column]*string {
	h.order, h.current = nil, map[column]string{}
	cells := map[column]*string{}
	for _, c := range s {
		name := column{"account", c[0]}
		h.order = append(h.order, name)
		h.current[name], cells[name] = c[1], &c[2]
	}
	return cells
}

// A column may have been renamed where one alone is gone that held the same, and one alone
// came; what it holds is told as new all the same, for one value proves nothing.
func TestColumnsOfAnID(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, want    string
		before, after seen
	}{
		{"renamed", `[{"of":"account","column":"B","status":"new","from":"A","after":"utf8"},{"of":"account","column":"A","status":"gone","before":"utf8"}]`,
			seen{{"A", "utf8", "x"}}, seen{{"B", "utf8", "x"}}},
		{"another value", `[{"of":"account","column":"B","status":"new","after":"utf8"},{"of":"account","column":"A","status":"gone","before":"utf8"}]`,
			seen{{"A", "utf8", "x"}}, seen{{"B", "utf8", "y"}}},
		{"a checkbox", `[{"of":"account","column":"B","status":"new","after":"boolean"},{"of":"account","column":"A","status":"gone","before":"boolean"}]`,
			seen{{"A", "boolean", "false"}}, seen{{"B", "boolean", "false"}}},
		{"two that came", `[{"of":"account","column":"B","status":"new","after":"utf8"},{"of":"account","column":"C","status":"new","after":"utf8"},{"of":"account","column":"A","status":"gone","before":"utf8"}]`,
			seen{{"A", "utf8", "x"}}, seen{{"B", "utf8", "x"}, {"C", "utf8", "x"}}},
		{"two that went", `[{"of":"account","column":"C","status":"new","after":"utf8"},{"of":"account","column":"A","status":"gone","before":"utf8"},{"of":"account","column":"B","status":"gone","before":"utf8"}]`,
			seen{{"A", "utf8", "x"}, {"B", "utf8", "x"}}, seen{{"C", "utf8", "x"}}},
		{"another type", `[{"of":"account","column":"A","status":"type","before":"utf8","after":"int64"}]`,
			seen{{"A", "utf8", "1"}}, seen{{"A", "int64", "1"}}},
	} {
		h := &telling{known: map[column]*string{}}
		for i, s := range []seen{c.before, c.after} {
			cells := s.in(h)
			told := h.columnChanges(cells)
			changes := h.changes(cells, told)
			if i == 0 {
				continue
			}
			got, err := json.Marshal(told)
			if err != nil || string(got) != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
			for _, change := range changes {
				if !change.New {
					t.Errorf("%s: %s is told as changed", c.name, change.Column)
				}
			}
			if fresh := len(c.want) > 0 && c.after[0][0] != c.before[0][0]; fresh && len(changes) == 0 {
				t.Errorf("%s: what %s holds is told nowhere", c.name, c.after[0][0])
			}
		}
	}
}
