// Package simulator is a Salesforce that enforces the real rules, over HTTP: OAuth
// 2.0 with a login page, describe, limits, the REST query resource and Bulk API
// 2.0 query jobs, over a generated org (package org).
//
// It refuses what Salesforce refuses, in Salesforce's words where they are known.
// Where documentation and observation differ, Config switches between them. For
// tests of a client it counts requests, breaks single ones (Inject), hides
// properties, revokes and expires tokens, advances by days, and changes accounts
// on request. It has a clock of its own (Now), by which everything is stamped.
package simulator

import (
	"cmp"
	"context"
	"crypto/rsa"
	"fmt"
	"hash/fnv"
	"iter"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/axisync/axisync/connector/salesforce/simulator/org"
)

// Account is one account of the generated org.
type Account = org.Account

// ResultPages is the shape of the answer of .../resultPages. The documentation
// and what a maintained client saw differ.
type ResultPages string

// The shapes. Off is an org with the preference off, where the call fails.
const (
	Documented ResultPages = "documented" // resultPages[].resultUrl, absolute paths
	Observed   ResultPages = "observed"   // resultChunks[].resultLink, relative to the version
	Off        ResultPages = "off"
)

// Config says how a Server behaves. The zero value is a usable org without
// accounts.
type Config struct {
	// Seed and Accounts (live ones on day 0) determine all data, the organization
	// id and the credentials.
	Seed     uint64
	Accounts int
	// MultiCurrency gives the accounts a CurrencyIsoCode.
	MultiCurrency bool
	// Formulas gives the accounts formula fields whose values change while their
	// SystemModstamp does not: Days_To_Renewal__c with the day, Owner_Name__c when a
	// user is renamed, Parent_Industry__c with another account.
	Formulas bool
	// Lively lets Advance also do what is rare: hard deletes, accounts and losers of
	// merges that come back from the recycle bin, users who are renamed.
	Lively bool
	// Flicker are properties that the user sees on some days only.
	Flicker []string

	// OrganizationID is the 15-character id of the org; by default it follows from
	// the seed. A full sandbox has the data of its production org, and another id.
	OrganizationID string
	// Username is the user who logs in; each has another user id.
	Username string
	// Sandbox makes the org say that it is one; an assertion is for
	// https://test.salesforce.com then.
	Sandbox bool

	// PageRows is how many rows a page of results holds when the request does not
	// say maxRecords (100,000).
	PageRows int
	// PollsUntilComplete is how many polls show a job unfinished; 0 completes it
	// at the first.
	PollsUntilComplete int
	// ResultMemory is how many bytes of compressed results are kept in memory
	// (256 MB), all jobs together. What is larger is compressed when a page is asked
	// for.
	ResultMemory int64
	// JobLatency is how long a job takes by the clock of the server (Now, Pass),
	// whether it is polled or not: a quarter of it waiting, the rest in progress. It
	// completes when both this and PollsUntilComplete are satisfied.
	JobLatency time.Duration
	// FailJob, when set, decides by its SOQL whether a job ends as Failed. An empty
	// message leaves errorMessage out, as the documentation does.
	FailJob func(query string) (message string, failed bool)
	// ResultPages is the shape of .../resultPages (Documented).
	ResultPages ResultPages
	// DateTimeOffset ends date-times in result pages with +0000 instead of Z.
	DateTimeOffset bool
	// LatestVersion appends the entry "Latest Release" to /services/data.
	LatestVersion bool

	// RotateRefreshTokens gives a new refresh token with every refresh; to use an
	// old one again revokes them all.
	RotateRefreshTokens bool
	// RequirePKCE refuses an authorization without a code challenge.
	RequirePKCE bool
	// RedirectURIs are the registered redirect URLs (two on localhost).
	RedirectURIs []string
	// PublicKey is that of the app's certificate, for JWT bearer.
	PublicKey *rsa.PublicKey
	// Scopes are the scopes of the app ("api refresh_token offline_access id web").
	Scopes []string

	// ReplicationLimit is how many ids a list of deleted or updated records can
	// hold (600,000).
	ReplicationLimit int
	// APICalls and QueryJobs are how many a day allows (100,000 and 10,000).
	APICalls, QueryJobs int
}

func (c Config) withDefaults() Config {
	c.ResultMemory = cmp.Or(c.ResultMemory, 256<<20)
	c.PageRows = cmp.Or(c.PageRows, 100_000)
	c.ResultPages = cmp.Or(c.ResultPages, Documented)
	c.Username = cmp.Or(c.Username, "ops@example.com")
	c.OrganizationID = cmp.Or(c.OrganizationID, mintID("00D", c.Seed, 1)[:15])
	c.ReplicationLimit = cmp.Or(c.ReplicationLimit, 600_000)
	c.APICalls = cmp.Or(c.APICalls, 100_000)
	c.QueryJobs = cmp.Or(c.QueryJobs, 10_000)
	if c.RedirectURIs == nil {
		c.RedirectURIs = []string{cliRedirectURI, "http://localhost:8765/callback"}
	}
	if c.Scopes == nil {
		c.Scopes = []string{"api", "refresh_token", "offline_access", "id", "web"}
	}
	return c
}

// Server is the simulated Salesforce, an http.Handler that is safe for concurrent
// use. Login host and instance are the same: the host it is asked under.
type Server struct {
	config   Config
	handlers map[string]handler
	login    logins
	requests requestLog
	ctx      context.Context // ends with Close
	cancel   context.CancelFunc
	work     sync.WaitGroup // the encoders of jobs

	mu       sync.Mutex // guards what follows
	view     *org.View
	hidden   map[string]bool
	schema   *org.Schema
	jobs     []*job
	cursors  map[string]*cursor
	minted   uint64
	apiCalls int
	jobCalls int
	fault    func(*http.Request) *Fault
	plan     *FaultPlan
	clock    clock
	shelf    *shelf // has a mutex of its own
	open     map[*Transaction]bool
	deeds    uint64    // how often accounts were changed on request
	purged   time.Time // until when the log of deletions was emptied
}

// New generates the org and returns a server of it. Close frees what its jobs
// hold.
func New(cfg Config) *Server {
	cfg = cfg.withDefaults()
	s := &Server{
		config: cfg,
		view: org.New(org.Config{Seed: cfg.Seed, Accounts: cfg.Accounts, MultiCurrency: cfg.MultiCurrency, Formulas: cfg.Formulas,
			Lively: cfg.Lively}),
		shelf:   newShelf(cfg.ResultMemory),
		clock:   clock{began: time.Now()},
		open:    map[*Transaction]bool{},
		hidden:  map[string]bool{},
		cursors: map[string]*cursor{},
		minted:  2,
	}
	s.login = newLogins(cfg)
	s.schema = s.view.Schema()
	s.handlers = s.routes()
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Close stops the work in progress, waits for it, and frees all jobs. A closed
// server answers 503. Close may be called twice.
func (s *Server) Close() {
	s.mu.Lock()
	s.cancel() // under the mutex: no job can start any more
	s.mu.Unlock()
	s.work.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range s.jobs {
		s.shelf.drop(j.result)
	}
	s.jobs = nil
	clear(s.cursors)
}

// Advance makes it the next day: a seeded share of the accounts changes values,
// some appear, some are deleted, a few merge. Jobs go on seeing the org as it
// was when they were created; those of a week ago are gone. The counters of the
// daily limits begin again.
func (s *Server) Advance() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.view = s.view.After(s.clock.spent())
	s.clock = clock{began: time.Now()}
	s.apiCalls, s.jobCalls = 0, 0
	s.flicker()
	s.dropOldJobs()
}

// flicker hides and shows the properties of Config.Flicker. The caller holds the
// mutex.
func (s *Server) flicker() {
	for i, name := range s.config.Flicker {
		h := fnv.New64a()
		fmt.Fprint(h, s.config.Seed, i, s.view.Day())
		s.hide(name, h.Sum64()%4 == 0)
	}
}

// Day is the number of times Advance was called.
func (s *Server) Day() int { return s.View().Day() }

// View is the org as it is now. It does not change when the server advances.
func (s *Server) View() *org.View {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view
}

// All yields the truth: every account that ever existed, as it is today, whatever
// is hidden from the user.
func (s *Server) All() iter.Seq[Account] { return s.View().All() }

// HideProperty takes the user's right to see a field: it is gone from describe,
// and a query of it answers INVALID_FIELD. Jobs that exist are not affected.
func (s *Server) HideProperty(name string) { s.setHidden(name, true) }

// ShowProperty undoes HideProperty.
func (s *Server) ShowProperty(name string) { s.setHidden(name, false) }

func (s *Server) setHidden(name string, hidden bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hide(name, hidden)
}

func (s *Server) hide(name string, hidden bool) {
	s.hidden[strings.ToLower(name)] = hidden
	s.schema = s.view.Schema().Without(func(name string) bool { return s.hidden[strings.ToLower(name)] })
}

// visible returns the org of today and the fields the user may see.
func (s *Server) visible() (*org.View, *org.Schema) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view, s.schema
}

// mint returns an id that was not given before.
func (s *Server) mint(keyPrefix string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.minted++
	return mintID(keyPrefix, s.config.Seed, s.minted)
}

// ServeHTTP answers a request as Salesforce would.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	route := routeOf(r.URL.Path)
	w.Header().Set("Date", s.Now().UTC().Format(http.TimeFormat))
	w = s.requests.observe(w, r, route.endpoint)
	if s.ctx.Err() != nil {
		writeError(w, &apiError{http.StatusServiceUnavailable, "SERVER_UNAVAILABLE", "The server is closed"})
		return
	}
	fault := s.faultOf(r, route)
	if fault == nil {
		s.serve(w, r, route)
		return
	}
	w, after := fault.apply(w, r, func(d time.Duration) bool { return s.wait(r.Context(), d) })
	if w != nil {
		s.serve(w, r, route)
		after()
	}
}

// faultOf decides what goes wrong with a request.
func (s *Server) faultOf(r *http.Request, to route) *Fault {
	s.mu.Lock()
	inject, plan := s.fault, s.plan
	s.mu.Unlock()
	if inject != nil {
		if fault := inject(r); fault != nil {
			return fault
		}
	}
	if plan == nil {
		return nil
	}
	if rule := plan.Strike(r.Method, to.endpoint, r.URL.RequestURI()); rule != nil {
		return rule.fault(s, r, to)
	}
	return nil
}

// wait lets time pass. It reports false when the client is gone or the server
// closed before.
func (s *Server) wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-s.ctx.Done():
	}
	return false
}
