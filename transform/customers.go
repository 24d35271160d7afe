package transform

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/axisync/axisync/connector"
)

// ErrNoIdentifier: the identification axis stands on no customer.
var ErrNoIdentifier = errors.New("no customer carries the identification axis")

// Customers loads the customers. It fails with ErrNoIdentifier when none of
// them carries a value in the identification axis, and when two have the same
// id. It reads to the end and does not release reader.
func (e *Engine) Customers(ctx context.Context, reader connector.CustomerReader) error {
	var err error
	if e.list, err = newCustomerSource(e.dir, reader, len(e.axes)); err != nil {
		return err
	}
	identified := newIdentified(reader, e.list.records, e.rules)
	defer identified.free()
	if err := e.consume(ctx, identified, e.customerStatement()); err != nil {
		return err
	}
	if err := e.list.records.flush(); err != nil {
		return err
	}
	return e.checkCustomers(ctx)
}

// CustomerCount is the number of customers that Customers has loaded.
func (e *Engine) CustomerCount() int64 { return e.customers }

// customerStatement loads what matching and the acknowledgements ask for.
func (e *Engine) customerStatement() string {
	replaced := e.ifLiteral("shape::shape AS shape", "shape::shape AS shape, wrapping::wrapping AS wrapping")
	return fmt.Sprintf("CREATE TABLE customer AS SELECT * REPLACE (%s), %d::BIGINT AS observed, %t AS whole, NULL::BIGINT AS later FROM stream", replaced, e.list.observed, e.list.whole())
}

// customerSource is where the cells of customers were read: their records have
// the id, the identifier, and the value and type of every axis it has.
type customerSource struct {
	records  *records
	has      []bool // by axis
	observed int64  // microseconds
}

func newCustomerSource(dir string, reader connector.CustomerReader, axes int) (customerSource, error) {
	s := customerSource{has: make([]bool, axes), observed: reader.Observed().UnixMicro()}
	for i := range s.has {
		s.has[i] = reader.Schema().HasField(connector.ValueColumn(i))
	}
	var err error
	s.records, err = newRecords(dir, readInOrder)
	return s, err
}

// whole: it has every axis.
func (s customerSource) whole() bool { return !slices.Contains(s.has, false) }

// checkCustomers looks for ids that came twice, among their hashes first: numbers
// are cheaper to count than texts.
func (e *Engine) checkCustomers(ctx context.Context) error {
	var repeated bool
	if err := e.scalars(ctx, "SELECT count(DISTINCT hash(customer_id)) < count(*) FROM customer", &repeated); err != nil {
		return err
	}
	if !repeated {
		return e.checkIdentifiers(ctx)
	}
	twice, err := e.strings(ctx, "SELECT customer_id FROM customer GROUP BY 1 HAVING count(*) > 1 ORDER BY 1 LIMIT 3")
	if err != nil {
		return err
	}
	if len(twice) > 0 {
		return fmt.Errorf("the customers are not a whole list: %s came more than once", strings.Join(twice, ", "))
	}
	return e.checkIdentifiers(ctx) // two ids had the same hash
}

func (e *Engine) checkIdentifiers(ctx context.Context) error {
	var withIdentifier int64
	if err := e.scalars(ctx, "SELECT count(*), count(*) FILTER (WHERE shape <> 'empty') FROM customer", &e.customers, &withIdentifier); err != nil {
		return err
	}
	if withIdentifier == 0 {
		return ErrNoIdentifier
	}
	return e.grow(ctx)
}

// Unjudged gives the ids of the customers that hold a write of ours which no
// observation is new enough to judge: the customers were read before it was
// sent. They are to be read again, one by one, and given to Observe.
func (e *Engine) Unjudged(ctx context.Context) ([]string, error) {
	return e.strings(ctx, `SELECT DISTINCT c.customer_id FROM customer c
		JOIN ack a ON a.customer_id = c.customer_id
		WHERE a.s_at IS NOT NULL
		AND CASE WHEN c.whole OR a.axis NOT IN (`+axisList(e.unread())+`) THEN c.observed ELSE 0 END <= a.s_at
		AND a.axis IN (`+axisList(e.axes)+`) ORDER BY 1`)
}

// unread are the axes that the source of the customers does not have.
func (e *Engine) unread() []string {
	var axes []string
	for i, axis := range e.axes {
		if !e.list.has[i] {
			axes = append(axes, axis)
		}
	}
	return axes
}

// axisList is a list for IN; the empty text in it is the name of no axis.
func axisList(axes []string) string {
	names := []string{"''"}
	for _, name := range axes {
		names = append(names, literal(name))
	}
	return strings.Join(names, ", ")
}

// Observe replaces what is known of the customers in reader, which were read
// later than the rest. Customers that the list does not have are left out. It
// does not release reader.
func (e *Engine) Observe(ctx context.Context, reader connector.CustomerReader) error {
	var err error
	e.later.records.close()
	if e.later, err = newCustomerSource(e.dir, reader, len(e.axes)); err != nil {
		return err
	}
	identified := newIdentified(reader, e.later.records, e.rules)
	defer identified.free()
	if err := e.consume(ctx, identified, "CREATE TEMP TABLE later AS SELECT customer_id, place FROM stream"); err != nil {
		return err
	}
	if err := e.later.records.flush(); err != nil {
		return err
	}
	return e.exec(ctx,
		// What a customer is matched on stays what the whole list said.
		fmt.Sprintf("UPDATE customer SET later = l.place, observed = %d, whole = %t FROM later l WHERE l.customer_id = customer.customer_id", e.later.observed, e.later.whole()),
		"DROP TABLE later")
}
