package pipelines

import (
	"context"
	"errors"
	"fmt"

	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/words"
)

// uncounted stands for a count that Salesforce did not come to.
const uncounted = -1

// A count beside the job may differ from it by this share, and by a few rows,
// because a live org moves.
const (
	band      = 0.01
	bandSlack = 5
)

// count is SELECT COUNT() of the accounts. In a large org it may take longer than
// Salesforce allows a query, which a job does not mind: then it is uncounted.
func (r *run) count(ctx context.Context) (int64, error) {
	n, err := r.org.Count(ctx, r.Object, r.Where)
	if salesforce.TookTooLong(err) {
		r.note("salesforce does not count the accounts in the time that a query may take, so the rows of the job are not held against a count: %v", err)
		return uncounted, nil
	}
	return n, err
}

// checkCount is compareCount of the accounts of a run. A job that is out of the band
// is not gone on with.
func (r *run) checkCount(ctx context.Context, before, rows int64) error {
	err := r.compareCount(ctx, before, rows)
	if err != nil && errors.As(err, new(outOfBand)) {
		err = errors.Join(err, r.deleteJobs(ctx))
	}
	return err
}

// outOfBand: the job gave other rows than there are.
type outOfBand struct{ counted, rows int64 }

func (e outOfBand) Error() string {
	return fmt.Sprintf("salesforce counts %s accounts and the job gave %s: rows are missing or too many, nothing was sent; run again", words.Count(e.counted), words.Count(e.rows))
}

// compareCount holds the rows of the job against SELECT COUNT() before and after
// it: a job that leaves out rows answers without an error.
func (r *run) compareCount(ctx context.Context, before, rows int64) error {
	after, err := r.count(ctx)
	if err != nil {
		return err
	}
	if before == uncounted {
		before = after
	}
	if after == uncounted {
		after = before
	}
	if after == uncounted {
		return nil
	}
	r.result.Ledger["accounts_counted_before"], r.result.Ledger["accounts_counted_after"] = before, after
	if within(rows, before, after) {
		return nil
	}
	return outOfBand{after, rows}
}

// within reports whether rows lies between the two counts, give or take the band.
func within(rows, before, after int64) bool {
	least, most := float64(min(before, after)), float64(max(before, after))
	return float64(rows) >= least*(1-band)-bandSlack && float64(rows) <= most*(1+band)+bandSlack
}
