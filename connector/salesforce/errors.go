package salesforce

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Error is an answer of Salesforce that is not a success.
type Error struct {
	Status  int    // of HTTP
	Code    string // errorCode, such as INVALID_FIELD; empty when the body was none of Salesforce's
	Message string
	Fields  []string
	Request string // method and path
	// RetryAfter is how long the server asks to wait; 0 where it does not.
	RetryAfter time.Duration
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
	if hint := e.hint(); hint != "" {
		text += "; " + hint
	}
	return text
}

// Temporary reports whether the same request may succeed a little later.
// Statuses as other production clients retry them; 420 and HTML come from
// Salesforce's edge servers.
func (e *Error) Temporary() bool {
	if e.Code == "REQUEST_LIMIT_EXCEEDED" && e.Status == http.StatusForbidden { // the daily limit does not pass, the concurrent one does
		return strings.Contains(strings.ToLower(e.Message), "concurrent")
	}
	retried := []int{http.StatusNotAcceptable, http.StatusRequestTimeout, 420, http.StatusTooManyRequests}
	return slices.Contains(retried, e.Status) || e.Code == notNow || e.Status >= 500
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
