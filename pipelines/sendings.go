package pipelines

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/parquet"
)

// Sending is what became of one cell in one delivery.
type Sending struct {
	At       time.Time `json:"at"`
	Run      string    `json:"run"`      // that delivered
	Snapshot string    `json:"snapshot"` // the run whose snapshot it was
	Axis     string    `json:"axis"`
	// Outcome is accepted (sent, a later read confirms it), offered (it stands in an
	// import file; a later read tells whether somebody uploaded it), acknowledged (it
	// held the value already), taken (by a program, which said so), unanswered (sent, and nothing heard: the process or the
	// line died), conflict (it held neither, nothing was sent) or rejected.
	Outcome string  `json:"outcome"`
	Before  *string `json:"before"`
	After   *string `json:"after"`
	Now     *string `json:"now"` // what stood there, of a conflict
	Code    string  `json:"code,omitempty"`
	Reason  string  `json:"reason,omitempty"`
}

// offered is the outcome of a cell that stands in an import file: for the journal it is
// accepted.
const offered = "offered"

// taken is the outcome of a cell that a program has taken: for the journal it is
// acknowledged.
const taken = "taken"

// sendings are what became of the cells of a customer in some deliveries of a
// snapshot, in time.
func (p *Pipeline) sendings(runID string, deliveries []*parquet.Reader, customerID string) ([]Sending, error) {
	var sent []Sending
	for _, delivery := range deliveries {
		for _, table := range []string{"acknowledgements", "rejects", "conflicts"} {
			if delivery.Rows(table) == 0 {
				continue
			}
			rows, err := delivery.Find(table, customerID)
			if err != nil {
				return nil, err
			}
			for _, row := range rows {
				at, err := time.Parse(time.RFC3339Nano, textOr(row["at"]))
				if err != nil {
					return nil, fmt.Errorf("what the run %s delivered has a cell without a time: %w", delivery.Manifest().RunID, err)
				}
				outcome := textOr(row["outcome"])
				if outcome == string(sinks.Accepted) && p.offers(delivery.Manifest()) {
					outcome = offered
				}
				if outcome == string(sinks.Acknowledged) && delivery.Manifest().Target != "" && delivery.Manifest().Target != targetFincome {
					outcome = taken
				}
				sent = append(sent, Sending{At: at, Run: delivery.Manifest().RunID, Snapshot: runID, Axis: textOr(row["axis"]), Outcome: outcome,
					Before: row["before"], After: row["after"], Now: row["now"], Code: textOr(row["code"]), Reason: textOr(row["reason"])})
			}
		}
	}
	slices.SortStableFunc(sent, func(a, b Sending) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Axis, b.Axis)) })
	return sent, nil
}
