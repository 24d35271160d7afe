package simulator

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/axisync/axisync/connector/salesforce/simulator/org"
	"github.com/axisync/axisync/connector/salesforce/simulator/soql"
)

// plan is a query of Account that can be run.
type plan struct {
	view    *org.View
	columns []org.Column
	// keep is the condition, nil when there is none.
	keep predicate
	// ids, when not nil, holds every account that can meet the condition.
	ids   []string
	order []orderKey
	limit int
	count bool
	// withDeleted also reads deleted accounts, as long as they are in the recycle
	// bin.
	withDeleted bool
}

// bulkRefusals are what a bulk query cannot hold. The wordings of the first two
// are observed, the others are not confirmed.
func bulkRefusals(q *soql.Query) error {
	functions := q.Count
	for _, item := range q.Select {
		if item.Subquery {
			return badRequest("API_ERROR", "Aggregate Relationships not supported in Bulk V2 Query with CSV content type")
		}
		functions = functions || item.Function != ""
	}
	switch {
	case functions:
		return badRequest("API_ERROR", "Aggregate functions and FIELDS() not supported in Bulk Query")
	case q.GroupBy:
		return badRequest("API_ERROR", "GROUP BY not supported in Bulk Query")
	case q.Offset:
		return badRequest("API_ERROR", "OFFSET not supported in Bulk Query")
	case q.TypeOf:
		return badRequest("API_ERROR", "TYPEOF not supported in Bulk Query")
	}
	return nil
}

const (
	noEntity = "sObject type '%s' is not supported. If you are attempting to use a custom object, be sure to append the '__c' " +
		"after the entity name. Please reference your WSDL or the describe call for the appropriate names."
	noColumn = "No such column '%s' on entity '%s'. If you are attempting to use a custom field, be sure to append the '__c' " +
		"after the custom field name. Please reference your WSDL or the describe call for the appropriate names."
	noRelationship = "Didn't understand relationship '%s' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' " +
		"after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names."
)

// planner binds the names of a query to the fields that the user sees.
type planner struct {
	text   string
	view   *org.View
	schema *org.Schema
}

// plan checks a parsed query of Account.
func (p *planner) plan(q *soql.Query, withDeleted bool) (*plan, error) {
	made := &plan{view: p.view, limit: q.Limit, count: q.Count, withDeleted: withDeleted}
	if !strings.EqualFold(q.Object.Text, "Account") {
		return nil, soql.ErrorAt(p.text, q.Object.At, "INVALID_TYPE", fmt.Sprintf(noEntity, q.Object.Text))
	}
	for _, item := range q.Select {
		if item.Function != "" || item.Subquery {
			return nil, soql.ErrorAt(p.text, item.At, "MALFORMED_QUERY", "the simulator does not know this element of a SELECT list")
		}
		column, err := p.column(item.Name)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(made.columns, func(c org.Column) bool { return c.Name == column.Name }) {
			return nil, soql.ErrorAt(p.text, item.At, "INVALID_FIELD", "duplicate field selected: "+column.Name)
		}
		made.columns = append(made.columns, column)
	}
	if q.Where != nil {
		keep, err := p.predicate(q.Where)
		if err != nil {
			return nil, err
		}
		made.keep, made.ids = keep, idsOf(q.Where)
	}
	for _, o := range q.OrderBy {
		column, err := p.column(o.Name)
		if err != nil {
			return nil, err
		}
		made.order = append(made.order, orderKey{column: column, descending: o.Descending, nullsLast: o.NullsLast})
	}
	return made, nil
}

func (p *planner) column(name soql.Name) (org.Column, error) {
	path := name.Text
	if len(path) > len("Account.") && strings.EqualFold(path[:len("Account.")], "Account.") {
		path = path[len("Account."):]
	}
	column, err := p.schema.Column(path)
	last := strings.LastIndexByte(path, '.')
	switch {
	case errors.Is(err, org.ErrNoSuchRelationship):
		relationship, _, _ := strings.Cut(path, ".")
		return column, soql.ErrorAt(p.text, name.At, "INVALID_FIELD", fmt.Sprintf(noRelationship, relationship))
	case err != nil && last >= 0:
		return column, soql.ErrorAt(p.text, name.At, "INVALID_FIELD", fmt.Sprintf(noColumn, path[last+1:], path[:last]))
	case err != nil:
		return column, soql.ErrorAt(p.text, name.At, "INVALID_FIELD", fmt.Sprintf(noColumn, path, "Account"))
	}
	return column, nil
}

// idsOf are the ids that a condition admits, nil when it is not by id.
func idsOf(c soql.Condition) []string {
	switch c := c.(type) {
	case soql.And:
		for _, part := range c {
			if ids := idsOf(part); ids != nil {
				return ids
			}
		}
	case soql.Comparison:
		if !strings.EqualFold(c.Field.Text, "Id") || c.Operator != soql.Equal && c.Operator != soql.In {
			return nil
		}
		ids := []string{}
		for _, v := range c.Values {
			ids = append(ids, v.Text)
		}
		return ids
	}
	return nil
}
