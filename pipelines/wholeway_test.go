package pipelines_test

import (
	"net/http"
	"testing"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
)

// TestTheWholeWay: the first run delivers, the second has nothing to do, the
// next day changes a few, and nobody else's property is touched, byte for byte.
func TestTheWholeWay(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]settings{
		"merge":            {},
		"replace":          {fincome: fincome.Config{Update: fincome.Replace}, replace: map[string]string{"update: merge": "update: replace"}},
		"trimmed":          {fincome: fincome.Config{Trim: true}},
		"retyped":          {fincome: fincome.Config{Retype: true}},
		"null stays":       {fincome: fincome.Config{Null: fincome.Stores}},
		"empty text":       {fincome: fincome.Config{Null: fincome.Refuses, Empty: fincome.Removes}, replace: map[string]string{"clear: json_null": "clear: empty_text"}},
		"nothing answered": {fincome: fincome.Config{UpdateStatus: http.StatusNoContent}},
		"silent":           {fincome: fincome.Config{UpdateStatus: http.StatusOK, Silent: true, Update: fincome.Replace}, replace: map[string]string{"update: merge": "update: replace"}},
		"typed":            {replace: map[string]string{"  tag: \"726564\"\n": "  tag: \"726564\"\n  values: typed\n"}},
		"typed, to text":   {fincome: fincome.Config{Numbers: fincome.KeptAsText, Booleans: fincome.KeptAsText}, replace: map[string]string{"  tag: \"726564\"\n": "  tag: \"726564\"\n  values: typed\n"}},
		"another address": {fincome: fincome.Config{ClientPath: "/customers/{id}", UpdateVerb: http.MethodPut, AuthHeader: "X-API-Key"},
			replace: map[string]string{"  api_key: ${file:api_key}\n": "  api_key: ${file:api_key}\n  client_path: /customers/{id}\n  update_verb: PUT\n  auth_header: X-API-Key\n"}},
		"limited":          {fincome: fincome.Config{Limit: fincome.Limit{PerSecond: 2000, Burst: 5}}},
		"trimmed, retyped": {fincome: fincome.Config{Trim: true, Retype: true, Update: fincome.Replace}, replace: map[string]string{"update: merge": "update: replace"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.accounts, s.customers = 1500, 300
			w := newWorld(t, s)
			before := foreign(w.properties())
			first := w.mustRun()
			if first.Cells.Sent == 0 || first.Matched == 0 || first.Outcome != "delivered" {
				t.Fatalf("the first run: %+v", first)
			}
			sameProperties(t, foreign(w.properties()), before)
			writes := w.fincome.Writes()
			second := w.mustRun()
			if second.Outcome != "unchanged" || w.fincome.Writes() != writes {
				t.Fatalf("the second run wrote %d times: %s", w.fincome.Writes()-writes, jsonText(t, second))
			}
			w.salesforce.Advance()
			third := w.mustRun()
			if third.Cells.Sent == 0 || third.Cells.Sent*4 > first.Cells.Sent {
				t.Errorf("day two sent %d cells after %d", third.Cells.Sent, first.Cells.Sent)
			}
			sameProperties(t, foreign(w.properties()), before)
			if fourth := w.mustRun(); fourth.Outcome != "unchanged" {
				t.Errorf("the fourth run: %s", jsonText(t, fourth))
			}
		})
	}
}
