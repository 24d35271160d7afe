package simulator

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/axisync/axisync/connector/salesforce/simulator/org"
	"github.com/axisync/axisync/connector/salesforce/simulator/soql"
)

// predicate decides whether an account meets a condition. scratch is space that
// may be used and is kept for the next account.
type predicate func(row *org.Row, scratch *[]byte) bool

// predicate compiles a condition.
func (p *planner) predicate(c soql.Condition) (predicate, error) {
	switch c := c.(type) {
	case soql.And:
		return p.all(c)
	case soql.Or:
		parts, err := p.each(c)
		return func(row *org.Row, scratch *[]byte) bool {
			return slices.ContainsFunc(parts, func(part predicate) bool { return part(row, scratch) })
		}, err
	case soql.Not:
		inner, err := p.predicate(c.Condition)
		return func(row *org.Row, scratch *[]byte) bool { return !inner(row, scratch) }, err
	}
	return p.comparison(c.(soql.Comparison))
}

func (p *planner) all(c soql.And) (predicate, error) {
	parts, err := p.each(c)
	return func(row *org.Row, scratch *[]byte) bool {
		for _, part := range parts {
			if !part(row, scratch) {
				return false
			}
		}
		return true
	}, err
}

func (p *planner) each(conditions []soql.Condition) ([]predicate, error) {
	var parts []predicate
	for _, c := range conditions {
		part, err := p.predicate(c)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// comparison compiles a comparison of a field. As in SOQL, != and NOT IN hold
// for null, the orders and LIKE do not.
func (p *planner) comparison(c soql.Comparison) (predicate, error) {
	column, err := p.column(c.Field)
	if err != nil {
		return nil, err
	}
	if column.Field.LongText() || column.Field.IsCompound() {
		return nil, soql.ErrorAt(p.text, c.Field.At, "INVALID_FIELD", fmt.Sprintf("field '%s' can not be filtered in a query call", column.Name))
	}
	compare, err := p.comparer(&column, c)
	if err != nil {
		return nil, err
	}
	hasNull := slices.ContainsFunc(c.Values, func(v soql.Literal) bool { return v.Kind == soql.Null })
	holdsForNull := hasNull
	switch c.Operator {
	case soql.NotEqual, soql.NotIn, soql.Excludes:
		holdsForNull = !hasNull
	}
	return func(row *org.Row, scratch *[]byte) bool {
		*scratch = column.Append((*scratch)[:0], row)
		if len(*scratch) == 0 {
			return holdsForNull
		}
		return compare(*scratch)
	}, nil
}

// comparer decides for a value that is not null.
func (p *planner) comparer(column *org.Column, c soql.Comparison) (func([]byte) bool, error) {
	kind := kindOf(column.Field)
	for _, v := range c.Values {
		if err := p.check(column, kind, c.Operator, v); err != nil {
			return nil, err
		}
	}
	if i := slices.IndexFunc(c.Values, func(v soql.Literal) bool { return v.Kind == soql.DateRange }); i >= 0 {
		return p.within(kind, c.Operator, c.Values, i)
	}
	equal, order := kind.compare(c.Values, column.Field.CaseSensitive)
	switch c.Operator {
	case soql.Equal, soql.In:
		return equal, nil
	case soql.NotEqual, soql.NotIn:
		return func(value []byte) bool { return !equal(value) }, nil
	case soql.Like:
		pattern := likePattern(c.Values[0].Pattern)
		return pattern.Match, nil
	case soql.Includes:
		return func(value []byte) bool { return includes(value, c.Values) }, nil
	case soql.Excludes:
		return func(value []byte) bool { return !includes(value, c.Values) }, nil
	case soql.Less:
		return func(value []byte) bool { return order(value) < 0 }, nil
	case soql.LessOrEqual:
		return func(value []byte) bool { return order(value) <= 0 }, nil
	case soql.Greater:
		return func(value []byte) bool { return order(value) > 0 }, nil
	}
	return func(value []byte) bool { return order(value) >= 0 }, nil
}

// within compares with a range of days: a value equals it when it lies in it.
func (p *planner) within(kind fieldKind, operator soql.Operator, values []soql.Literal, at int) (func([]byte) bool, error) {
	if len(values) > 1 {
		return nil, soql.ErrorAt(p.text, values[at].At, "MALFORMED_QUERY", "the simulator compares with one range of days, not with a list")
	}
	key := kind.key(false)
	first, after, _ := soql.Range(values[at].Text, p.view.Today()) // checked when it was parsed
	layout := "2006-01-02"
	if kind == datetimes {
		layout += "T15:04:05.000Z"
	}
	from, to := first.Format(layout), after.Format(layout)
	return func(value []byte) bool {
		switch k := key(value); operator {
		case soql.Equal, soql.In:
			return k >= from && k < to
		case soql.NotEqual, soql.NotIn:
			return k < from || k >= to
		case soql.Less:
			return k < from
		case soql.LessOrEqual:
			return k < to
		case soql.Greater:
			return k >= to
		default:
			return k >= from
		}
	}, nil
}

// check refuses a literal that does not fit the field or the operator.
func (p *planner) check(column *org.Column, kind fieldKind, operator soql.Operator, v soql.Literal) error {
	refuse := func(code, message string) error { return soql.ErrorAt(p.text, v.At, code, message) }
	switch operator {
	case soql.Less, soql.LessOrEqual, soql.Greater, soql.GreaterOrEqual, soql.Like:
		if v.Kind == soql.Null || kind == booleans || kind == multiple || kind == ids && operator == soql.Like {
			return refuse("INVALID_QUERY_FILTER_OPERATOR", "invalid operator on "+column.Field.Type+" field")
		}
		if operator == soql.Like && kind != texts {
			return refuse("INVALID_QUERY_FILTER_OPERATOR", "invalid operator on "+column.Field.Type+" field")
		}
	case soql.Includes, soql.Excludes:
		if kind != multiple {
			return refuse("INVALID_QUERY_FILTER_OPERATOR", "includes or excludes operator only valid on multipicklist field")
		}
	}
	if v.Kind == soql.Null {
		return nil
	}
	if v.Kind == soql.DateRange && (kind == dates || kind == datetimes) {
		return nil
	}
	if want := kind.literal(); v.Kind != want {
		quoted := "should not be enclosed in quotes"
		if want == soql.String {
			quoted = "should be enclosed in quotes"
		}
		return refuse("INVALID_FIELD", "value of filter criterion for field '"+column.Field.Name+"' must be of type "+kind.name()+" and "+quoted)
	}
	if kind == ids && !looksLikeID(v.Text) {
		return refuse("INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: "+v.Text)
	}
	return nil
}

// includes decides INCLUDES: 'A;B' asks for both, several literals for any.
func includes(value []byte, literals []soql.Literal) bool {
	chosen := strings.Split(strings.ToLower(string(value)), ";")
	return slices.ContainsFunc(literals, func(l soql.Literal) bool {
		for wanted := range strings.SplitSeq(strings.ToLower(l.Text), ";") {
			if !slices.Contains(chosen, wanted) {
				return false
			}
		}
		return true
	})
}

// lowered is the text by which case-insensitive texts are compared.
func lowered(value []byte) string { return string(bytes.ToLower(value)) }
