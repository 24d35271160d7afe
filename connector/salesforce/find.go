package salesforce

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/axisync/axisync/connector"
)

// mostAddress is about how many bytes of values one request asks for: an address may
// have 16,384 with its headers.
const mostAddress = 12_000

// Find gives those of the values that rows of the object have in a property, each
// once, in the spelling of Salesforce, which compares texts without letter case. The
// property is Id or one that Findable reports. It asks by the REST API, some hundred
// values a request: for thousands of values, not for all rows of an org.
func (o *Org) Find(ctx context.Context, object, property string, values []string) ([]string, error) {
	if !identifier(object) || !identifier(property) {
		return nil, fmt.Errorf("salesforce: %q and %q are not API names", object, property)
	}
	var found []string
	seen := map[string]bool{}
	for len(values) > 0 {
		var list string
		list, values = someValues(values)
		err := o.rows(ctx, fmt.Sprintf("SELECT %s FROM %s WHERE %s IN (%s)", property, object, property, list), func(row map[string]json.RawMessage) error {
			var value *string
			if err := json.Unmarshal(row[property], &value); err != nil {
				return fmt.Errorf("salesforce: the property %s of a row is no text: %w", property, err)
			}
			if value != nil && !seen[*value] {
				seen[*value] = true
				found = append(found, *value)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// Findable reports whether Find may ask for a property: one that holds texts and may
// stand in a condition.
func Findable(p connector.Property) bool {
	switch p.Type {
	case "id", "string", "email", "phone", "url", "picklist", "reference":
		return true
	}
	return false
}

// someValues are the first values as SOQL, and the rest.
func someValues(values []string) (list string, rest []string) {
	size := 0
	for i, value := range values {
		text := "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`, "\r", `\r`).Replace(value) + "'"
		if size += len(url.QueryEscape(text)) + len("%2C"); size > mostAddress && i > 0 {
			return list, values[i:]
		}
		if i > 0 {
			list += ","
		}
		list += text
	}
	return list, nil
}

// rows goes through the rows of a small query, page by page.
func (o *Org) rows(ctx context.Context, soql string, each func(map[string]json.RawMessage) error) error {
	q := request{method: http.MethodGet, path: "/query", query: url.Values{"q": {soql}}}
	for pages := map[string]bool{}; ; {
		var answer struct {
			Done    bool                         `json:"done"`
			Next    string                       `json:"nextRecordsUrl"`
			Records []map[string]json.RawMessage `json:"records"`
		}
		if err := o.rest.call(ctx, q, &answer); err != nil {
			return err
		}
		for _, row := range answer.Records {
			if err := each(row); err != nil {
				return err
			}
		}
		if answer.Done {
			return nil
		}
		if !strings.HasPrefix(answer.Next, "/services/data/") || pages[answer.Next] {
			return fmt.Errorf("salesforce: a query is not done and does not go on: its next page is %q", answer.Next)
		}
		pages[answer.Next] = true
		q = request{method: http.MethodGet, path: answer.Next}
	}
}
