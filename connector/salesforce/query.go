package salesforce

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/axisync/axisync/connector"
)

// Query says what to extract.
type Query struct {
	// Object is the API name of the object, such as Account.
	Object string
	// Properties are the columns after Id, as Description.Select has them.
	Properties []connector.Property
	// Where is a condition in SOQL; empty for all rows.
	Where string
	// Since leaves out the rows that have not changed from that moment on, by the
	// clock of the server; zero for all. A formula and what stands on another record
	// change without it: see Covered.
	Since time.Time
	// IDs extracts these rows alone, at most MostIDs; nil for all.
	IDs []string
	// Deleted extracts the rows that were deleted or that lost a merge, as
	// connector.DeletedSchema has them, instead of those that live. Properties
	// is not used then.
	Deleted bool
}

// MostIDs is how many ids one query may name: it may have 100,000 characters.
const MostIDs = 4000

// Schema is the schema of the batches that the query gives.
func (q Query) Schema() *arrow.Schema {
	if q.Deleted {
		return connector.DeletedSchema()
	}
	return connector.AccountSchema(q.Properties)
}

// soql is the text of the query. There is no ORDER BY and no LIMIT: both would
// switch off the chunking that makes large queries possible.
func (q Query) soql() (string, error) {
	if !identifier(q.Object) {
		return "", fmt.Errorf("salesforce: %q is not the API name of an object", q.Object)
	}
	if len(q.IDs) > MostIDs || slices.ContainsFunc(q.IDs, func(id string) bool { return !identifier(id) }) {
		return "", fmt.Errorf("salesforce: %d ids are too many for one query, or one of them is none", len(q.IDs))
	}
	var columns []string
	for _, field := range q.Schema().Fields() {
		if !identifier(strings.ReplaceAll(field.Name, ".", "_")) {
			return "", fmt.Errorf("salesforce: %q is not the API name of a field", field.Name)
		}
		columns = append(columns, field.Name)
	}
	return fmt.Sprintf("SELECT %s FROM %s%s", strings.Join(columns, ", "), q.Object, q.condition()), nil
}

func (q Query) condition() string {
	var parts []string
	if q.Deleted {
		parts = append(parts, "IsDeleted = true")
	}
	if !q.Since.IsZero() {
		parts = append(parts, connector.AccountModified+" >= "+q.Since.UTC().Format("2006-01-02T15:04:05Z"))
	}
	if len(q.IDs) > 0 {
		parts = append(parts, connector.AccountID+" IN ('"+strings.Join(q.IDs, "','")+"')")
	}
	if where := strings.TrimSpace(q.Where); where != "" {
		if len(parts) > 0 {
			where = "(" + where + ")"
		}
		parts = append(parts, where)
	}
	if len(parts) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(parts, " AND ")
}

// Covered reports whether Query.Since finds every change of a property. The change
// of a formula moves no time, and that of a field on another record moves the
// other's.
func Covered(p connector.Property) bool { return !p.Formula && !strings.Contains(p.Name, ".") }

// Count is the number of rows of an object that match a condition in SOQL, or
// of all when it is empty, at this moment.
func (o *Org) Count(ctx context.Context, object, where string) (int64, error) {
	if !identifier(object) {
		return 0, fmt.Errorf("salesforce: %q is not the API name of an object", object)
	}
	var answer struct {
		TotalSize *int64 `json:"totalSize"`
		Done      bool   `json:"done"`
	}
	soql := "SELECT COUNT() FROM " + object + Query{Where: where}.condition()
	if err := o.rest.call(ctx, request{method: http.MethodGet, path: "/query", query: url.Values{"q": {soql}}}, &answer); err != nil {
		return 0, err
	}
	if answer.TotalSize == nil || !answer.Done {
		return 0, errors.New("salesforce: the answer to SELECT COUNT() holds no count")
	}
	return *answer.TotalSize, nil
}
