package salesforce_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
)

const (
	orgID  = "00D5g000004NbXrEAK"
	userID = "0055g00000FBm2DAAT"
	jobID  = "7505g00000VvAXmAAN"
	base   = "/services/data/v68.0"
	jobs   = base + "/jobs/query"
	result = jobs + "/" + jobID + "/results"
)

// fake is a scripted server that answers as the documentation of Salesforce
// says, for faults that no honest server commits. before sees every request
// first and answers true when it has dealt with it; n counts the requests of
// this method and path, from 1.
type fake struct {
	*httptest.Server
	pages    []string // CSV, header and all
	rows     []int
	listing  string // shape of resultPages: documented, observed, alike (with the locators of the headers), or none
	plain    bool   // not compressed
	states   []string
	total    int // numberRecordsProcessed; negative leaves it out
	describe map[string]string
	before   func(w http.ResponseWriter, r *http.Request, n int) bool

	mu       sync.Mutex
	seen     map[string]int
	tokens   int
	locators []string // of the pages asked for
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{seen: map[string]int{}, listing: "documented", states: []string{"UploadComplete", "InProgress", "JobComplete"}, describe: map[string]string{}}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

// page adds a result page with these rows.
func (f *fake) page(header string, rows ...string) *fake {
	f.pages = append(f.pages, header+"\n"+strings.Join(append(rows, ""), "\n"))
	f.rows = append(f.rows, len(rows))
	f.total += len(rows)
	return f
}

// honest ends all faults.
func (f *fake) honest() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before = nil
}

// count is how often a method and path was asked for.
func (f *fake) count(methodAndPath string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen[methodAndPath]
}

func (f *fake) token() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return fmt.Sprintf("token-%d", f.tokens)
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	key := r.Method + " " + r.URL.Path
	f.seen[key]++
	n, before := f.seen[key], f.before
	f.mu.Unlock()
	if before != nil && before(w, r, n) {
		return
	}
	if strings.HasPrefix(r.URL.Path, base) && r.Header.Get("Authorization") != "Bearer "+f.token() {
		fail(w, 401, "INVALID_SESSION_ID", "Session expired or invalid")
		return
	}
	switch {
	case r.URL.Path == "/services/oauth2/token":
		f.serveToken(w, r)
	case r.URL.Path == "/services/oauth2/userinfo":
		answer(w, map[string]string{"preferred_username": "ops@example.com", "organization_id": orgID, "user_id": userID})
	case r.URL.Path == "/services/data":
		answer(w, []map[string]string{{"version": "9.0"}, {"version": "68.0"}, {"version": "67.0"}, {"label": "Latest Release", "url": "/services/data/latest", "version": "latest"}})
	case strings.HasSuffix(r.URL.Path, "/describe"):
		f.serveDescribe(w, r)
	case strings.HasPrefix(r.URL.Path, jobs):
		f.serveJob(w, r)
	default:
		fail(w, 404, "NOT_FOUND", "The requested resource does not exist")
	}
}

func (f *fake) serveToken(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("client_id") != "the-client" || r.FormValue("client_secret") != "the-secret" {
		w.WriteHeader(400)
		answer(w, map[string]string{"error": "invalid_client", "error_description": "invalid client credentials the-secret"})
		return
	}
	f.mu.Lock()
	f.tokens++
	f.mu.Unlock()
	answer(w, map[string]string{
		"access_token": f.token(), "instance_url": f.URL, "id": "https://login.salesforce.com/id/" + orgID + "/" + userID,
		"token_type": "Bearer", "issued_at": "1700000000000", "scope": "api refresh_token",
	})
}

func (f *fake) serveDescribe(w http.ResponseWriter, r *http.Request) {
	object := strings.Split(r.URL.Path, "/")[5]
	text, known := f.describe[strings.ToLower(object)]
	if !known {
		fail(w, 404, "NOT_FOUND", "The requested resource does not exist")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, text)
}

func (f *fake) serveJob(w http.ResponseWriter, r *http.Request) {
	job := map[string]any{"id": jobID, "state": "UploadComplete", "columnDelimiter": "COMMA", "lineEnding": "LF", "apiVersion": 68.0}
	switch {
	case r.Method == "POST" && r.URL.Path == jobs:
		answer(w, job)
	case r.Method == "DELETE":
		w.WriteHeader(204)
	case r.URL.Path == result:
		f.serveResults(w, r)
	case strings.EqualFold(r.URL.Path, jobs+"/"+jobID+"/resultPages"):
		f.serveListing(w, r)
	case r.Method == "PATCH":
		answer(w, job)
	default:
		job["state"] = f.state(f.count("GET " + r.URL.Path))
		if job["state"] == "JobComplete" && f.total >= 0 {
			job["numberRecordsProcessed"] = f.total
		}
		answer(w, job)
	}
}

// state is that of the job at the nth poll.
func (f *fake) state(n int) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.states[min(n, len(f.states))-1]
}

// become changes the states of the job while the server is at work.
func (f *fake) become(states ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.states = states
}

func (f *fake) serveResults(w http.ResponseWriter, r *http.Request) {
	i := 0
	locator := r.URL.Query().Get("locator")
	f.mu.Lock()
	f.locators = append(f.locators, locator)
	f.mu.Unlock()
	if locator != "" {
		var err error
		if i, err = strconv.Atoi(strings.TrimLeft(locator, "LP")); err != nil || i >= len(f.pages) {
			fail(w, 400, "INVALID_LOCATOR", "bad locator")
			return
		}
	}
	if listed := strings.HasPrefix(locator, "P"); listed == r.URL.Query().Has("maxRecords") && f.listing != "alike" {
		fail(w, 400, "API_ERROR", "a listed page has its size, any other is asked for with one")
		return
	}
	next := "null"
	if i+1 < len(f.pages) {
		next = fmt.Sprintf("L%d", i+1)
	}
	w.Header().Set("Content-Type", "text/csv; charset=UTF-8")
	w.Header().Set("Sforce-Locator", next)
	w.Header().Set("Sforce-NumberOfRecords", strconv.Itoa(f.rows[i]))
	body := []byte(f.pages[i])
	if !f.plain && r.Header.Get("Accept-Encoding") == "gzip" {
		w.Header().Set("Content-Encoding", "gzip")
		body = zip(body)
	}
	_, _ = w.Write(body)
}

// serveListing lists two pages at a time. Their locators begin with P, those of
// the headers with L.
func (f *fake) serveListing(w http.ResponseWriter, r *http.Request) {
	if f.listing == "none" {
		fail(w, 404, "NOT_FOUND", "The requested resource does not exist")
		return
	}
	first, _ := strconv.Atoi(r.URL.Query().Get("locator"))
	var pages, chunks []map[string]string
	i, letter := first, "P"
	if f.listing == "alike" {
		letter = "L"
	}
	for ; i < min(first+2, len(f.pages)); i++ {
		pages = append(pages, map[string]string{"resultUrl": fmt.Sprintf("%s?locator=%s%d", result, letter, i)})
		chunks = append(chunks, map[string]string{"resultLink": fmt.Sprintf("/jobs/query/%s/results?locator=P%d", jobID, i)})
	}
	list := map[string]any{"resultPages": pages, "done": true}
	if f.listing == "observed" {
		list = map[string]any{"resultChunks": chunks, "nextRecordsUrl": nil}
	}
	if i < len(f.pages) {
		list["nextRecordsUrl"] = fmt.Sprintf("%s/%s/resultpages?locator=%d", jobs, jobID, i)
	}
	answer(w, list)
}

func zip(body []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(body)
	_ = z.Close()
	return out.Bytes()
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	_ = json.NewEncoder(w).Encode(body)
}

func fail(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode([]map[string]string{{"errorCode": code, "message": message}})
}

// quick is a configuration for f that does not wait.
func quick(f *fake) salesforce.Config {
	return salesforce.Config{
		LoginURL: f.URL, Flow: salesforce.FlowClientCredentials,
		ClientID: connector.NewSecret("the-client"), ClientSecret: connector.NewSecret("the-secret"),
		Attempts: 3, RetryPause: time.Millisecond, PollPause: time.Millisecond, PollPauseMax: time.Millisecond,
	}
}

func connect(t *testing.T, f *fake) *salesforce.Org {
	t.Helper()
	org, err := salesforce.Connect(context.Background(), quick(f), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(org.Close)
	return org
}

// storeOf is a TokenStore in memory that remembers what was done.
type storeOf struct {
	mu      sync.Mutex
	token   *salesforce.Token
	log     []string
	saveErr error
}

func (s *storeOf) Lock(context.Context) (func(), error) {
	s.mu.Lock()
	s.log = append(s.log, "lock")
	return func() { s.log = append(s.log, "unlock"); s.mu.Unlock() }, nil
}

func (s *storeOf) Load() (*salesforce.Token, error) {
	s.log = append(s.log, "load")
	return s.token, nil
}

func (s *storeOf) Save(t *salesforce.Token) error {
	s.log = append(s.log, "save "+t.RefreshToken)
	if s.saveErr != nil {
		return s.saveErr
	}
	s.token = t
	return nil
}
