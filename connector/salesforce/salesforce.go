// Package salesforce extracts the rows of an object, Accounts above all, from a
// Salesforce org: it connects by OAuth 2.0, describes the object, has a Bulk API
// 2.0 query job run, keeps the result pages on disk exactly as received and
// decodes them in order into Arrow record batches.
//
// A process that ends early leaves job and pages to the next, which goes on with
// them.
//
// What it promises: a reader that ends without an error has delivered every row
// of the job, by the server's own counts; memory does not grow with the number
// of rows nor with the size of a page; no secret and no token stands in an
// error. What Salesforce does and says was taken from its documentation and
// from the clients that work with real orgs.
package salesforce

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/axisync/axisync/connector"
)

// OldestVersion is the oldest API version that is used: the first with
// resultPages.
const OldestVersion = 58

// Config says how to connect to an org and how to extract from it. What is zero
// takes the default named.
type Config struct {
	// LoginURL is where tokens come from: https://login.salesforce.com,
	// https://test.salesforce.com or, for client credentials always, the My
	// Domain of the org.
	LoginURL string
	// Flow is one of the flows; what each needs stands at their names.
	Flow                   string
	ClientID, ClientSecret connector.Secret
	// RedirectURL is the callback registered with the app, character for character;
	// for FlowAuthorizationCode.
	RedirectURL string
	// Username, PrivateKey (PEM) and Audience are for FlowJWTBearer. The audience
	// follows from LoginURL unless it is set.
	Username   string
	PrivateKey connector.Secret
	Audience   string

	// APIVersion is the version of every call; by default the newest that the
	// org offers.
	APIVersion int
	// PageRows is the most rows asked for in one result page; default 250,000.
	// Pages that the server cuts itself (resultPages) may differ.
	PageRows int
	// Downloads is how many result pages are fetched at once; default 4.
	Downloads int
	// PagesAhead is how many pages may lie on disk that nobody has read yet;
	// default 16.
	PagesAhead int

	// Attempts is how often a request is tried while its failure may pass by
	// itself; default 6. The pause between two attempts starts at RetryPause
	// (default 500 ms), doubles up to a minute, and has jitter.
	Attempts   int
	RetryPause time.Duration
	// PollPause is the first pause between two questions for the state of a job
	// (default 1 s); it grows to PollPauseMax (default 15 s).
	PollPause, PollPauseMax time.Duration
	// JobDeadline ends a job that does not complete; default 6 h.
	JobDeadline time.Duration
	// DownloadDeadline ends an extraction whose result pages do not all come within
	// it, however slowly they drip; default 6 h. The pages that came are kept for the
	// next one.
	DownloadDeadline time.Duration
	// IdleTimeout ends a request on which no byte arrives; default 2 min. One that is
	// not for a result page ends after ten times that, whatever arrives.
	IdleTimeout time.Duration

	// Recorded, when set, is called whenever the file with what is known of a job
	// (RecordName, in the folder of its extraction) has been replaced, so that it can be
	// kept elsewhere too. Its error ends what was done.
	Recorded func() error
	// Preparing, when set, is called whenever a query job that is not complete was asked
	// after, with the rows that it has so far: 0 where the server does not say.
	Preparing func(rows int64)
	// Log takes what is worth telling while a job runs; nil for nothing.
	Log *slog.Logger
}

func (c Config) log() *slog.Logger {
	if c.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Log
}

func (o *Org) log() *slog.Logger { return o.rest.config.log() }

// Validate reports what is wrong with c, all at once.
func (c Config) Validate() error {
	return errors.Join(c.validateFlow(), c.validateNumbers())
}

func (c Config) validateNumbers() error {
	var problems []error
	if c.APIVersion != 0 && c.APIVersion < OldestVersion {
		problems = append(problems, fmt.Errorf("salesforce: API version %d is too old: %d is the oldest that works", c.APIVersion, OldestVersion))
	}
	for name, value := range map[string]int64{
		"page rows": int64(c.PageRows), "downloads": int64(c.Downloads), "pages ahead": int64(c.PagesAhead), "attempts": int64(c.Attempts),
		"retry pause": int64(c.RetryPause), "poll pause": int64(c.PollPause), "longest poll pause": int64(c.PollPauseMax),
		"job deadline": int64(c.JobDeadline), "download deadline": int64(c.DownloadDeadline), "idle timeout": int64(c.IdleTimeout),
	} {
		if value < 0 {
			problems = append(problems, fmt.Errorf("salesforce: %s is negative", name))
		}
	}
	return errors.Join(problems...)
}

// withDefaults is c with a value everywhere.
func (c Config) withDefaults() Config {
	c.PageRows = orDefault(c.PageRows, 250_000)
	c.Downloads = orDefault(c.Downloads, 4)
	c.PagesAhead = orDefault(c.PagesAhead, 16)
	c.Attempts = orDefault(c.Attempts, 6)
	c.RetryPause = orDefault(c.RetryPause, 500*time.Millisecond)
	c.PollPause = orDefault(c.PollPause, time.Second)
	c.PollPauseMax = orDefault(c.PollPauseMax, 15*time.Second)
	c.JobDeadline = orDefault(c.JobDeadline, 6*time.Hour)
	c.DownloadDeadline = orDefault(c.DownloadDeadline, 6*time.Hour)
	c.IdleTimeout = orDefault(c.IdleTimeout, 2*time.Minute)
	return c
}

func orDefault[T int | time.Duration](value, otherwise T) T {
	if value == 0 {
		return otherwise
	}
	return value
}
