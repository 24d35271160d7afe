// Package soql parses the Salesforce Object Query Language as far as a reader of
// one object needs it: a SELECT list, FROM, WHERE, ORDER BY, LIMIT. What else the
// language has (GROUP BY, OFFSET, TYPEOF, subqueries, functions) is recognised,
// so that whoever runs the query can refuse it in Salesforce's words.
package soql

// Query is a parsed query. All names are as written.
type Query struct {
	// Select lists what is selected. It is empty for COUNT().
	Select []Item
	// Count is true for SELECT COUNT().
	Count  bool
	Object Name
	// Where is nil when there is no condition.
	Where   Condition
	OrderBy []Order
	// Limit is the greatest number of rows, -1 when there is none.
	Limit int
	// GroupBy, Offset and TypeOf say that the query holds such a clause.
	GroupBy, Offset, TypeOf bool
}

// Name is a name in a query and the byte offset where it begins.
type Name struct {
	Text string
	At   int
}

// Item is an element of the SELECT list.
type Item struct {
	// Name is the field's path, or the argument of the function.
	Name
	// Function is set for COUNT(Id), FIELDS(ALL) and the like, in capitals.
	Function string
	// Subquery is true for a subquery, which has no name.
	Subquery bool
}

// Order is an element of ORDER BY.
type Order struct {
	Name
	Descending bool
	// NullsLast is false unless written: nulls come first.
	NullsLast bool
}

// Condition is And, Or, Not or Comparison.
type Condition interface{ condition() }

// And holds when all of its conditions hold, Or when one does.
type (
	And []Condition
	Or  []Condition
	// Not holds when its condition does not.
	Not struct{ Condition }
)

// Comparison compares a field with one value, or with several for IN, NOT IN,
// INCLUDES and EXCLUDES.
type Comparison struct {
	Field    Name
	Operator Operator
	Values   []Literal
}

func (And) condition()        {}
func (Or) condition()         {}
func (Not) condition()        {}
func (Comparison) condition() {}

// Operator is a comparison operator, in capitals. <> is read as !=.
type Operator string

// The operators.
const (
	Equal          Operator = "="
	NotEqual       Operator = "!="
	Less           Operator = "<"
	LessOrEqual    Operator = "<="
	Greater        Operator = ">"
	GreaterOrEqual Operator = ">="
	Like           Operator = "LIKE"
	In             Operator = "IN"
	NotIn          Operator = "NOT IN"
	Includes       Operator = "INCLUDES"
	Excludes       Operator = "EXCLUDES"
)

// Kind is the kind of a literal.
type Kind int

// The kinds.
const (
	Null Kind = iota
	Boolean
	Number
	String
	Date
	Datetime
	// DateRange is a literal such as TODAY or LAST_N_DAYS:30.
	DateRange
)

// Literal is a value in a condition.
type Literal struct {
	Kind Kind
	// Text is the value: decoded for a String, true or false for a Boolean,
	// otherwise as written.
	Text string
	// Pattern is a String as LIKE reads it: \%, \_ and \\ stand for themselves.
	Pattern string
	At      int
}
