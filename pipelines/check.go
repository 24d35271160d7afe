package pipelines

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/transform"
	"github.com/axisync/axisync/words"
)

// Level says how a Tick stands.
type Level string

// The levels.
const (
	OK   Level = "ok"
	Warn Level = "warn"
	Todo Level = "todo" // a person has to do something before the first delivery
	Fail Level = "fail"
)

// Tick is one box of a check.
type Tick struct {
	Level Level  `json:"level"`
	Name  string `json:"name"`
	Text  string `json:"text"`
	// Remedy is what to do about a box of a check that is not ticked.
	Remedy string `json:"remedy,omitempty"`
}

// Check finds out everything that can be known without spending a job and tells
// each finding as it comes. The error is that of the first box that failed, for
// ExitCode.
func Check(ctx context.Context, p *Pipeline, o Options, tell func(Tick)) error {
	c := &checker{tell: tell}
	c.ok("pipeline file", "%s", p.File)
	s, held, err := openState(ctx, p, "a check")
	switch {
	case err == nil:
		defer s.close()
		ctx = held
		c.ok("state", "%s (writable, locks work)", p.State)
	case ctx.Err() != nil:
		c.fail("state", err)
		return c.first
	default:
		c.fail("state", err)
		s, c.stateless = p.unopened(ctx), true
	}
	c.sinks(ctx, p)
	if !c.stateless {
		p = c.probed(p, s)
	}
	r := &run{Pipeline: p, Options: o, state: s, result: &Result{}, rules: transform.Rules{Now: o.Now(), Settle: settle}}
	r.Log = slog.New(slog.DiscardHandler) // notes become ticks
	c.tag(ctx, r)
	if c.salesforce(ctx, r) {
		defer r.org.Close()
	}
	c.customers(ctx, r)
	return c.first
}

type checker struct {
	tell  func(Tick)
	first error
	// stateless: the state could not be opened; what needs it is not looked at
	stateless bool
}

// unopened is what can be known of a state that cannot be opened: of one that somebody
// else holds, all that it remembers. Nothing is written by way of it.
func (p *Pipeline) unopened(ctx context.Context) *state {
	m, _, err := readMemory(ctx, p)
	if err != nil {
		m = memory{Version: stateVersion, Source: p.Source}
	}
	return &state{memory: m}
}

func (c *checker) ok(name, format string, args ...any) {
	c.tell(Tick{Level: OK, Name: name, Text: fmt.Sprintf(format, args...)})
}

func (c *checker) fail(name string, err error) {
	if c.first == nil {
		c.first = err
	}
	errs := []error{err}
	if several, joined := err.(interface{ Unwrap() []error }); joined {
		errs = several.Unwrap()
	}
	for _, one := range errs {
		what, remedy := remediedError(name, one)
		c.tell(Tick{Fail, name, what, remedy})
	}
}

// warn tells what a person should know, and what to do about it.
func (c *checker) warn(name, text string) {
	what, remedy := remedied(name, text)
	c.tell(Tick{Warn, name, what, remedy})
}

// todo tells what a person has to do.
func (c *checker) todo(name, text, remedy string) { c.tell(Tick{Todo, name, text, remedy}) }

func (c *checker) sinks(ctx context.Context, p *Pipeline) {
	if !c.stateless || p.Parquet != p.defaultSnapshots() { // which lie in the state
		c.snapshots(ctx, p)
	}
	c.receiver(p)
	c.onFinish(p)
}

func (c *checker) snapshots(ctx context.Context, p *Pipeline) {
	err := writablePlace(ctx, p.Parquet)
	switch {
	case err != nil:
		c.fail("snapshots", p.barredFolder(fmt.Errorf("%s cannot be written: %w", p.Parquet, err)))
	case p.Keep == (parquet.Keep{}):
		c.ok("snapshots", "%s (all are kept)", p.Parquet)
	default:
		c.ok("snapshots", "%s (keeps %s)", p.Parquet, p.Keep)
	}
}

// probed tells what is known of the account, and gives the pipeline that knows it.
func (c *checker) probed(p *Pipeline, s *state) *Pipeline {
	if err := p.refuseUnfinished(s); err != nil {
		c.fail("probe", err)
		return p
	}
	found, err := s.probed(p.Fincome.WithDefaults().BaseURL)
	if err == nil {
		err = p.refuseFieldless(found)
	}
	if err != nil {
		c.fail("fincome api", err)
		return p
	}
	for _, text := range append(p.contradictions(found), p.unkept(found)...) {
		c.warn("fincome api", text)
	}
	known := p.adopt(found)
	switch {
	case !p.overAPI():
	case known.Update == "unknown":
		c.todo("fincome api", "behaviour of this account is not known yet, at most 20 customers a run are written and nothing is cleared", p.probeCommand("--customer ID"))
	case found == nil && known.Clear == "unknown":
		c.todo("fincome api", "how a cell is cleared is not known yet, nothing is", p.probeCommand("--customer ID"))
	case found != nil:
		c.ok("fincome api", "update %s, clear %s; probed on customer %q on %s", known.Update, known.Clear, found.Customer, found.At.Format("2006-01-02"))
	default:
		c.ok("fincome api", "update %s, clear %s, as the file says", known.Update, known.Clear)
	}
	return known
}

func (c *checker) tag(ctx context.Context, r *run) {
	if c.stateless && r.Naming.NeedsTag() && r.state.Tag == "" {
		return // the state may know it
	}
	if err := r.requireTag(ctx); err != nil {
		c.fail("axis names", err)
		return
	}
	c.ok("axis names", "such as %s", r.Naming.Axis("Industry"))
}

// salesforce reports whether the login worked.
func (c *checker) salesforce(ctx context.Context, r *run) bool {
	if c.stateless && r.keepsToken() && r.TokenStore == "" {
		return false // the login lies in the state, and a new one could not be kept
	}
	if err := r.connect(ctx); err != nil {
		c.fail("salesforce login", r.withCommand(r.barredFolder(err)))
		return r.org != nil
	}
	identity := r.org.Identity()
	c.ok("salesforce login", "%s in %s at %s", orText(identity.Username, identity.UserID), r.orgName(ctx), identity.InstanceURL)
	c.ok("scopes", "%s", strings.Join(identity.Scopes, " "))
	if err := r.chooseProperties(ctx); err != nil {
		c.fail("properties", err)
	} else {
		c.properties(r)
		c.reading(r)
	}
	if quota, err := r.org.Quota(ctx); err != nil {
		c.warn("quota", err.Error())
	} else {
		c.quota(r, quota)
	}
	return true
}

// quota tells whether a run would be refused.
func (c *checker) quota(r *run, quota salesforce.Quota) {
	needed, reserve := r.callsNeeded(), r.Reserve.of(quota.Max)
	text := fmt.Sprintf("%s of %s calls used today; this run needs about %s", words.Count(quota.Used), words.Count(quota.Max), words.Count(needed))
	if quota.Refused != nil {
		text += ", by the header of the newest answer; the limits, and with them the query jobs, are not told to this user"
	}
	if quota.Max-quota.Used-needed < reserve {
		c.tell(Tick{Warn, "quota", text + ": a run stops, for it would leave less than the reserve of " + words.Count(reserve), "wait until tomorrow, or lower salesforce.quota.reserve"})
		return
	}
	c.ok("quota", "%s", text)
}

func (c *checker) properties(r *run) {
	var usable []string
	for _, axis := range r.rules.Axes {
		switch axis.State {
		case transform.Usable:
			for _, source := range axis.Properties {
				usable = append(usable, source.Property)
			}
		case transform.Lost:
			c.warn("properties", axis.Name+": its property was readable in an earlier run and is not any more, a run stops; give the permission back, or take the property out of salesforce.properties")
		}
	}
	c.ok("properties", "%s", strings.Join(usable, ", "))
	for _, note := range r.result.Notes {
		c.warn("properties", note)
	}
}

// reading tells what a run would read, where the file says incremental.
func (c *checker) reading(r *run) {
	if !r.Incremental || c.stateless {
		return
	}
	if why := r.whyFull(); why != "" {
		c.ok("reading", "all accounts: %s", why)
		return
	}
	c.ok("reading", "what has changed since %s; all accounts are due on %s",
		r.state.Position.Since.Format("2006-01-02 15:04 UTC"), r.state.Position.Full.Add(fullEvery).Format("2006-01-02"))
}

// customers reads them all: nothing less tells how many carry the axis.
func (c *checker) customers(ctx context.Context, r *run) {
	source, err := r.customers()
	if err != nil {
		c.fail("customers", err)
		return
	}
	reader, err := source.Read(ctx, connector.CustomerQuery{IdentificationAxis: r.IdentificationAxis})
	if err != nil {
		c.fail("customers", r.fileError(ctx, err))
		return
	}
	defer reader.Release()
	var rows, identified int64
	for reader.Next() {
		column := reader.RecordBatch().Column(1).(*array.String)
		rows += int64(column.Len())
		for i := range column.Len() {
			if column.IsValid(i) && strings.TrimSpace(column.Value(i)) != "" {
				identified++
			}
		}
	}
	if err := reader.Err(); err != nil {
		c.fail("customers", r.fileError(ctx, err))
		return
	}
	from := "from the api"
	if r.CustomersFile != "" {
		from = fmt.Sprintf("in %s, exported %s ago", filepath.Base(r.CustomersFile), r.Now().Sub(reader.Observed()).Round(time.Minute))
	}
	if text := r.ageOfFile(reader.Observed()); text != "" {
		c.warn("customers", text)
	} else {
		c.ok("customers", "%s %s", words.Count(rows), from)
	}
	if identified == 0 {
		c.fail("identification axis", r.customersError(transform.ErrNoIdentifier, reader.AxisNames()))
		return
	}
	c.ok("identification axis", "%q: %s of %s customers carry it", r.IdentificationAxis, words.Count(identified), words.Count(rows))
}
