package pipelines

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/file"
	"github.com/axisync/axisync/storage"
	"github.com/axisync/axisync/transform"
)

// resultVersion is the version of what is told as JSON: it rises when a key goes or
// means another thing. Keys that come do not change it.
const resultVersion = 1

// Result is what a run tells: counts and paths, never values or ids of customers. It is
// result.json in the state and, on request, the last line of standard output. Its keys
// are told in docs/result.md.
type Result struct {
	Version     int    `json:"version"`
	Outcome     string `json:"result"` // delivered, offered, unchanged, planned, stopped, snapshot, failed
	Source      string `json:"source"`
	File        string `json:"file"` // the pipeline file, as it was named
	Run         string `json:"run"`
	Kind        string `json:"kind"`                 // plan, run, apply, rollback
	RollsBack   string `json:"rolls_back,omitempty"` // the run that a rollback puts back
	Applies     string `json:"applies,omitempty"`    // the run whose plan an apply delivers
	LogicalDate string `json:"logical_date,omitempty"`
	// LimitCustomers says that it was a canary, of so many customers at most.
	LimitCustomers int64  `json:"limit_customers,omitempty"`
	Exit           int    `json:"exit"`
	Error          string `json:"error,omitempty"`

	Accounts   int64            `json:"accounts"`
	Customers  int64            `json:"customers"`
	Identified int64            `json:"identified"`
	Matched    int64            `json:"matched"`
	Candidates int64            `json:"candidates"` // customers without an account of which the matches name a near one
	Verdicts   map[string]int64 `json:"verdicts"`
	// CustomersFrom says where the customers were read; nil before that, and for apply.
	CustomersFrom *CustomersFrom `json:"customers_from,omitempty"`
	// Key says how unique and complete the match key is on both sides.
	Key transform.KeyQuality `json:"match_key"`

	// Reading says how the accounts were read; nil before that, and for apply.
	Reading *Reading `json:"reading,omitempty"`

	Axes  []AxisResult `json:"axes"`
	Cells Cells        `json:"cells"`
	// Writing is what it takes to deliver what has changed; nil before that is known, and
	// for apply.
	Writing *Writing `json:"writing,omitempty"`
	// Delivery is what the delivery took and what was refused; nil where there was none.
	Delivery *sinks.Report     `json:"delivery,omitempty"`
	Guards   []GuardResult     `json:"guards"`  // those that stop the run
	Lifted   []transform.Guard `json:"lifted"`  // those that tripped and that --allow has lifted
	Retired  []string          `json:"retired"` // axes that were filled once and are not any more
	Notes    []string          `json:"notes"`
	Ledger   map[string]int64  `json:"ledger"`

	SalesforceCalls int64 `json:"salesforce_calls"`
	BytesReceived   int64 `json:"bytes_received"`
	// Salesforce is what the run has cost there.
	Salesforce SalesforceResult `json:"salesforce"`
	Started    time.Time        `json:"started"`
	Seconds    float64          `json:"seconds"`
	Snapshot   string           `json:"snapshot,omitempty"` // its folder
	// Fix is the list of corrected identifiers in the snapshot; nil before there is a
	// snapshot, and where the match key is not the Record ID.
	Fix *Fix `json:"fix,omitempty"`
	// Removed are the runs whose snapshots were removed, as the file says (keep).
	Removed []string `json:"removed_snapshots,omitempty"`
	// Files are the import files that were written for a person to upload.
	Files []file.Written `json:"files,omitempty"`
}

// SalesforceResult is what a run has cost in Salesforce.
type SalesforceResult struct {
	Calls     int64 `json:"calls"`
	QueryJobs int64 `json:"query_jobs"` // made
	// QueryJobsResumed were made by an earlier run, which ended before its snapshot was
	// committed.
	QueryJobsResumed int64        `json:"query_jobs_resumed"`
	BytesReceived    int64        `json:"bytes_received"`
	Quota            *QuotaResult `json:"quota,omitempty"` // nil where it is not known
}

// QuotaResult is the API requests of the whole org in 24 hours. What others spend
// meanwhile is in it.
type QuotaResult struct {
	UsedBefore int64 `json:"used_before"`
	UsedAfter  int64 `json:"used_after"`
	Max        int64 `json:"max"`
	// Share is the part of Max that is used after the run.
	Share float64 `json:"share"`
}

// tellCost puts into the result what the run has cost.
func (r *run) tellCost() {
	if r.org == nil {
		return
	}
	told := &r.result.Salesforce
	told.Calls, told.QueryJobs, told.BytesReceived = r.org.Calls(), r.org.Jobs(), r.result.BytesReceived
	r.result.SalesforceCalls = told.Calls
	if quota := told.Quota; quota != nil {
		quota.UsedAfter = quota.UsedBefore
		if used, most := r.org.Usage(); most > 0 {
			quota.UsedAfter, quota.Max = used, most
		}
		quota.Share = float64(quota.UsedAfter) / float64(quota.Max)
	}
	if r.cost != nil {
		r.cost.Calls = told.Calls
		r.state.Cost = r.cost
	}
}

// GuardResult is a guard in a Result.
type GuardResult struct {
	transform.Guard
	Lift string `json:"lift,omitempty"` // the command that lifts it, for one run
}

// AxisResult is one axis in a Result.
type AxisResult struct {
	Axis    string           `json:"axis"`
	State   string           `json:"state"`  // usable, unknown, lost
	Merge   string           `json:"merge"`  // overwrite, fill_empty, refuse
	Exists  bool             `json:"exists"` // a customer carries it already
	New     int64            `json:"new"`
	Changed int64            `json:"changed"`
	Cleared int64            `json:"cleared"`
	Foreign int64            `json:"foreign"`
	Stale   int64            `json:"stale"`  // cells of ours whose customer has no account any more
	Edited  int64            `json:"edited"` // cells of ours that others have changed
	Cases   map[string]int64 `json:"cases"`  // cells by the row of the table that decided them
}

// Cells is the ledger of the cells: considered is the sum of all the others.
type Cells struct {
	Considered   int64 `json:"considered"`
	Unchanged    int64 `json:"unchanged"`
	Kept         int64 `json:"kept"`
	Pending      int64 `json:"pending"`
	Refused      int64 `json:"refused_before"`
	Sent         int64 `json:"sent"`
	Acknowledged int64 `json:"acknowledged"` // held the value already when it was to be sent
	Conflicts    int64 `json:"conflicts"`
	Rejected     int64 `json:"rejected"`
	NotAttempted int64 `json:"not_attempted"`
}

// whole reports whether the ledger adds up.
func (c Cells) whole() bool {
	return c.Considered == c.Unchanged+c.Kept+c.Pending+c.Refused+c.Sent+c.Acknowledged+c.Conflicts+c.Rejected+c.NotAttempted
}

func (r *Result) setDecisions(axes []transform.Axis, decisions []transform.AxisDecision, carried []string) {
	for i, d := range decisions {
		cases := map[string]int64{}
		for name, n := range d.Cases {
			cases[string(name)] = n
		}
		r.Axes = append(r.Axes, AxisResult{Axis: d.Axis, State: string(axes[i].State), Merge: string(axes[i].Merge), Exists: slices.Contains(carried, d.Axis), New: d.New, Changed: d.Changed, Cleared: d.Cleared, Foreign: d.Foreign, Stale: d.Stale, Edited: d.Edited, Cases: cases})
		r.Cells.Considered += d.Cells()
		r.Cells.Unchanged += d.Unchanged
		r.Cells.Kept += d.Kept
		r.Cells.Pending += d.Pending
		r.Cells.Refused += d.Refused
		r.Cells.Rejected += d.Rejected
		r.Cells.NotAttempted += d.Write
	}
}

func (r *Result) setMatching(m transform.Matching) {
	r.Accounts, r.Customers, r.Identified, r.Matched = m.Accounts, m.Customers, m.Identified, m.Matched
	r.Candidates, r.Key = m.Candidates, m.Key
	r.Verdicts = map[string]int64{}
	for verdict, n := range m.Verdicts {
		r.Verdicts[string(verdict)] = n
	}
}

// Failure is the JSON of a command that failed without a result of its own.
type Failure struct {
	Version int    `json:"version"`
	Outcome string `json:"result"` // failed
	Source  string `json:"source,omitempty"`
	File    string `json:"file,omitempty"`
	Exit    int    `json:"exit"`
	Error   string `json:"error"`
}

// Failed is the Failure that an error with its exit code is.
func Failed(err error, exit int) Failure {
	return Failure{Version: resultVersion, Outcome: "failed", Exit: exit, Error: discreetOf(fincome.Config{}, strings.TrimRight(err.Error(), "\n"))}
}

// Table is where a table of the snapshot lies.
func (r *Result) Table(name string) string { return storage.Join(r.Snapshot, name) }

// JSON is the result in one line.
func (r *Result) JSON() ([]byte, error) { return json.Marshal(r) }

// Changes is the number of cells that were to be written.
func (c Cells) Changes() int64 {
	return c.Sent + c.Acknowledged + c.Conflicts + c.Rejected + c.NotAttempted
}

// Cells is the number of cells of the axis.
func (a AxisResult) Cells() int64 {
	var sum int64
	for _, n := range a.Cases {
		sum += n
	}
	return sum
}
