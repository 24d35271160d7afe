package pipelines

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/transform"
)

// decide holds every cell against the table and stages what came of it.
func (r *run) decide(ctx context.Context) error {
	r.result.setMatching(r.matching)
	m := r.matching
	err := errors.Join(
		r.table(&r.changes, "changes", sinks.ChangeSchema(), m.Matched*int64(len(r.rules.Axes)), sinks.ColumnCustomerID, sinks.ColumnAxis),
		r.table(&r.kept, "kept", transform.KeptSchema(), 0, sinks.ColumnCustomerID, sinks.ColumnAxis),
		r.table(&r.people, "customers", r.engine.CustomersSchema(), m.Customers, connector.CustomerID),
		r.table(&r.axes, "axes", r.engine.AxesSchema(), m.Matched, connector.CustomerID),
		r.table(&r.matches, "matches", transform.MatchesSchema(), m.Customers+m.Accounts, "id", "side"))
	if err != nil {
		return err
	}
	if r.fix, err = r.beginFix(); err != nil {
		return err
	}
	matches := func(batch arrow.RecordBatch) error { return errors.Join(r.matches.Append(batch), r.fix.add(batch)) }
	to := transform.Tables{Changes: r.changes.Append, Kept: r.kept.Append, Customers: r.people.Append, Axes: r.axes.Append, Matches: matches}
	if r.decisions, err = r.engine.Decide(ctx, to); err != nil {
		return err
	}
	if err := r.fix.close(); err != nil {
		return err
	}
	r.result.setDecisions(r.rules.Axes, r.decisions, r.carried)
	if n := r.result.Cells.Refused; n > 0 {
		r.note("%d cells that were refused before are not sent again: axisync rejects %s", n, r.File)
	}
	r.guard()
	return r.engine.Shed(ctx)
}

// table begins a table of the snapshot.
func (r *run) table(t **parquet.Table, name string, schema *arrow.Schema, rows int64, key ...string) (err error) {
	*t, err = r.snapshot.Table(name, schema, parquet.TableOptions{Key: key, Rows: rows, IDs: otherIDs[name]})
	return err
}

// otherIDs are the columns of a table by which people look rows up, beside the id that
// places them.
var otherIDs = map[string][]string{"matches": {"account_id"}}

// commit writes the other tables and the manifest. Until the manifest is there,
// there is no snapshot.
func (r *run) commit(ctx context.Context) error {
	var customers distinct
	if err := r.changes.Write(ctx, customers.add); err != nil {
		return err
	}
	for _, t := range []*parquet.Table{r.kept, r.people, r.axes} {
		if err := t.Write(ctx, nil); err != nil {
			return err
		}
	}
	if err := r.stageMatches(ctx); err != nil {
		return err
	}
	if err := r.snapshot.Commit(ctx, r.manifest()); err != nil {
		return err
	}
	r.result.Snapshot = snapshotDir(r.Pipeline, r.id)
	r.tellFix()
	if r.Deliver {
		r.noteWriting(customers.n)
	}
	r.Log.Info("committed the snapshot", "path", r.result.Snapshot)
	return nil
}

// stageMatches writes the accounts part by part and learns on the way which of
// them a customer names: one row for every customer and for every account.
func (r *run) stageMatches(ctx context.Context) error {
	tally := map[transform.Verdict]int64{}
	if err := r.accounts.Write(ctx, func(part parquet.Part) error {
		return r.engine.AccountMatches(ctx, part.Keys, tally, r.matches.Append)
	}); err != nil {
		return err
	}
	matched, unmatched, ambiguous := tally[transform.Matched], tally[transform.Unmatched], tally[transform.Ambiguous]
	r.result.Ledger["accounts_matched"], r.result.Ledger["accounts_unmatched"], r.result.Ledger["accounts_ambiguous"] = matched, unmatched, ambiguous
	if sum := matched + unmatched + ambiguous; sum != r.matching.Accounts {
		return fmt.Errorf("the ledger does not add up: %d accounts were read and %d have a verdict", r.matching.Accounts, sum)
	}
	return r.matches.Write(ctx, nil)
}

func (r *run) manifest() parquet.Manifest {
	return parquet.Manifest{
		RunID: r.id, Kind: r.result.Kind, Source: r.Source, Slug: r.Slug, LogicalDate: r.LogicalDate,
		ObservedAt: r.observed(), Fingerprint: r.fingerprint(),
		ProgramVersion: r.Version, APIVersion: r.org.APIVersion(),
		Counts: map[string]int64{"accounts": r.matching.Accounts, "customers": r.matching.Customers, "identified": r.matching.Identified, "matched": r.matching.Matched},
		Ledger: r.result.Ledger, Guards: guardNames(r.result.Guards), Foreign: r.foreignAxes(),
	}
}

func guardNames(guards []GuardResult) []string {
	names := make([]string, 0, len(guards))
	for _, guard := range guards {
		names = append(names, guard.Name)
	}
	return names
}

// foreignAxes are the axes in which the change set replaces values that we did
// not write: to apply it is to approve them.
func (r *run) foreignAxes() []string {
	var names []string
	for i, axis := range r.rules.Axes {
		if axis.Merge == transform.Overwrite && r.decisions[i].Foreign > 0 {
			names = append(names, axis.Name)
		}
	}
	return names
}
