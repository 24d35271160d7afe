package pipelines

import (
	"time"

	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/transform"
)

// Explanation says why a customer holds what it holds: of one snapshot, and of
// what is remembered since. A null text is an empty cell.
type Explanation struct {
	Source   string       `json:"source"`
	Customer string       `json:"customer"`
	Snapshot SnapshotTold `json:"snapshot"`
	Newest   bool         `json:"newest"` // no other snapshot is newer
	Identity Identity     `json:"identification"`
	Axes     []AxisTold   `json:"axes"`
	Warnings []string     `json:"warnings"`
}

// Identity says which account a customer is, and why.
type Identity struct {
	Axis  string  `json:"axis"`
	Value *string `json:"value"`
	// Steps say what became of the value, one after the other.
	Steps   []string          `json:"steps"`
	Verdict transform.Verdict `json:"verdict"`
	Reason  string            `json:"reason"`
	// Account is the account that the value means; Matched: the customer has its
	// values.
	Account     *string `json:"account"`
	AccountName *string `json:"account_name"`
	Matched     bool    `json:"matched"`
	// Candidate is the nearest account of a customer without one.
	Candidate       *string            `json:"candidate,omitempty"`
	CandidateName   *string            `json:"candidate_name,omitempty"`
	CandidateReason transform.Nearness `json:"candidate_reason,omitempty"`
	Todo            string             `json:"todo,omitempty"`
}

// AxisTold says what became of one axis of a customer.
type AxisTold struct {
	Axis       string         `json:"axis"`
	Properties []PropertyTold `json:"properties"` // the first that is not empty counts
	// Merge, OnEdit and Nulls are the settings of the axis in the file.
	Merge  transform.Merge  `json:"merge,omitempty"`
	OnEdit transform.OnEdit `json:"on_edit,omitempty"`
	Nulls  transform.Nulls  `json:"nulls,omitempty"`
	// Desired is D, Held is H, Acknowledged is A of design.md 4.5.
	Desired        *string    `json:"desired"`
	DesiredType    string     `json:"desired_type,omitempty"` // it is sent as; empty: as a text
	Held           *string    `json:"held"`
	HeldType       string     `json:"held_type,omitempty"` // empty: a text
	Unread         bool       `json:"unread,omitempty"`    // nobody has seen what it holds
	Acknowledged   *string    `json:"acknowledged"`
	AcknowledgedAt *time.Time `json:"acknowledged_at,omitempty"`
	// Row, Case and Rule are the row of the table that decided: its number, its name,
	// and its words. They are empty where a snapshot of an older version does not
	// tell.
	Row  int            `json:"row,omitempty"`
	Case transform.Case `json:"case,omitempty"`
	Rule string         `json:"rule"`
	// Action is what was decided: write, keep, pending, refused, rejected, unchanged or
	// not_recorded. Whether a write was sent is told by Sent.
	Action string  `json:"action"`
	Since  *string `json:"since,omitempty"` // since when it is stale or edited
	// Sent is what became of it in the deliveries up to this snapshot's, in time.
	Sent []Sending `json:"sent"`
	// Remembered is what is remembered of it now, null where there is nothing.
	Remembered *MemoryTold `json:"remembered"`
}

// PropertyTold is a property that fills an axis.
type PropertyTold struct {
	Property string  `json:"property"`
	Value    *string `json:"value"`
	// Visible: the snapshot has the property.
	Visible bool `json:"visible"`
}

// MemoryTold is what is remembered of a cell now.
type MemoryTold struct {
	Acknowledged   *string    `json:"acknowledged"`
	AcknowledgedAt *time.Time `json:"acknowledged_at,omitempty"`
	// Kept is the form in which the target keeps the acknowledged value, where it differs.
	Kept *string `json:"kept_as,omitempty"`
	// Sent is S: sent, or Offered in an import file, and not confirmed by a read yet.
	Sent     *string    `json:"sent,omitempty"`
	SentAt   *time.Time `json:"sent_at,omitempty"`
	Answered bool       `json:"answered,omitempty"`
	Offered  bool       `json:"offered,omitempty"`
	Tries    int64      `json:"tries,omitempty"` // how often it was accepted
	// Refused is what the target refused, with its code and words.
	Refused   *string    `json:"refused,omitempty"`
	RefusedAt *time.Time `json:"refused_at,omitempty"`
	Code      string     `json:"code,omitempty"`
	Reason    string     `json:"reason,omitempty"`
	// Left is stale or edited, since LeftAt.
	Left   string     `json:"left,omitempty"`
	LeftAt *time.Time `json:"left_at,omitempty"`
}

func told(m transform.Memory) *MemoryTold {
	return &MemoryTold{
		Acknowledged: textIn(m.Acknowledged), AcknowledgedAt: timeOr(m.AcknowledgedAt), Kept: textIn(m.Form),
		Sent: textIn(m.Sent), SentAt: timeOr(m.SentAt), Answered: m.Answered, Tries: m.Tries,
		Refused: textIn(m.Refused), RefusedAt: timeOr(m.RefusedAt), Code: m.Code, Reason: m.Reason, Left: m.Left, LeftAt: timeOr(m.LeftAt),
	}
}

func textIn(v sinks.Value) *string {
	if !v.Set {
		return nil
	}
	return &v.Text
}

func timeOr(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
