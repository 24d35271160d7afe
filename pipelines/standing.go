package pipelines

import (
	"context"
	"slices"
	"time"

	"github.com/axisync/axisync/storage"
)

// Standing is how a source stands.
type Standing struct {
	Version int            `json:"version"`
	Source  string         `json:"source,omitempty"` // empty where the file cannot be read
	File    string         `json:"file"`
	Status  StandingStatus `json:"status"`
	Active  bool           `json:"active"` // the next run can do its work, as far as is known
	Problem string         `json:"problem,omitempty"`

	// LastRun is the newest run of any kind, LastGood the newest that brought Fincome up
	// to date (a run or an apply that ended with 0 or 5).
	LastRun  *RunTold `json:"last_run,omitempty"`
	LastGood *RunTold `json:"last_good,omitempty"`
	// Age is how long LastGood is over, in seconds; nil where there is none.
	Age *float64 `json:"last_good_seconds_ago,omitempty"`
	// Stale: it is older than was asked for, or there is none; false where nothing was.
	Stale bool `json:"stale"`
	// Waiting are the things that wait for a person.
	Waiting []Waiting `json:"waiting"`
	// Held is who is at work on the source; nil for nobody.
	Held *storage.Holder `json:"held,omitempty"`
	// Connection is how it is connected, where Salesforce was asked.
	Connection *Connection `json:"connection,omitempty"`
	Exit       int         `json:"exit"`
}

// StandingStatus says how a source stands in one word.
type StandingStatus string

// The statuses.
const (
	Active     StandingStatus = "active"     // the newest run ended well
	Failing    StandingStatus = "failing"    // the newest run failed, or none came to an end; the next may work
	Blocked    StandingStatus = "blocked"    // nothing is delivered until a person acts: see Waiting
	NeverRun   StandingStatus = "never_run"  // there is no run or plan yet
	Unreadable StandingStatus = "unreadable" // the file or the state cannot be read: see Problem
)

// StandingOptions are what is asked.
type StandingOptions struct {
	Now time.Time
	// StaleAfter is the age of the last good run from which a source is stale; 0: none.
	StaleAfter time.Duration
	// Online asks Salesforce whether the login works.
	Online bool
}

// StandingOf tells how a source stands. It reads the state without its lock. What
// cannot be read is told in it, with the exit code for that.
func StandingOf(ctx context.Context, p *Pipeline, o StandingOptions) *Standing {
	s := &Standing{Version: resultVersion, Source: p.Source, File: p.File, Status: Active, Waiting: []Waiting{}}
	a, err := openArchive(ctx, p)
	if err == nil {
		err = s.look(ctx, a, o)
	}
	if err != nil {
		s.fail(err)
	} else {
		s.connection(ctx, p, o)
	}
	s.judge(o)
	return s
}

// UnreadableStanding is that of a source whose file cannot be read.
func UnreadableStanding(file string, err error) *Standing {
	s := &Standing{Version: resultVersion, File: file, Waiting: []Waiting{}}
	s.fail(err)
	return s
}

// fail: what cannot be read waits for a person too, for nothing is known of what else does.
func (s *Standing) fail(err error) {
	s.Status, s.Problem, s.Exit = Unreadable, err.Error(), ExitCode(err)
	s.Waiting = append(s.Waiting, Waiting{For: WaitConfiguration, Text: s.Problem, Command: "axisync check " + s.File, blocks: true})
}

// look reads all that is remembered.
func (s *Standing) look(ctx context.Context, a *archive, o StandingOptions) (err error) {
	if s.Held, err = a.heldBy(ctx); err != nil {
		return err
	}
	if s.Waiting, err = a.waiting(ctx, o.Now); err != nil {
		return err
	}
	if len(a.Runs) == 0 {
		s.Status = NeverRun
		return nil
	}
	// None that tells: all were interrupted. Stopped: for a thing that waits, or waited.
	if newest := a.newest(); newest == nil || newest.Exit == ExitFailed || newest.Exit == ExitStopped {
		s.Status = Failing
	}
	if s.LastRun, err = a.told(ctx, a.Runs[len(a.Runs)-1]); err != nil {
		return err
	}
	for _, r := range slices.Backward(a.Runs) {
		if a.upToDate(r) {
			s.LastGood, err = a.told(ctx, r)
			return err
		}
	}
	return nil
}

// connection asks whether the login works.
func (s *Standing) connection(ctx context.Context, p *Pipeline, o StandingOptions) {
	if !o.Online {
		return
	}
	var err error
	if s.Connection, err = Status(ctx, p, false); err == nil {
		s.Waiting = slices.DeleteFunc(s.Waiting, func(w Waiting) bool { return w.For == WaitReconnect }) // it works by now
		return
	}
	if s.Exit = ExitCode(err); s.Exit == ExitAuthorization && !slices.ContainsFunc(s.Waiting, func(w Waiting) bool { return w.For == WaitReconnect }) {
		s.Waiting = append(s.Waiting, Waiting{For: WaitReconnect, Text: s.Connection.Problem, blocks: true})
	}
}

// judge sums up.
func (s *Standing) judge(o StandingOptions) {
	if s.Status != Unreadable && slices.ContainsFunc(s.Waiting, func(w Waiting) bool { return w.blocks }) {
		s.Status = Blocked
	}
	s.Active = s.Status == Active
	if s.LastGood != nil {
		age := o.Now.Sub(s.LastGood.Started).Seconds()
		s.Age = &age
	}
	if o.StaleAfter > 0 {
		s.Stale = s.Age == nil || *s.Age > o.StaleAfter.Seconds()
		if s.Stale && s.Exit == ExitDone {
			s.Exit = ExitStopped
		}
	}
}
