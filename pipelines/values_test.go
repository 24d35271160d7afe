package pipelines_test

import (
	"regexp"
	"testing"
)

// Values are sent as texts, or as what they are; in both forms nothing is sent
// twice.
func TestFormsOfValues(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		replace map[string]string
		want    map[string]string // what a cell looks like, as JSON
	}{
		"texts": {nil, map[string]string{"AnnualRevenue": `"\d+(\.\d+)?"`, "Is_Partner__c": `"(true|false)"`, "CreatedDate": `"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"`}},
		"typed": {map[string]string{`tag: "726564"`: `{ tag: "726564", values: typed }`, "axes:\n  {": "axes: {"},
			map[string]string{"AnnualRevenue": `\d+(\.\d+)?`, "Is_Partner__c": `(true|false)`, "CreatedDate": `"\d{4}-.*Z"`, "Phone": `".*"`}},
		"one typed property, and a zone": {map[string]string{"AnnualRevenue": "{ property: AnnualRevenue, values: typed }", `tag: "726564"`: `{ tag: "726564", time_zone: Asia/Kolkata }`, "axes:\n  {": "axes: {"},
			map[string]string{"AnnualRevenue": `\d+(\.\d+)?`, "Is_Partner__c": `"(true|false)"`, "CreatedDate": `"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+05:30"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{})
			w.change(map[string]string{"Owner.Name]": "CreatedDate]"})
			for _, key := range []string{"AnnualRevenue", `tag: "726564"`, "axes:\n  {"} {
				if text, ok := c.replace[key]; ok {
					w.change(map[string]string{key: text})
				}
			}
			w.mustRun()
			seen := map[string]int{}
			for id, properties := range w.properties() {
				for property, form := range c.want {
					raw, held := properties["Salesforce_726564_"+property]
					if !held {
						continue
					}
					seen[property]++
					if !regexp.MustCompile("^" + form + "$").MatchString(raw) {
						t.Errorf("%s: %s holds %s, want %s", id, property, raw, form)
					}
				}
			}
			for property := range c.want {
				if seen[property] == 0 {
					t.Errorf("nobody holds a %s", property)
				}
			}
			for range 2 {
				if again := w.mustRun(); again.Cells.Changes() != 0 {
					t.Fatalf("written again: %+v", again.Cells)
				}
			}
		})
	}
}
