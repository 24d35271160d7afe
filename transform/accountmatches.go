package transform

import (
	"context"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/sinks"
)

// AccountMatches gives the accounts' rows of MatchesSchema for a part of the
// accounts: ids is a column of text, sorted bytewise, such as a part of the
// snapshot. The parts together are all accounts. It adds what it sees to tally. A
// batch is valid until to returns.
func (e *Engine) AccountMatches(ctx context.Context, ids arrow.Array, tally map[Verdict]int64, to func(arrow.RecordBatch) error) error {
	column, ok := ids.(*array.String)
	if !ok {
		return fmt.Errorf("ids are %s, not texts", ids.DataType())
	}
	named, err := e.namedAccounts(ctx, column)
	if err != nil {
		return err
	}
	o := newMatchOutput(to)
	for i := range column.Len() {
		id := column.Value(i)
		for len(named) > 0 && named[0].id < id {
			named = named[1:]
		}
		verdict := Unmatched
		if len(named) > 0 && named[0].id == id {
			verdict = named[0].verdict
		}
		tally[verdict]++
		if err := o.add(accountSide, id, verdict, value{}, value{}, value{}); err != nil {
			return err
		}
	}
	return o.flush()
}

type namedAccount struct {
	id      string
	verdict Verdict
}

// namedAccounts are the accounts that a customer names, of those whose hash lies
// between the least and the greatest of ids, sorted by id. A part of the snapshot
// is a range of hashes, so these are about the accounts of the part.
func (e *Engine) namedAccounts(ctx context.Context, ids *array.String) ([]namedAccount, error) {
	least, greatest := ^uint64(0), uint64(0)
	for i := range ids.Len() {
		hash := sinks.Hash(ids.Value(i))
		least, greatest = min(least, hash), max(greatest, hash)
	}
	var named []namedAccount
	query := fmt.Sprintf("SELECT id, verdict FROM account_verdict WHERE hash BETWEEN %d AND %d ORDER BY id", least, greatest)
	err := e.emit(ctx, query, func(batch arrow.RecordBatch) error {
		id, verdict := batch.Column(0).(*array.String), batch.Column(1).(*array.String)
		for i := range id.Len() {
			named = append(named, namedAccount{strings.Clone(id.Value(i)), Verdict(strings.Clone(verdict.Value(i)))})
		}
		return nil
	})
	return named, err
}
