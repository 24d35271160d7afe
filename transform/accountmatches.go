package transform

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/sinks"
)

// AccountMatches gives the accounts' rows of MatchesSchema for a part of the
// accounts: ids is a column of text, sorted bytewise, such as a part of the
// snapshot. The parts together are all accounts and come in the order of the hashes
// of their ids (sinks.Hash), as those of a snapshot do. It adds what it sees to tally. A
// batch is valid until to returns.
func (e *Engine) AccountMatches(ctx context.Context, ids arrow.Array, tally map[Verdict]int64, to func(arrow.RecordBatch) error) error {
	column, ok := ids.(*array.String)
	if !ok {
		return fmt.Errorf("ids are %s, not texts", ids.DataType())
	}
	named, err := e.namedWithin(ctx, column)
	if err != nil {
		return err
	}
	o := newMatchOutput(e.rules.Key, to)
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
		if err := o.accountRow(id, verdict); err != nil {
			return err
		}
	}
	return o.flush()
}

// namedAccount is an account that a customer names.
type namedAccount struct {
	id      string
	hash    uint64
	verdict Verdict
}

// namedAccounts reads the table account_verdict, which is sorted by hash, some
// rows at a time.
type namedAccounts struct {
	read int64  // rows
	last uint64 // the greatest hash of these
	some []namedAccount
}

// namedWithin are the accounts that a customer names, of those not given yet whose
// hash is not above the greatest of ids, sorted by id. A part of the snapshot is a
// range of hashes, so these are accounts of the part, and the next part has
// greater hashes.
func (e *Engine) namedWithin(ctx context.Context, ids *array.String) ([]namedAccount, error) {
	greatest := uint64(0)
	for i := range ids.Len() {
		greatest = max(greatest, sinks.Hash(ids.Value(i)))
	}
	var within []namedAccount
	for {
		last, _ := slices.BinarySearchFunc(e.named.some, greatest, func(a namedAccount, hash uint64) int {
			if a.hash <= hash {
				return -1
			}
			return 1
		})
		within = append(within, e.named.some[:last]...)
		e.named.some = e.named.some[last:]
		if len(e.named.some) > 0 {
			break
		}
		more, err := e.readNamed(ctx)
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
	}
	slices.SortFunc(within, func(a, b namedAccount) int { return strings.Compare(a.id, b.id) })
	return within, nil
}

// readNamed reads on; false: there are no more.
func (e *Engine) readNamed(ctx context.Context) (bool, error) {
	n := &e.named
	query := fmt.Sprintf("SELECT id, hash, verdict FROM account_verdict WHERE rowid BETWEEN %d AND %d", n.read, n.read+windowRows-1)
	err := e.emit(ctx, query, func(batch arrow.RecordBatch) error {
		id, hash, verdict := batch.Column(0).(*array.String), batch.Column(1).(*array.Uint64), batch.Column(2).(*array.String)
		for i := range id.Len() {
			if hash.Value(i) < n.last {
				return errors.New("duckdb gave the accounts out of order")
			}
			n.last = hash.Value(i)
			named := namedAccount{strings.Clone(id.Value(i)), n.last, Matched}
			switch verdict.Value(i) {
			case string(Ambiguous):
				named.verdict = Ambiguous
			case string(Unmatched):
				named.verdict = Unmatched
			}
			n.some = append(n.some, named)
		}
		n.read += batch.NumRows()
		return nil
	})
	return len(n.some) > 0, err
}
