package salesforce_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/axisync/axisync/connector/salesforce"
)

// Every answer that real orgs were seen to give: whether it is tried again, whether a
// person has to reconnect, and what it is told as. Once for the creation of a job and
// once for a question about it.
func TestAnswers(t *testing.T) {
	t.Parallel()
	const tries, once = 3, 1
	for _, test := range []struct {
		status        int
		code, message string // no code: the body is a web page
		tries         int
		auth          bool
		says          string
	}{
		{400, "API_ERROR", "Selecting compound data not supported in Bulk Query", once, false, "Selecting compound data"},
		{400, "API_ERROR", "Aggregate Relationships not supported in Bulk V2 Query with CSV content type", once, false, "Aggregate Relationships"},
		{400, "API_ERROR", "Entity 'X' does not support query", once, false, "cannot be extracted in bulk"},
		{400, "API_ERROR", "Implementation restriction: X", once, false, "View All Data"},
		{400, "INVALIDENTITY", "X is not supported by the Bulk API", once, false, "check salesforce.object"},
		{400, "INVALID_TYPE", "\nName FROM Accout\n   ^\nERROR at Row:1:Column:43\nsObject type 'Accout' is not supported.", once, false, "sObject type 'Accout'"},
		{400, "INVALID_FIELD", "No such column 'X' on entity 'Account'.", once, false, "No such column"},
		{400, "MALFORMED_QUERY", "unexpected token: x", once, false, "unexpected token"},
		{400, "QUERY_TIMEOUT", "Your query request was running for too long.", once, false, "narrow salesforce.where"},
		{400, "TXN_SECURITY_METERING_ERROR", "x", once, false, "transaction security"},
		{400, "TXN_SECURITY_NO_ACCESS", "x", once, false, "transaction security"},
		{400, "LIMIT_EXCEEDED", "Max bulk v2 query jobs (10000) per 24 hrs has been reached (10021)", once, false, "tomorrow"},
		{400, "LIMIT_EXCEEDED", "Max bulk v2 query result size stored (1000000000) kb per 24 hrs has been exceeded", once, false, "too large"},
		{401, "INVALID_SESSION_ID", "Session expired or invalid", 2, true, "reconnect"},
		{401, "INVALID_SESSION_ID", "This session is not valid for use with the specified REST API endpoint. One of the following scopes is required: api", 2, true, "scope"},
		{401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE", 2, true, "INVALID_HEADER_TYPE"},
		{403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", once, false, "24 hours are used up"},
		{403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded.", tries, false, "long requests"},
		{429, "REQUEST_LIMIT_EXCEEDED", "x", tries, false, "429 REQUEST_LIMIT_EXCEEDED: x"},
		{403, "API_DISABLED_FOR_ORG", "x", once, true, "API Enabled"},
		{403, "CLIENT_NOT_ACCESSIBLE_FOR_USER", "x", once, true, "allow the app"},
		{403, "INSUFFICIENT_ACCESS", "x", once, false, "read access"},
		{403, "INSUFFICIENT_ACCESS_OR_READONLY", "x", once, false, "read access"},
		{404, "NOT_FOUND", "The requested resource does not exist", once, false, "does not exist"},
		{409, "X", "x", once, false, "version that made it"},
		{410, "UNSUPPORTED_API_VERSION", "x", once, false, "retired"},
		{302, "", "", once, false, "My Domain"},
		{406, "", "", tries, false, "web page"},
		{408, "", "", tries, false, "web page"},
		{420, "", "", tries, false, "web page"},
		{429, "", "", tries, false, "web page"},
		{500, "UNKNOWN_EXCEPTION", "x", tries, false, "UNKNOWN_EXCEPTION"},
		{502, "", "", tries, false, "web page"},
		{503, "SERVER_UNAVAILABLE", "x", tries, false, "maintenance"},
		{504, "", "", tries, false, "web page"},
	} {
		for _, method := range []string{"POST", "GET"} {
			t.Run(fmt.Sprint(test.status, " ", test.code, " ", method), func(t *testing.T) {
				t.Parallel()
				f, asked := four(t), "POST "+jobs
				if method == "GET" {
					asked = "GET " + jobs + "/" + jobID
				}
				f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
					switch {
					case r.Method+" "+r.URL.Path == "GET "+jobs:
						answer(w, map[string]any{"done": true, "records": []any{}})
					case r.Method+" "+r.URL.Path != asked:
						return false
					case test.code == "":
						w.Header().Set("Location", "/")
						w.WriteHeader(test.status)
						fmt.Fprint(w, "<!DOCTYPE html><html>")
					default:
						fail(w, test.status, test.code, test.message)
					}
					return true
				}
				_, err := connect(t, f).Extract(context.Background(), query, t.TempDir())
				var refused interface{ Auth() bool }
				if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "\n") || (errors.As(err, &refused) && refused.Auth()) != test.auth {
					t.Errorf("got %v", err)
				}
				if n := f.count(asked); n != test.tries {
					t.Errorf("asked %d times, want %d", n, test.tries)
				}
			})
		}
	}
}

// A server that names the time to try again is not asked before.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{"seconds": "3600", "a date": time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)} {
		f := four(t)
		f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if r.URL.Path == base+"/query" {
				w.Header().Set("Retry-After", value)
				w.WriteHeader(429)
			}
			return r.URL.Path == base+"/query"
		}
		org := connect(t, f)
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond) // fifty pauses of the usual length
		_, err := org.Count(ctx, "Account", "")
		cancel()
		var answer *salesforce.Error
		if !errors.As(err, &answer) || answer.RetryAfter != 5*time.Minute || f.count("GET "+base+"/query") != 1 || strings.Contains(err.Error(), "retry after") {
			t.Errorf("%s: %v, asked %d times", name, err, f.count("GET "+base+"/query"))
		}
	}
	f := four(t)
	f.before = func(w http.ResponseWriter, r *http.Request, n int) bool {
		if r.URL.Path == base+"/query" && n < 3 {
			w.Header().Set("Retry-After", []string{"", "soon", "-5"}[n])
			w.WriteHeader(503)
			return true
		}
		if r.URL.Path == base+"/query" {
			answer(w, map[string]any{"totalSize": 4, "done": true})
			return true
		}
		return false
	}
	if n, err := connect(t, f).Count(context.Background(), "Account", ""); n != 4 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}
