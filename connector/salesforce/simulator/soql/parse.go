package soql

import (
	"strconv"
	"strings"
	"time"
)

// maxLength is the greatest length of a query in characters.
const maxLength = 100_000

// Parse parses a query. The error is an *Error with the code MALFORMED_QUERY.
func Parse(query string) (*Query, error) {
	if len(query) > maxLength {
		return nil, &Error{"MALFORMED_QUERY", "SOQL statements cannot be longer than 100000 characters."}
	}
	tokens, err := scan(query)
	if err != nil {
		return nil, err
	}
	p := &parser{query: query, tokens: tokens}
	q := p.parse()
	if p.err != nil {
		return nil, p.err
	}
	return q, nil
}

// parser is a recursive descent. After the first error it stands at the end of
// the query, where nothing matches, and the error is kept.
type parser struct {
	query  string
	tokens []token
	err    *Error
}

func (p *parser) peek() token { return p.tokens[0] }

func (p *parser) next() token {
	t := p.tokens[0]
	if len(p.tokens) > 1 {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *parser) accept(keyword string) bool {
	if p.peek().is(keyword) {
		p.next()
		return true
	}
	return false
}

func (p *parser) expect(keyword string) {
	if !p.accept(keyword) {
		p.unexpected()
	}
}

func (p *parser) fail(err *Error) {
	if p.err == nil {
		p.err = err
		p.tokens = p.tokens[len(p.tokens)-1:]
	}
}

func (p *parser) unexpected() {
	t := p.peek()
	if t.kind == end {
		p.fail(malformed(p.query, t.at, "unexpected token: '<EOF>'"))
		return
	}
	p.fail(malformed(p.query, t.at, "unexpected token: '%s'", t.text))
}

// reserved are the words that cannot be names.
var reserved = map[string]bool{"SELECT": true, "FROM": true, "WHERE": true, "AND": true, "OR": true, "NOT": true, "IN": true,
	"LIKE": true, "LIMIT": true, "NULL": true, "INCLUDES": true, "EXCLUDES": true, "HAVING": true, "WITH": true}

func (p *parser) name() Name {
	t := p.peek()
	if t.kind != word || reserved[strings.ToUpper(t.text)] || strings.Contains(t.text, ":") {
		p.unexpected()
		return Name{}
	}
	p.next()
	return Name{t.text, t.at}
}

func (p *parser) parse() *Query {
	q := &Query{Limit: -1}
	p.expect("SELECT")
	p.selectList(q)
	p.expect("FROM")
	q.Object = p.name()
	if p.accept("WHERE") {
		q.Where = p.condition()
	}
	p.tail(q)
	if p.err == nil && p.peek().kind != end {
		p.unexpected()
	}
	return q
}

func (p *parser) selectList(q *Query) {
	if p.peek().is("COUNT") && len(p.tokens) > 2 && p.tokens[1].is("(") && p.tokens[2].is(")") {
		p.tokens = p.tokens[3:]
		q.Count = true
		return
	}
	for {
		q.Select = append(q.Select, p.item(q))
		if !p.accept(",") {
			return
		}
	}
}

func (p *parser) item(q *Query) Item {
	switch at := p.peek().at; {
	case p.accept("("):
		p.skipParentheses()
		return Item{Name: Name{At: at}, Subquery: true}
	case p.peek().is("TYPEOF"):
		q.TypeOf = true
		for p.peek().kind != end && !p.accept("END") {
			p.next()
		}
		return Item{Name: Name{"TYPEOF", at}}
	}
	n := p.name()
	if !p.accept("(") {
		return Item{Name: n}
	}
	item := Item{Name: Name{At: n.At}, Function: strings.ToUpper(n.Text)}
	if !p.peek().is(")") {
		item.Name = p.name()
	}
	p.expect(")")
	if t := p.peek(); t.kind == word && !reserved[strings.ToUpper(t.text)] {
		p.next() // an alias
	}
	return item
}

// skipParentheses skips to the end of a parenthesis that was opened.
func (p *parser) skipParentheses() {
	for depth := 1; depth > 0; {
		switch t := p.peek(); {
		case t.kind == end:
			p.unexpected()
			return
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		}
		p.next()
	}
}

// condition is a chain of one connective: SOQL wants parentheses where AND and
// OR are mixed.
func (p *parser) condition() Condition {
	first := p.operand()
	for _, connective := range []string{"AND", "OR"} {
		if !p.peek().is(connective) {
			continue
		}
		all := []Condition{first}
		for p.accept(connective) {
			all = append(all, p.operand())
		}
		if connective == "AND" {
			if p.peek().is("OR") {
				p.unexpected()
			}
			return And(all)
		}
		if p.peek().is("AND") {
			p.unexpected()
		}
		return Or(all)
	}
	return first
}

func (p *parser) operand() Condition {
	switch {
	case p.accept("NOT"):
		return Not{p.operand()}
	case p.accept("("):
		c := p.condition()
		p.expect(")")
		return c
	}
	return p.comparison()
}

func (p *parser) comparison() Condition {
	c := Comparison{Field: p.name()}
	switch t := p.next(); {
	case t.is("NOT"):
		p.expect("IN")
		c.Operator = NotIn
	case t.is("<>"):
		c.Operator = NotEqual
	case t.is("="), t.is("!="), t.is("<"), t.is("<="), t.is(">"), t.is(">="), t.is("LIKE"), t.is("IN"), t.is("INCLUDES"), t.is("EXCLUDES"):
		c.Operator = Operator(strings.ToUpper(t.text))
	default:
		p.fail(malformed(p.query, t.at, "unexpected token: '%s'", orEOF(t)))
		return c
	}
	switch c.Operator {
	case In, NotIn, Includes, Excludes:
		p.expect("(")
		for ok := true; ok && p.err == nil; ok = p.accept(",") {
			c.Values = append(c.Values, p.literal())
		}
		p.expect(")")
	default:
		c.Values = []Literal{p.literal()}
	}
	return c
}

func orEOF(t token) string {
	if t.kind == end {
		return "<EOF>"
	}
	return t.text
}

func (p *parser) literal() Literal {
	t := p.peek()
	l := Literal{Text: t.text, At: t.at}
	switch {
	case t.is("null"):
		l.Kind = Null
	case t.is("true"), t.is("false"):
		l.Kind, l.Text = Boolean, strings.ToLower(t.text)
	case t.kind == text:
		l.Kind = String
		var wrong int
		if l.Text, l.Pattern, wrong = unquote(t.text); wrong >= 0 {
			p.fail(malformed(p.query, t.at+wrong+1, "Illegal escape sequence in string literal"))
		}
	case t.kind == numeric && kindOfNumeric(t.text) >= 0:
		l.Kind = kindOfNumeric(t.text)
	case t.kind == word && isRange(t.text):
		l.Kind, l.Text = DateRange, strings.ToUpper(t.text)
	default:
		p.unexpected()
		return l
	}
	p.next()
	return l
}

func isRange(text string) bool {
	_, _, ok := Range(text, time.Time{})
	return ok
}

// kindOfNumeric tells numbers, dates and date-times apart, -1 is none of them.
func kindOfNumeric(s string) Kind {
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return Number
	}
	if _, err := time.Parse("2006-01-02", s); err == nil {
		return Date
	}
	if _, ok := ParseDatetime(s); ok {
		return Datetime
	}
	return -1
}

// ParseDatetime reads a date-time with Z, +00:00 or +0000, with or without
// fractions of a second.
func ParseDatetime(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// tail reads what follows the condition.
func (p *parser) tail(q *Query) {
	if p.accept("GROUP") {
		p.expect("BY")
		q.GroupBy = true
		for p.peek().kind != end && !p.peek().is("ORDER") && !p.peek().is("LIMIT") {
			p.next()
		}
	}
	if p.accept("ORDER") {
		p.expect("BY")
		for ok := true; ok && p.err == nil; ok = p.accept(",") {
			q.OrderBy = append(q.OrderBy, p.order())
		}
	}
	if p.accept("LIMIT") {
		q.Limit = p.count()
	}
	if p.accept("OFFSET") {
		q.Offset = true
		p.count()
	}
}

func (p *parser) order() Order {
	o := Order{Name: p.name()}
	if !p.accept("ASC") {
		o.Descending = p.accept("DESC")
	}
	if p.accept("NULLS") {
		if o.NullsLast = p.accept("LAST"); !o.NullsLast {
			p.expect("FIRST")
		}
	}
	return o
}

func (p *parser) count() int {
	n, err := strconv.Atoi(p.peek().text)
	if err != nil || n < 0 {
		p.unexpected()
		return -1
	}
	p.next()
	return n
}
