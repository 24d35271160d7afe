package pipelines

import (
	"context"
	"fmt"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/transform"
)

// Explain tells why a customer holds what it holds, from the snapshot of a run
// (empty: the newest one, stopped by a guard or not) and from what is remembered.
// It contacts nobody, needs no secret and takes no lock: a run may be at work. An
// unknown customer or run is a ConfigurationError that says what to do.
func Explain(ctx context.Context, p *Pipeline, customerID, runID string) (*Explanation, error) {
	h, err := newPast(ctx, p)
	if err != nil {
		return nil, err
	}
	var snapshot *parquet.Reader
	if runID == "" {
		snapshot, err = h.newest()
	} else {
		snapshot, err = h.of(runID)
	}
	if err != nil {
		return nil, err
	}
	x := &explaining{past: h, snapshot: snapshot, customerID: customerID}
	if err := x.lookUp(); err != nil {
		return nil, err
	}
	if err := x.remember(ctx); err != nil {
		return nil, err
	}
	return x.explanation()
}

// explaining is an explanation on its way: what the tables have of the customer.
type explaining struct {
	*past
	snapshot   *parquet.Reader
	customerID string

	customer, match, wanted parquet.Row // wanted is nil for a customer without an account
	account                 parquet.Row // the account that the identifier means
	unfit                   map[string]*string
	changes, kept           map[string]parquet.Row // by axis
	recordsKept             bool                   // the snapshot has a table of the cells that are left
	state                   memory
	memories                map[string]transform.Memory
}

// lookUp reads what the snapshot has of the customer.
func (x *explaining) lookUp() (err error) {
	if x.customer, err = one(x.snapshot.Find("customers", x.customerID)); err != nil {
		return err
	}
	if x.customer == nil {
		return x.stranger()
	}
	if x.match, err = matchOf(x.snapshot, "customer", x.customerID); err != nil {
		return err
	}
	if x.wanted, err = one(x.snapshot.Find("axes", x.customerID)); err != nil {
		return err
	}
	if x.account, x.unfit, err = accountOf(x.snapshot, x.match["account_id"]); err != nil {
		return err
	}
	if x.changes, err = byAxis(x.snapshot, "changes", x.customerID); err != nil {
		return err
	}
	if _, x.recordsKept = x.snapshot.Manifest().Tables["kept"]; x.recordsKept {
		x.kept, err = byAxis(x.snapshot, "kept", x.customerID)
	}
	return err
}

func byAxis(snapshot *parquet.Reader, table, customerID string) (map[string]parquet.Row, error) {
	rows, err := snapshot.Find(table, customerID)
	cells := map[string]parquet.Row{}
	for _, row := range rows {
		cells[textOr(row["axis"])] = row
	}
	return cells, err
}

// accountOf is an account, and those of its texts that do not fit their types; nil
// where the snapshot does not have it.
func accountOf(snapshot *parquet.Reader, id *string) (account parquet.Row, unfit map[string]*string, err error) {
	if id == nil {
		return nil, nil, nil
	}
	if account, err = one(snapshot.Find("accounts", *id)); err != nil || account == nil || snapshot.Rows("accounts_dirty") == 0 {
		return account, nil, err
	}
	rows, err := snapshot.Find("accounts_dirty", *id)
	unfit = map[string]*string{}
	for _, row := range rows {
		unfit[textOr(row["property"])] = row["value"]
	}
	return account, unfit, err
}

// remember reads what the state has of the source and the customer. A state that
// was lost or cannot be read is told: the snapshot explains without it.
func (x *explaining) remember(ctx context.Context) error {
	state, found, err := readMemory(ctx, x.Pipeline)
	switch {
	case err != nil:
		x.warn("what is remembered cannot be read: %v", err)
	case !found:
		x.warn("there is no state in %s: what was acknowledged and what is pending is not known", x.State)
	}
	x.state = state
	if err == nil && found {
		if x.memories, err = recallCustomer(ctx, x.Pipeline, x.customerID); err != nil {
			x.warn("what is remembered of the cells cannot be read: %v", err)
		}
	}
	return ctx.Err()
}

func (x *explaining) explanation() (*Explanation, error) {
	identity, err := x.identity()
	if err != nil {
		return nil, err
	}
	m := x.snapshot.Manifest()
	deliveries, err := x.deliveries(m.RunID)
	if err != nil {
		return nil, err
	}
	e := &Explanation{Axes: []AxisTold{}, Source: x.Source, Customer: x.customerID, Identity: identity, Snapshot: x.tell(x.snapshot, deliveries), Newest: x.found[len(x.found)-1].RunID == m.RunID}
	sent, err := x.sent()
	if err != nil {
		return nil, err
	}
	names := x.axisNames()
	fills := x.fills(names)
	if x.fingerprint() != m.Fingerprint {
		x.warn("%s, or the program, has changed since this run: which property fills which axis is told as it is now", x.File)
	}
	for _, name := range names {
		e.Axes = append(e.Axes, x.axisTold(name, fills[name], sent[name]))
	}
	e.Warnings = append([]string{}, x.warnings...)
	return e, nil
}

// sent is what became of the cells of the customer, by axis, in the deliveries of
// this snapshot and of those before it.
func (x *explaining) sent() (map[string][]Sending, error) {
	byAxis := map[string][]Sending{}
	for _, f := range x.all {
		if f.ObservedAt.After(x.snapshot.Manifest().ObservedAt) {
			break
		}
		deliveries, err := x.deliveries(f.RunID)
		if err != nil {
			return nil, err
		}
		all, err := x.sendings(f.RunID, deliveries, x.customerID)
		if err != nil {
			return nil, fmt.Errorf("what was delivered of %s: %w", f.RunID, err)
		}
		for _, s := range all {
			byAxis[s.Axis] = append(byAxis[s.Axis], s)
		}
	}
	return byAxis, nil
}

// nameOf is the name of an account, null where the snapshot has none.
func nameOf(account parquet.Row) *string { return account["Name"] }

// keyIsID reports whether customers name accounts by their Record ID.
func (p *Pipeline) keyIsID() bool { return p.Key == connector.AccountID }
