package salesforce

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Error is an answer of Salesforce that is not a success.
type Error struct {
	Status  int    // of HTTP
	Code    string // errorCode, such as INVALID_FIELD; empty when the body was none of Salesforce's
	Message string
	Fields  []string
	Request string // method and path
}

// Error says what was asked and what was answered.
func (e *Error) Error() string {
	what := e.Code
	if what == "" {
		what = http.StatusText(e.Status)
	}
	text := fmt.Sprintf("salesforce: %s answered %d %s", e.Request, e.Status, what)
	if e.Message != "" {
		text += ": " + e.Message
	}
	if hint := hints[e.Code]; hint != "" {
		text += "; " + hint
	}
	return text
}

// hints are what to do about a code.
var hints = map[string]string{
	"API_DISABLED_FOR_ORG":            "the edition or the user's profile has no API access: give the user the permission API Enabled",
	"CLIENT_NOT_ACCESSIBLE_FOR_USER":  "allow the app for this user in the app's policies",
	"INSUFFICIENT_ACCESS":             "give the user read access to the object and its fields",
	"INSUFFICIENT_ACCESS_OR_READONLY": "give the user read access to the object and its fields",
	"LIMIT_EXCEEDED":                  "the daily limit of bulk query jobs is used up: run again tomorrow, or ask Salesforce for more",
}

// Temporary reports whether the same request may succeed a little later.
// Statuses as other production clients retry them; 420 and HTML come from
// Salesforce's edge servers.
func (e *Error) Temporary() bool {
	if e.Code == "REQUEST_LIMIT_EXCEEDED" { // the daily limit does not pass, the concurrent one does
		return strings.Contains(strings.ToLower(e.Message), "concurrent")
	}
	retried := []int{http.StatusNotAcceptable, http.StatusRequestTimeout, 420, http.StatusTooManyRequests}
	return slices.Contains(retried, e.Status) || e.Status >= 500
}

// Auth reports whether a person has to reconnect or allow the app: trying again
// is of no use.
func (e *Error) Auth() bool {
	return e.Status == http.StatusUnauthorized || e.Code == "API_DISABLED_FOR_ORG" || e.Code == "CLIENT_NOT_ACCESSIBLE_FOR_USER"
}

// TookTooLong reports whether Salesforce gave up on a query because of the time it
// takes. A job may take longer.
func TookTooLong(err error) bool {
	var answer *Error
	return errors.As(err, &answer) && answer.Code == "QUERY_TIMEOUT"
}

// errorBody reads an Error from the body of an answer: an array of one, as the
// REST API writes it, or whatever a proxy has put there.
func errorBody(status int, request string, body []byte) *Error {
	e := &Error{Status: status, Request: request}
	var answers []struct {
		ErrorCode string   `json:"errorCode"`
		Message   string   `json:"message"`
		Fields    []string `json:"fields"`
	}
	if json.Unmarshal(body, &answers) == nil && len(answers) > 0 {
		e.Code, e.Message, e.Fields = answers[0].ErrorCode, oneLine(answers[0].Message), answers[0].Fields
		return e
	}
	if strings.HasPrefix(strings.TrimSpace(string(body)), "<") {
		e.Message = "with a web page, not with data: something between here and Salesforce may have answered"
	}
	return e
}

// oneLine makes a message of Salesforce, which may draw arrows under a query
// over several lines, one line of bounded length.
func oneLine(text string) string {
	const longest = 400
	line := strings.Join(strings.Fields(text), " ")
	if len(line) > longest {
		line = strings.ToValidUTF8(line[:longest], "") + "..."
	}
	return line
}

// interruption is an exchange that broke before it was complete: a connection
// reset, a body cut short, a page that is not whole.
type interruption struct {
	request string
	err     error
}

func (i *interruption) Error() string { return fmt.Sprintf("salesforce: %s: %v", i.request, i.err) }

func (i *interruption) Unwrap() error { return i.err }

// Temporary: see Error.
func (i *interruption) Temporary() bool { return true }
