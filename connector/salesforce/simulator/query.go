package simulator

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/axisync/axisync/connector/salesforce/simulator/org"
	"github.com/axisync/axisync/connector/salesforce/simulator/soql"
)

// The rows that a page of the REST query resource holds: at least, at most and
// unless the request says otherwise.
const (
	leastBatch   = 200
	defaultBatch = 2000
)

// cursor is a REST query whose rows were not all fetched.
type cursor struct {
	plan *plan
	rows []uint32
	size int
}

// query runs a small query at once.
func (s *Server) query(c *call) error {
	text := c.r.URL.Query().Get("q")
	q, err := soql.Parse(text)
	if err != nil {
		return err
	}
	if strings.EqualFold(q.Object.Text, "Organization") {
		return s.queryOrganization(c, text, q)
	}
	view, schema := s.visible()
	made, err := (&planner{text: text, view: view, schema: schema}).plan(q, strings.Contains(c.r.URL.Path, "queryAll"))
	if err != nil {
		return err
	}
	if c.r.URL.Query().Get("columns") == "true" {
		writeJSON(c.w, http.StatusOK, columnMetadata(made))
		return nil
	}
	if made.count {
		writeRecords(c, "[]", made.total(), "")
		return nil
	}
	return s.answerRows(c, &cursor{plan: made, rows: made.rows(0), size: batchSize(c.r)}, "", 0)
}

// batchSize reads Sforce-Query-Options: batchSize=N, from 200 to 2,000.
func batchSize(r *http.Request) int {
	for option := range strings.SplitSeq(r.Header.Get("Sforce-Query-Options"), ",") {
		if name, value, _ := strings.Cut(strings.TrimSpace(option), "="); strings.EqualFold(name, "batchSize") {
			if n, err := strconv.Atoi(value); err == nil {
				return min(max(n, leastBatch), defaultBatch)
			}
		}
	}
	return defaultBatch
}

// queryMore answers with a further page: the locator is ID-ROW.
func (s *Server) queryMore(c *call) error {
	id, digits, _ := strings.Cut(c.args[0], "-")
	s.mu.Lock()
	found := s.cursors[id]
	s.mu.Unlock()
	from, err := strconv.Atoi(digits)
	if found == nil || err != nil || from <= 0 || from >= len(found.rows) {
		return badRequest("INVALID_QUERY_LOCATOR", "invalid query locator")
	}
	return s.answerRows(c, found, id, from)
}

// answerRows answers with the rows of a cursor from a row on. id is empty for a
// cursor that has no name yet.
func (s *Server) answerRows(c *call, from *cursor, id string, at int) error {
	end, next := min(at+from.size, len(from.rows)), ""
	if end < len(from.rows) {
		if id == "" {
			id = s.mint("01g")
			s.mu.Lock()
			s.cursors[id] = from
			s.mu.Unlock()
		}
		next = c.path("query/%s-%d", id, end)
	}
	var records []byte
	var row org.Row
	for i, index := range from.rows[at:end] {
		if i > 0 {
			records = append(records, ',')
		}
		from.plan.view.Load(&row, int(index))
		records = appendRecord(records, c, from.plan, &row)
	}
	writeRecords(c, "["+string(records)+"]", len(from.rows), next)
	return nil
}

// writeRecords answers with an array of records, written as JSON already.
func writeRecords(c *call, records string, total int, next string) {
	link := ""
	if next != "" {
		link = `,"nextRecordsUrl":"` + next + `"`
	}
	c.w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	_, _ = fmt.Fprintf(c.w, `{"totalSize":%d,"done":%t%s,"records":%s}`, total, next == "", link, records)
}

// columnMetadata is the answer to columns=true, which sf asks for.
func columnMetadata(p *plan) map[string]any {
	columns := []map[string]any{}
	for _, column := range p.columns {
		f := column.Field
		columns = append(columns, map[string]any{
			"aggregate": false, "apexType": apexType(f), "booleanType": f.Type == "boolean", "columnName": column.Name,
			"custom": f.Custom(), "displayName": f.Name, "foreignKeyName": nil, "insertable": !f.ReadOnly, "joinColumns": []any{},
			"numberType": isNumber(f.Type), "textType": kindOf(f) == texts, "updatable": !f.ReadOnly,
		})
	}
	return map[string]any{"columnMetadata": columns, "entityName": "Account", "groupBy": false, "idSelected": len(p.columns) > 0 && p.columns[0].Name == "Id",
		"keyPrefix": "001"}
}

func apexType(f *org.Field) string {
	switch kindOf(f) {
	case ids:
		return "Id"
	case booleans:
		return "Boolean"
	case numbers:
		return "Double"
	case dates:
		return "Date"
	case datetimes:
		return "Datetime"
	}
	return "String"
}

// queryOrganization answers the query of the org's own record.
func (s *Server) queryOrganization(c *call, text string, q *soql.Query) error {
	record := s.organization()
	picked := map[string]any{"attributes": map[string]string{"type": "Organization", "url": c.path("sobjects/Organization/%s", s.login.organizationID)}}
	for _, item := range q.Select {
		known := false
		for name, value := range record {
			if strings.EqualFold(name, item.Text) {
				picked[name], known = value, true
			}
		}
		if !known {
			return soql.ErrorAt(text, item.At, "INVALID_FIELD", fmt.Sprintf(noColumn, item.Text, "Organization"))
		}
	}
	writeJSON(c.w, http.StatusOK, map[string]any{"totalSize": 1, "done": true, "records": []any{picked}})
	return nil
}
