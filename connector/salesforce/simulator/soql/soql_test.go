package soql_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/axisync/axisync/connector/salesforce/simulator/soql"
)

func parse(t *testing.T, query string) *soql.Query {
	t.Helper()
	q, err := soql.Parse(query)
	if err != nil {
		t.Fatalf("Parse(%q): %v", query, err)
	}
	return q
}

func TestSelect(t *testing.T) {
	t.Parallel()
	q := parse(t, "select Id, Owner.Name ,\n\tCustom__c FROM Account ORDER BY Name DESC NULLS LAST, Id limit 20")
	want := &soql.Query{
		Select: []soql.Item{{Name: soql.Name{"Id", 7}}, {Name: soql.Name{"Owner.Name", 11}}, {Name: soql.Name{"Custom__c", 25}}},
		Object: soql.Name{"Account", 40},
		OrderBy: []soql.Order{{Name: soql.Name{"Name", 57}, Descending: true, NullsLast: true},
			{Name: soql.Name{"Id", 79}}},
		Limit: 20,
	}
	if diff := cmp.Diff(want, q); diff != "" {
		t.Error(diff)
	}
}

func TestWhere(t *testing.T) {
	t.Parallel()
	q := parse(t, `SELECT COUNT() FROM Account WHERE (Type = 'it\'s \\ \n\u00e9' OR NOT Name LIKE '10\%\_%') AND X IN ('a', null) `+
		`AND N >= -1.5e3 AND D < 2026-01-02 AND S <> 2026-01-02T03:04:05Z AND M excludes ('A;B') AND I NOT IN (1,2) AND B = TRUE`)
	var got []string
	var walk func(c soql.Condition)
	walk = func(c soql.Condition) {
		switch c := c.(type) {
		case soql.And:
			got = append(got, "and")
			for _, part := range c {
				walk(part)
			}
		case soql.Or:
			got = append(got, "or")
			for _, part := range c {
				walk(part)
			}
		case soql.Not:
			got = append(got, "not")
			walk(c.Condition)
		case soql.Comparison:
			line := c.Field.Text + " " + string(c.Operator)
			for _, v := range c.Values {
				line += " " + []string{"null", "boolean", "number", "string", "date", "datetime"}[v.Kind] + ":" + v.Text
				if c.Operator == soql.Like {
					line += "~" + v.Pattern
				}
			}
			got = append(got, line)
		}
	}
	walk(q.Where)
	want := []string{"and", "or", "Type = string:it's \\ \né", "not", `Name LIKE string:10%_%~10\%\_%`, "X IN string:a null:null",
		"N >= number:-1.5e3", "D < date:2026-01-02", "S != datetime:2026-01-02T03:04:05Z", "M EXCLUDES string:A;B",
		"I NOT IN number:1 number:2", "B = boolean:true"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !q.Count || len(q.Select) != 0 {
		t.Errorf("COUNT() was read as %+v", q)
	}
}

func TestWhatIsRecognisedToBeRefused(t *testing.T) {
	t.Parallel()
	for query, seen := range map[string]func(*soql.Query) bool{
		"SELECT Id, (SELECT Id FROM Contacts WHERE X IN (1)) FROM Account": func(q *soql.Query) bool { return q.Select[1].Subquery },
		"SELECT FIELDS(ALL) FROM Account LIMIT 200":                        func(q *soql.Query) bool { return q.Select[0].Function == "FIELDS" },
		"SELECT count(Id) n FROM Account":                                  func(q *soql.Query) bool { return q.Select[0].Function == "COUNT" },
		"SELECT Type, COUNT(Id) FROM Account GROUP BY Type LIMIT 5":        func(q *soql.Query) bool { return q.GroupBy && q.Limit == 5 },
		"SELECT Id FROM Account LIMIT 5 OFFSET 10":                         func(q *soql.Query) bool { return q.Offset },
		"SELECT TYPEOF Owner WHEN User THEN Id END FROM Account":           func(q *soql.Query) bool { return q.TypeOf },
	} {
		if q := parse(t, query); !seen(q) {
			t.Errorf("%s was read as %+v", query, q)
		}
	}
}

var threeParts = regexp.MustCompile(`^\n[^\n]*\n *\^\nERROR at Row:(\d+):Column:(\d+)\nunexpected token: '(.*)'$`)

func TestMalformedQueries(t *testing.T) {
	t.Parallel()
	for query, token := range map[string]string{
		"":                                  "<EOF>",
		"SELECT":                            "<EOF>",
		"SELECT Id":                         "<EOF>",
		"SELECT Id Name FROM Account":       "Name",
		"SELECT Id, FROM Account":           "FROM",
		"SELECT Id FROM Account WHERE":      "<EOF>",
		"SELECT Id FROM Account WHERE Name": "<EOF>",
		"SELECT Id FROM Account WHERE Name == 'x'":        "=",
		"SELECT Id FROM Account WHERE Name = x":           "x",
		"SELECT Id FROM Account WHERE A=1 AND B=2 OR C=3": "OR",
		"SELECT Id FROM Account WHERE A=1 OR B=2 AND C=3": "AND",
		"SELECT Id FROM Account WHERE (A=1":               "<EOF>",
		"SELECT Id FROM Account WHERE A IN ()":            ")",
		"SELECT Id FROM Account WHERE A IN (1 2)":         "2",
		"SELECT Id FROM Account WHERE A = 2026-13-01":     "2026-13-01",
		"SELECT Id FROM Account LIMIT x":                  "x",
		"SELECT Id FROM Account, Contact":                 ",",
		"UPDATE Account":                                  "UPDATE",
	} {
		_, err := soql.Parse(query)
		var refused *soql.Error
		if !errors.As(err, &refused) || refused.Code != "MALFORMED_QUERY" {
			t.Errorf("Parse(%q): %v, want MALFORMED_QUERY", query, err)
			continue
		}
		if m := threeParts.FindStringSubmatch(refused.Message); m == nil || m[3] != token {
			t.Errorf("Parse(%q) says %q, want unexpected token %s", query, refused.Message, token)
		}
	}
	for query, part := range map[string]string{
		"SELECT Id FROM Account WHERE Name = 'x":    "unterminated",
		`SELECT Id FROM Account WHERE Name = '\q'`:  "Illegal escape",
		"SELECT * FROM Account":                     "no viable alternative at character '*'",
		"SELECT Id" + strings.Repeat(" ", 100_000):  "cannot be longer than 100000",
		"SELECT Id FROM Account WHERE Name = \"x\"": "no viable alternative",
	} {
		if _, err := soql.Parse(query); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("Parse(%.60q): %v, want %q", query, err, part)
		}
	}
}

func TestErrorsPointAtThePlace(t *testing.T) {
	t.Parallel()
	query := "SELECT Id,\n  CleanStatus\nFROM Account"
	got := soql.ErrorAt(query, strings.Index(query, "Clean"), "INVALID_FIELD", "No such column")
	if want := "\n  CleanStatus\n  ^\nERROR at Row:2:Column:3\nNo such column"; got.Message != want {
		t.Errorf("got %q, want %q", got.Message, want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("SELECT Id, Owner.Name FROM Account WHERE (A = 'x\\'y' OR B IN (1,2)) AND NOT C LIKE 'a%' ORDER BY Id LIMIT 3")
	f.Add("SELECT COUNT() FROM Account WHERE D > 2026-01-01T00:00:00Z")
	f.Add("SELECT (SELECT Id FROM Contacts), TYPEOF x END FROM A GROUP BY b")
	f.Add(`SELECT Id FROM A WHERE b = '\u12'`)
	f.Fuzz(func(t *testing.T, query string) {
		q, err := soql.Parse(query)
		if err == nil && q.Object.Text == "" {
			t.Fatalf("%q has no object and no error", query)
		}
		var refused *soql.Error
		if err != nil && !errors.As(err, &refused) {
			t.Fatalf("%q: %T", query, err)
		}
	})
}
