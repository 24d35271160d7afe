package pipelines

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/sinks/parquet"
)

const (
	// fullEvery is how old a reading of all accounts may become: permissions, sharing
	// and formulas move no time that could be asked for (design.md 4.11).
	fullEvery = 7 * 24 * time.Hour
	// lag is how far a reading goes back behind the one before: what a transaction has
	// changed is stamped when it changes it, and seen by others when it ends.
	lag = 10 * time.Minute
)

// position is up to when a source has read the accounts, and where they are. Times
// are those of the server.
type position struct {
	Run   string    `json:"run"`   // whose snapshot holds them
	Since time.Time `json:"since"` // what has changed from then on may not be in it
	Full  time.Time `json:"full"`  // when they were read whole
	Print string    `json:"print"` // of what was read: see readingPrint
	// Properties are the names of those that were read; nil in a state of an earlier
	// version.
	Properties []string `json:"properties,omitempty"`
}

// Reading says how a run has read the accounts.
type Reading struct {
	Mode string `json:"mode"` // full, or incremental: what has changed since, and the others from Base
	// FullBecause is why all accounts were read although the file says incremental.
	FullBecause string     `json:"full_because,omitempty"`
	Base        string     `json:"base,omitempty"` // the run whose snapshot has the accounts that have not changed
	Since       *time.Time `json:"since,omitempty"`
	// Whole are the properties of all accounts that were read all the same, because
	// nothing tells when they change; Id where a condition says which accounts count.
	Whole []string `json:"whole,omitempty"`
}

// reading is the Reading of a run that is under way.
type reading struct {
	revision *parquet.Revision // nil: all accounts are read
	rows     int64             // of its snapshot
	since    time.Time
	full     time.Time
	whole    []connector.Property // that are read of all accounts
	seen     time.Time            // everything before was committed when Salesforce was asked
	blind    bool                 // the server did not say when it was asked
	reached  *position            // once the snapshot is committed
}

// asked notes that a job was made, or a list covers what was deleted, at a time.
func (g *reading) asked(at time.Time) {
	g.blind = g.blind || at.IsZero()
	if g.seen.IsZero() || at.Before(g.seen) {
		g.seen = at
	}
}

// readingPrint stands for what was read: of another org, user, object, condition or
// description of a property, nothing that was read before can be used.
func (r *run) readingPrint() string {
	identity := r.org.Identity()
	content, err := json.Marshal([]any{identity.OrganizationID, identity.UserID, r.object.Name, r.Where, r.properties})
	if err != nil {
		panic(err) // plain texts, numbers and flags always encode
	}
	return digest(string(content))
}

// chooseReading decides whether all accounts are read, or what has changed.
func (r *run) chooseReading(ctx context.Context) error {
	r.reading.full = r.org.ServerTime()
	r.result.Reading = &Reading{Mode: "full"}
	if !r.Incremental {
		return nil
	}
	why, err := r.beginRevision(ctx)
	if err != nil {
		return err
	}
	if why != "" {
		return r.readAll(why)
	}
	return r.oneMoment(ctx)
}

// oneMoment sees to it that a reading of changes is made of jobs of one moment. Those
// that an earlier run left are gone on with together; where the last of them, of what
// has changed, was not asked for yet, they are made anew: an account that left the
// condition in between would be in the one and not in the other.
func (r *run) oneMoment(ctx context.Context) error {
	if _, err := os.Stat(r.workDir("jobs", "changed", "job.json")); err == nil {
		return nil
	}
	for _, purpose := range []string{"deleted", "remaining"} {
		if err := r.org.Discard(ctx, r.workDir("jobs", purpose)); err != nil {
			return err
		}
	}
	return nil
}

// readAll makes the reading one of all accounts, with the reason.
func (r *run) readAll(why string) error {
	r.reading.close()
	r.reading.revision, r.reading.since, r.reading.full = nil, time.Time{}, r.org.ServerTime()
	r.result.Reading = &Reading{Mode: "full", FullBecause: why}
	r.Log.Info("all accounts are read", "because", why)
	return nil
}

// whyFull says why all accounts have to be read; empty: what has changed may do.
func (r *run) whyFull() string {
	p, now := r.state.Position, r.org.ServerTime()
	switch {
	case r.Full:
		return "--full asks for it"
	case p == nil:
		return "there is no reading yet to go on from"
	case p.Print != r.readingPrint():
		return r.whyOther(p)
	case now.Sub(p.Full) > fullEvery:
		return fmt.Sprintf("the last time was on %s", p.Full.Format("2006-01-02"))
	case now.Sub(p.Since) > salesforce.ListSpan || now.Before(p.Since):
		return fmt.Sprintf("what was deleted since %s is not listed any more", p.Since.Format("2006-01-02"))
	case 2*len(r.untold()) > len(r.properties):
		return "of most properties nothing tells when they change"
	}
	return ""
}

// whyOther says what is another than at the last reading.
func (r *run) whyOther(p *position) string {
	var fresh []string
	for _, name := range r.columnNames() {
		if p.Properties != nil && !slices.Contains(p.Properties, name) {
			fresh = append(fresh, name)
		}
	}
	switch len(fresh) {
	case 0:
		return "the object, the condition, the properties, their description or the user is another"
	case 1:
		return fresh[0] + " was not read before"
	}
	return strings.Join(fresh, ", ") + " were not read before"
}

func (r *run) columnNames() []string {
	names := make([]string, len(r.properties))
	for i, property := range r.properties {
		names[i] = property.Name
	}
	return names
}

// beginRevision makes the reading one of changes, or says why it cannot be.
func (r *run) beginRevision(ctx context.Context) (why string, err error) {
	if why := r.whyFull(); why != "" {
		return why, nil
	}
	p := r.state.Position
	r.reading.whole = r.untold()
	base, err := parquet.Open(ctx, snapshotDir(r.Pipeline, p.Run))
	if err != nil {
		return fmt.Sprintf("the snapshot of the run %s cannot be gone on from (%v)", p.Run, err), nil
	}
	if err := os.MkdirAll(r.work("revision"), 0o700); err != nil {
		return "", fmt.Errorf("state: %w", err)
	}
	schema := connector.AccountSchema(r.properties)
	if r.reading.revision, err = base.Revise("accounts", schema, r.work("revision")); err != nil {
		return fmt.Sprintf("the snapshot of the run %s cannot be gone on from (%v)", p.Run, err), nil
	}
	r.reading.rows, r.reading.since, r.reading.full = base.Rows("accounts"), p.Since, p.Full
	r.result.Reading = &Reading{Mode: "incremental", Base: p.Run, Since: &p.Since}
	if r.Where != "" {
		r.result.Reading.Whole = append(r.result.Reading.Whole, connector.AccountID)
	}
	for _, property := range r.reading.whole {
		r.result.Reading.Whole = append(r.result.Reading.Whole, property.Name)
	}
	r.Log.Info("reading what has changed", "since", p.Since.Format(time.RFC3339), "base", p.Run)
	return "", nil
}

// untold are the properties of which the snapshot of an earlier run and what has
// changed since do not tell all: those whose changes no time tells, and a match key
// that the snapshot keeps as a number, for keys are compared as literal text.
func (r *run) untold() []connector.Property {
	var untold []connector.Property
	for _, p := range r.properties {
		if !salesforce.Covered(p) || p.Name == r.rules.Key && !parquet.Literal(p) {
			untold = append(untold, p)
		}
	}
	return untold
}

func (g *reading) close() {
	if g.revision != nil {
		g.revision.Close()
	}
}

// advance notes up to when the accounts have been read, and that the snapshot has
// them. What a guard has stopped is not gone on from, for rows may be missing in it
// that nothing will tell of again, unless a person has applied it.
func (r *run) advance() {
	r.reading.reached = nil
	if !r.reading.blind && !r.reading.seen.IsZero() {
		r.reading.reached = &position{Run: r.id, Since: r.reading.seen.Add(-lag).UTC(), Full: r.reading.full.UTC(), Print: r.readingPrint(), Properties: r.columnNames()}
	}
	if len(r.result.Guards) == 0 {
		r.state.Position = r.reading.reached
	}
}

// adoptPosition goes on from the reading of the run that was applied, if it is the
// newest.
func (r *run) adoptPosition() {
	if r.applied == nil || r.applied.Reached == nil {
		return
	}
	if now := r.state.Position; now == nil || r.applied.Reached.Since.After(now.Since) {
		r.state.Position = r.applied.Reached
	}
}
