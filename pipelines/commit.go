package pipelines

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/transform"
)

// decide holds every cell against the table and stages what is to be written.
func (r *run) decide(ctx context.Context) error {
	r.result.setMatching(r.matching)
	changes, err := r.snapshot.Table("changes", sinks.ChangeSchema(), parquet.TableOptions{
		Key: []string{sinks.ColumnCustomerID, sinks.ColumnAxis}, Rows: r.matching.Matched * int64(len(r.rules.Axes))})
	if err != nil {
		return err
	}
	if r.decisions, err = r.engine.Decide(ctx, changes.Append); err != nil {
		return err
	}
	r.result.setDecisions(r.rules.Axes, r.decisions)
	if guards := transform.Guards(r.Limits, r.history(), r.matching, r.rules.Axes, r.decisions); guards != nil {
		r.result.Guards = guards
	}
	return changes.Write(ctx, nil)
}

func (r *run) history() *transform.History {
	if r.state.Baseline == nil {
		return nil
	}
	return &r.state.Baseline.History
}

// commit writes the other tables and the manifest. Until the manifest is there,
// there is no snapshot.
func (r *run) commit(ctx context.Context) error {
	if err := r.stageTable(ctx, "customers", r.engine.CustomersSchema(), r.matching.Customers, r.engine.CustomersTable); err != nil {
		return err
	}
	if err := r.stageTable(ctx, "axes", r.engine.AxesSchema(), r.matching.Matched, r.engine.AxesTable); err != nil {
		return err
	}
	if err := r.stageMatches(ctx); err != nil {
		return err
	}
	if err := r.snapshot.Commit(ctx, r.manifest()); err != nil {
		return err
	}
	r.result.Snapshot = snapshotDir(r.Pipeline, r.id)
	r.Log.Info("committed the snapshot", "path", r.result.Snapshot)
	return nil
}

type emitter func(context.Context, func(arrow.RecordBatch) error) error

func (r *run) stageTable(ctx context.Context, name string, schema *arrow.Schema, rows int64, emit emitter) error {
	table, err := r.snapshot.Table(name, schema, parquet.TableOptions{Key: []string{connector.CustomerID}, Rows: rows})
	if err != nil {
		return err
	}
	if err := emit(ctx, table.Append); err != nil {
		return err
	}
	return table.Write(ctx, nil)
}

// stageMatches writes the accounts part by part and learns on the way which of
// them a customer names: one row for every customer and for every account.
func (r *run) stageMatches(ctx context.Context) error {
	matches, err := r.snapshot.Table("matches", transform.MatchesSchema(), parquet.TableOptions{Key: []string{"id", "side"}, Rows: r.matching.Customers + r.matching.Accounts})
	if err != nil {
		return err
	}
	if err := r.engine.CustomerMatches(ctx, matches.Append); err != nil {
		return err
	}
	if err := r.engine.Shed(ctx); err != nil {
		return err
	}
	tally := map[transform.Verdict]int64{}
	if err := r.accounts.Write(ctx, func(part parquet.Part) error {
		return r.engine.AccountMatches(ctx, part.Keys, tally, matches.Append)
	}); err != nil {
		return err
	}
	matched, unmatched, ambiguous := tally[transform.Matched], tally[transform.Unmatched], tally[transform.Ambiguous]
	r.result.Ledger["accounts_matched"], r.result.Ledger["accounts_unmatched"], r.result.Ledger["accounts_ambiguous"] = matched, unmatched, ambiguous
	if sum := matched + unmatched + ambiguous; sum != r.matching.Accounts {
		return fmt.Errorf("the ledger does not add up: %d accounts were read and %d have a verdict", r.matching.Accounts, sum)
	}
	return matches.Write(ctx, nil)
}

func (r *run) manifest() parquet.Manifest {
	return parquet.Manifest{
		RunID: r.id, Kind: r.result.Kind, Source: r.Source, Slug: r.Slug, LogicalDate: r.LogicalDate,
		ObservedAt: r.result.Started, Fingerprint: r.fingerprint(),
		ProgramVersion: r.Version, APIVersion: r.org.APIVersion(),
		Counts: map[string]int64{"accounts": r.matching.Accounts, "customers": r.matching.Customers, "identified": r.matching.Identified, "matched": r.matching.Matched},
		Ledger: r.result.Ledger, Guards: guardNames(r.result.Guards), Foreign: r.foreignAxes(),
	}
}

func guardNames(guards []transform.Guard) []string {
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
