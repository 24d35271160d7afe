package simulator

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/axisync/axisync/connector/faults"
)

// Outcome is what a fault means for an honest client that has customers to
// update.
type Outcome = faults.Outcome

// The outcomes of a delivery. Passes: whoever tries again gets every update
// through. Either: that, or customers that are reported as refused, or a clear
// error; never an update that is missing and not told. Fatal: the delivery has to
// end in a clear error.
const (
	Passes = faults.Passes
	Either = faults.Either
	Fatal  = faults.Fatal
)

// Rule is one rule of a file of faults: which requests, and what goes wrong with
// them.
type Rule struct {
	// On names the requests: retrieve, update, list, or any.
	On string `yaml:"on"`
	// Fault is one of FaultKinds.
	Fault string `yaml:"fault"`
	// First, From, Every, Chance and Times say when it strikes, see faults.When.
	First  int     `yaml:"first,omitempty"`
	From   int     `yaml:"from,omitempty"`
	Every  int     `yaml:"every,omitempty"`
	Chance float64 `yaml:"chance,omitempty"`
	Times  int     `yaml:"times,omitempty"`

	// Status, HTML, Message, RetryAfter and Date belong to status: RetryAfter is
	// told in seconds, or with Date as an HTTP date.
	Status     int           `yaml:"status,omitempty"`
	HTML       bool          `yaml:"html,omitempty"`
	Message    string        `yaml:"message,omitempty"`
	RetryAfter time.Duration `yaml:"retry_after,omitempty"`
	Date       bool          `yaml:"date,omitempty"`
	// For is how long a stall lasts (2m).
	For time.Duration `yaml:"for,omitempty"`
	// Rate is bytes a second (20,000).
	Rate int `yaml:"rate,omitempty"`
}

const anyRequest = "any"

// FaultKind is a kind of fault.
type FaultKind struct {
	Name, Meaning string
	// Keys are the keys of a rule that belong to this kind.
	Keys []string
	// Outcome is what it means for an honest client where mercy limits it.
	Outcome Outcome
	make    func(*Rule, time.Time) *Fault
}

const webPage = "<!DOCTYPE html>\n<html><head><title>%s</title></head><body>%s</body></html>\n"

// FaultKinds are the kinds of faults, in the order in which a user reads them.
var FaultKinds = []FaultKind{
	{"status", "another status; fatal are 401 and what tells of a wrong address, either what may be about one customer", []string{"status", "html", "message", "retry_after", "date"}, Passes, statusFault},
	{"stall", "no byte of an answer for a while, and then the true one", []string{"for"}, Passes, func(r *Rule, _ time.Time) *Fault { return &Fault{Stall: cmp.Or(r.For, 2*time.Minute)} }},
	{"slow", "a body that comes slowly", []string{"rate"}, Passes, func(r *Rule, _ time.Time) *Fault { return &Fault{Rate: cmp.Or(r.Rate, 20_000)} }},
	{"drop", "the connection ends before the request has an effect", nil, Passes, func(*Rule, time.Time) *Fault { return &Fault{Cut: CutBefore} }},
	{"lose", "the connection ends after the effect, instead of an answer", nil, Passes, func(*Rule, time.Time) *Fault { return &Fault{Cut: CutUnheard} }},
	{"cut", "the connection ends after the effect, within the body", nil, Passes, func(*Rule, time.Time) *Fault { return &Fault{Cut: CutHalfway} }},
	{"page", "200 with a web page, as of a proxy; the request has no effect", nil, Either, page},
}

func statusFault(r *Rule, now time.Time) *Fault {
	f := &Fault{Status: r.Status, Header: http.Header{}}
	text := cmp.Or(r.Message, http.StatusText(r.Status))
	if r.RetryAfter > 0 && r.Date {
		RetryDate.tell(f.Header, now, r.RetryAfter)
	} else if r.RetryAfter > 0 {
		RetrySeconds.tell(f.Header, now, r.RetryAfter)
	}
	if r.HTML {
		f.Header.Set("Content-Type", "text/html; charset=utf-8")
		f.Body = fmt.Sprintf(webPage, strconv.Itoa(r.Status), text)
		return f
	}
	f.Body = string(marshal(map[string]string{"detail": text}))
	return f
}

func page(*Rule, time.Time) *Fault {
	return &Fault{Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		Body: fmt.Sprintf(webPage, "Sign in", "Please sign in to this network.")}
}

func (r *Rule) kind() *FaultKind {
	i := slices.IndexFunc(FaultKinds, func(k FaultKind) bool { return k.Name == r.Fault })
	if i < 0 {
		return nil
	}
	return &FaultKinds[i]
}

// When is when the rule strikes.
func (r *Rule) When() faults.When {
	return faults.When{First: r.First, From: r.From, Every: r.Every, Chance: r.Chance, Times: r.Times}
}

// About reports whether the rule speaks of these requests, whatever their method.
func (r *Rule) About(_, endpoint string) bool { return r.On == anyRequest || r.On == endpoint }

// Harms reports whether a struck request fails, so that it is tried again.
func (r *Rule) Harms() bool { return r.Fault != "slow" }

// Outcome is what a strike of this rule on such a request means for an honest
// client, when nothing is harmed more than mercy times in a row (0: no limit).
func (r *Rule) Outcome(_, endpoint string, mercy int) Outcome {
	switch {
	case r.Fault == "status" && passing(r.Status):
	case r.Fault == "status" && endpoint != KindList && refusesOne(r.Status):
		return Either
	case r.Fault == "status":
		return Fatal
	}
	if mercy == 0 && r.Harms() && r.When().Endless() {
		return Fatal
	}
	return r.kind().Outcome
}

// passing are the statuses that may pass by themselves.
func passing(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	}
	return status >= http.StatusInternalServerError
}

// refusesOne are the statuses that speak of one customer, or may.
func refusesOne(status int) bool {
	return status < http.StatusInternalServerError && !slices.Contains([]int{401, 402, 405, 407}, status)
}

// Problem is what is wrong with a rule, empty for nothing.
func (r *Rule) Problem() string {
	kind := r.kind()
	requests := []string{KindRetrieve, KindUpdate, KindList, anyRequest}
	switch {
	case r.On == "":
		return `"on" is missing: the requests that are struck, retrieve, update, list or any`
	case !slices.Contains(requests, r.On):
		return fmt.Sprintf("there is no request %q; there are retrieve, update, list and any", r.On)
	case kind == nil:
		return fmt.Sprintf("there is no fault %q; simulate --help lists them", r.Fault)
	case r.Fault == "status" && (r.Status < 400 || r.Status > 599):
		return "status has to be from 400 to 599"
	case r.RetryAfter < 0 || r.For < 0 || r.Rate < 0:
		return "a number is negative"
	case r.Date && r.RetryAfter == 0:
		return "date says how retry_after is told, which is missing"
	}
	for key, set := range map[string]bool{"status": r.Status != 0, "html": r.HTML, "message": r.Message != "",
		"retry_after": r.RetryAfter != 0, "date": r.Date, "for": r.For != 0, "rate": r.Rate != 0} {
		if set && !slices.Contains(kind.Keys, key) {
			return fmt.Sprintf("%s does not belong to the fault %s", key, r.Fault)
		}
	}
	return r.When().Problem()
}
