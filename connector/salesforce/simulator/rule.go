package simulator

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/axisync/axisync/connector/faults"
)

// Rule is one rule of a file of faults: which requests, and what goes wrong with
// them. Of First, From with Every or Chance the ones that are set decide; with
// none of them every request is struck.
type Rule struct {
	// On names the requests: an endpoint as in Request.Endpoint, with or without a
	// method before it (GET jobs/query/{id}/results), or any.
	On string `yaml:"on"`
	// Fault is one of FaultKinds.
	Fault string `yaml:"fault"`
	// First strikes the first so many requests.
	First int `yaml:"first,omitempty"`
	// From begins with the n-th request, Every strikes it and every n-th after it.
	From  int `yaml:"from,omitempty"`
	Every int `yaml:"every,omitempty"`
	// Chance strikes a request with this probability, 0 to 1.
	Chance float64 `yaml:"chance,omitempty"`
	// Times ends the rule after so many strikes; 0 never does.
	Times int `yaml:"times,omitempty"`

	// Status, HTML, Code and Message belong to status; Message also to job_failed.
	Status  int    `yaml:"status,omitempty"`
	HTML    bool   `yaml:"html,omitempty"`
	Code    string `yaml:"code,omitempty"`
	Message string `yaml:"message,omitempty"`
	// After is a place in the body: a number of bytes or a share such as 40%.
	After string `yaml:"after,omitempty"`
	// For is how long a stall lasts (5m).
	For time.Duration `yaml:"for,omitempty"`
	// Rate is bytes a second (64 KB).
	Rate int64 `yaml:"rate,omitempty"`
	// By is by how much a count is wrong (-1).
	By int `yaml:"by,omitempty"`
}

const anyRequest = "any"

// FaultKind is a kind of fault.
type FaultKind struct {
	Name, Meaning string
	// Keys are the keys of a rule that belong to this kind.
	Keys []string
	// Outcome is what it means for an honest client where mercy limits it.
	Outcome Outcome
	// on is where it strikes in RandomFaults.
	on string
	// lasting faults do not end with the request.
	lasting bool
	make    func(*Rule) maker
}

const (
	onResults = "GET jobs/query/{id}/results"
	onPages   = "GET jobs/query/{id}/resultPages"
	onPoll    = "GET jobs/query/{id}"
	onCreate  = "POST jobs/query"
)

// FaultKinds are the kinds of faults, in the order in which a user reads them.
var FaultKinds = []FaultKind{
	{Name: "status", Meaning: "another status, with Salesforce's JSON or with html", Keys: []string{"status", "html", "code", "message"}, Outcome: Passes, on: onResults, make: statusFault},
	{Name: "stall", Meaning: "no byte of an answer for a while", Keys: []string{"for"}, Outcome: Passes, on: onResults, make: stall},
	{Name: "stall_body", Meaning: "no further byte in the middle of a body for a while", Keys: []string{"for", "after"}, Outcome: Passes, on: onResults, make: stallBody},
	{Name: "slow", Meaning: "a body that comes slowly", Keys: []string{"rate"}, Outcome: Passes, on: onResults, make: slow},
	{Name: "drop", Meaning: "the connection ends before the request has an effect", Outcome: Passes, on: onPoll, make: simple(Fault{Drop: true})},
	{Name: "lose", Meaning: "the connection ends after the effect, instead of an answer", Outcome: Passes, on: onCreate, make: simple(Fault{Lose: true})},
	{Name: "cut", Meaning: "the connection ends within the body", Keys: []string{"after"}, Outcome: Passes, on: onResults, make: cut},
	{Name: "ends_early", Meaning: "the body ends early, as if it were whole", Keys: []string{"after"}, Outcome: Passes, on: onResults, make: endsEarly},
	{Name: "flipped_bit", Meaning: "a flipped bit in a gzip body", Keys: []string{"after"}, Outcome: Either, on: onResults, make: flippedBit},
	{Name: "plain", Meaning: "not compressed, although gzip was asked for", Outcome: Passes, on: onResults, make: plain},
	{Name: "no_content", Meaning: "204 without a body", Outcome: Either, on: onResults, make: simple(Fault{Status: 204})},
	{Name: "records_wrong", Meaning: "Sforce-NumberOfRecords is not the number of rows", Keys: []string{"by"}, Outcome: Either, on: onResults, make: recordsWrong},
	{Name: "locator_missing", Meaning: "no Sforce-Locator", Outcome: Either, on: onResults, make: locator(nil)},
	{Name: "locator_empty", Meaning: "an empty Sforce-Locator", Outcome: Either, on: onResults, make: locator([]string{""})},
	{Name: "locator_null", Meaning: "the Sforce-Locator of the last page before the last page", Outcome: Either, on: onResults, make: locator([]string{"null"})},
	{Name: "locator_repeated", Meaning: "the Sforce-Locator that was asked with", Outcome: Either, on: onResults, make: locatorRepeated},
	{Name: "row_missing", Meaning: "a page without one of its rows", Outcome: Either, on: onResults, make: rowFault(0)},
	{Name: "row_twice", Meaning: "a page with one of its rows twice", Outcome: Either, on: onResults, make: rowFault(2)},
	{Name: "pages_broken", Meaning: "resultPages fails after its first answer", Outcome: Passes, on: onPages, make: pagesBroken},
	{Name: "pages_foreign", Meaning: "resultPages lists a link to another host", Outcome: Either, on: onPages, make: pagesForeign},
	{Name: "pages_stuck", Meaning: "resultPages does not advance", Outcome: Either, on: onPages, make: pagesStuck},
	{Name: "processed_wrong", Meaning: "numberRecordsProcessed is not the number of rows", Keys: []string{"by"}, Outcome: Either, on: onPoll, make: processedWrong},
	{Name: "job_failed", Meaning: "the job fails, with or without an errorMessage", Keys: []string{"message"}, Outcome: Fatal, on: onPoll, lasting: true, make: jobFailed},
	{Name: "job_stuck", Meaning: "the job never completes", Outcome: Fatal, on: onPoll, lasting: true, make: jobStuck},
	{Name: "job_aborted", Meaning: "somebody aborts the job", Outcome: Fatal, on: onPoll, lasting: true, make: jobAborted},
	{Name: "expire_token", Meaning: "the access tokens expire with this request; a client gives up on one that meets it twice", Outcome: Passes, on: onResults, make: expireToken},
	{Name: "revoke_app", Meaning: "the tokens are revoked with this request; a new login works", Outcome: Either, on: onResults, lasting: true, make: revokeApp},
	{Name: "block_app", Meaning: "the app is blocked with this request", Outcome: Fatal, on: onResults, lasting: true, make: blockApp},
	{Name: "quota_concurrent", Meaning: "403 REQUEST_LIMIT_EXCEEDED: too many requests at once", Outcome: Passes, on: onResults, make: quotaConcurrent},
	{Name: "quota_daily", Meaning: "403 REQUEST_LIMIT_EXCEEDED until the next day", Outcome: Fatal, on: onCreate, lasting: true, make: quotaDaily},
	{Name: "quota_jobs", Meaning: "400 LIMIT_EXCEEDED for every new job until the next day", Outcome: Fatal, on: onCreate, lasting: true, make: quotaJobs},
}

func (r *Rule) kind() *FaultKind {
	i := slices.IndexFunc(FaultKinds, func(k FaultKind) bool { return k.Name == r.Fault })
	if i < 0 {
		return nil
	}
	return &FaultKinds[i]
}

// Harms reports whether a struck request fails, so that it is tried again.
func (r *Rule) Harms() bool { return r.Fault != "slow" && r.Fault != "plain" }

// transient are the statuses that may pass by themselves.
var transient = []int{406, 420, 429, 500, 502, 503}

// Outcome is what a strike of this rule on such a request means for an honest
// client, when nothing is harmed more than mercy times in a row (0: no limit).
func (r *Rule) Outcome(method, endpoint string, mercy int) Outcome {
	outcome := r.kind().Outcome
	request := method + " " + endpoint
	switch {
	case request == onPages && r.Harms() && outcome == Passes:
		return Passes // there is another way to the pages
	case r.Fault == "status" && !slices.Contains(transient, r.Status):
		outcome = Fatal
		if request == onResults && r.Status == 404 {
			return Either // the job is gone, another can be made
		}
	case r.Fault == "expire_token" && r.Times != 1 && r.Every < 20,
		r.Fault == "lose" && endpoint == "oauth2/token":
		outcome = faults.Worse(outcome, Either)
	case mercy == 0 && r.Harms() && r.When().Endless() && request != onPages:
		outcome = Fatal
	}
	if outcome == Fatal && !essential(method, endpoint) {
		return Either
	}
	return outcome
}

// essential reports whether there is no extraction without such a request.
func essential(method, endpoint string) bool {
	return slices.Contains([]string{onResults, onPoll, onCreate, "GET sobjects/{object}/describe"}, method+" "+endpoint)
}

// Problem is what is wrong with a rule, empty for nothing.
func (r *Rule) Problem() string {
	kind := r.kind()
	if r.On == "" {
		return `"on" is missing: the requests that are struck, such as GET jobs/query/{id}/results, or any`
	}
	method, endpoint, both := strings.Cut(r.On, " ")
	if !both {
		method, endpoint = "", r.On
	}
	switch {
	case r.On != anyRequest && (!isEndpoint(endpoint) || both && !isMethod(method)):
		return fmt.Sprintf("there is no request %q", r.On)
	case kind == nil:
		return fmt.Sprintf("there is no fault %q; simulate --help lists them", r.Fault)
	case r.Fault == "status" && (r.Status < 400 || r.Status > 599):
		return "status has to be from 400 to 599"
	case r.Rate < 0 || r.For < 0:
		return "a number is negative"
	}
	if problem := r.When().Problem(); problem != "" {
		return problem
	}
	for key, set := range map[string]bool{"status": r.Status != 0, "html": r.HTML, "code": r.Code != "", "message": r.Message != "",
		"after": r.After != "", "for": r.For != 0, "rate": r.Rate != 0, "by": r.By != 0} {
		if set && !slices.Contains(kind.Keys, key) {
			return fmt.Sprintf("%s does not belong to the fault %s", key, r.Fault)
		}
	}
	if _, _, err := place(r.After); err != nil {
		return err.Error()
	}
	return ""
}

func isMethod(s string) bool {
	return slices.Contains([]string{"GET", "POST", "PATCH", "DELETE"}, strings.ToUpper(s))
}

// isEndpoint reports whether Request.Endpoint can be this.
func isEndpoint(s string) bool {
	if s == "versions" || s == "resources" || s != "" && slices.Contains(dataEndpoints, s) {
		return true
	}
	return slices.ContainsFunc(oauthEndpoints, func(e string) bool { return strings.TrimPrefix(e, "services/") == s })
}
