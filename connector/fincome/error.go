package fincome

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/axisync/axisync/connector"
)

// Error is a request that did not do what it was sent for. Its text never holds
// the key.
type Error struct {
	Method, Path string // Path without the base address
	Status       int    // 0 when no answer came
	// Code is the receiver's own code: the type of the first validation issue
	// (string_type, say), or what an answer names code. May be empty.
	Code    string
	Message string // the receiver's words, on one line and cut at 500 characters
	// Issues are those of the documented 422, all of them; nil for an answer of another
	// form.
	Issues []Issue
	Tries  int // how often the request was sent; 0: once, by a client of Once

	retryAfter time.Duration
	cause      error // what kept an answer from coming
	tooLong    bool  // the answer was a good one by its status
}

// The codes of refusals that this package makes itself.
const (
	// CodeOtherCustomer: the answer is about another customer than was asked for,
	// as may be after a merge of customers in Fincome.
	CodeOtherCustomer = "other_customer"
	// CodeInvalidID: the id cannot stand in an address.
	CodeInvalidID = "invalid_id"
	// CodeNoCustomer: the answer, a good one by its status, is no customer, or is longer
	// than one can be.
	CodeNoCustomer = "no_customer"
)

// Error says what was asked, what came of it and what to do.
func (e *Error) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "fincome: %s %s: ", e.Method, connector.Brief(e.Path))
	switch {
	case e.cause != nil:
		fmt.Fprintf(&text, "no answer: %v", e.cause)
	case e.Status == 0:
		text.WriteString(e.Message)
	default:
		fmt.Fprintf(&text, "%d %s", e.Status, e.Message)
	}
	if e.Tries > 1 {
		fmt.Fprintf(&text, ", after %d tries", e.Tries)
	}
	if hint := e.Hint(); hint != "" {
		text.WriteString(": " + hint)
	}
	return text.String()
}

// Unwrap is what kept an answer from coming, nil when one came.
func (e *Error) Unwrap() error { return e.cause }

// Temporary reports that the same request may succeed later: no answer came, or
// the server was busy or out of order.
func (e *Error) Temporary() bool {
	switch e.Status {
	case 0:
		return e.cause != nil
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	}
	return e.Status >= 500
}

// RetryAfter is the pause that the server asked for, 0 when it asked for none.
func (e *Error) RetryAfter() time.Duration { return e.retryAfter }

// Throttled reports that the server wants fewer requests: it said so (429), or
// was busy and named a pause.
func (e *Error) Throttled() bool {
	return e.Status == http.StatusTooManyRequests || e.Status == http.StatusServiceUnavailable && e.retryAfter > 0
}

// Auth reports that the key was not accepted, for whatever customer.
func (e *Error) Auth() bool {
	return e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden
}

// Configuration reports that the address or the verb is wrong, or that the account or
// a proxy lets nothing through: trying again does not help, for whatever customer.
func (e *Error) Configuration() bool {
	switch e.Status {
	case http.StatusPaymentRequired, http.StatusMethodNotAllowed, http.StatusProxyAuthRequired,
		http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return true
	}
	return e.Status >= 200 && e.Status < 400 || e.Status == http.StatusNotFound && e.unknownPath()
}

// unknownPath: what FastAPI says of a path that it does not know at all.
func (e *Error) unknownPath() bool { return e.Message == "Not Found" }

// Refused reports an answer about one customer: it does not exist, or what was
// to be written is not wanted. Others may well be written.
func (e *Error) Refused() bool {
	switch e.Status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusGone,
		http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return true
	}
	return e.Code == CodeOtherCustomer || e.Code == CodeInvalidID
}

// Unclear reports an answer that may be about this customer or about every one: only
// what becomes of others tells. A 403 is Auth as well.
func (e *Error) Unclear() bool {
	if e.Code == CodeNoCustomer {
		return true
	}
	return e.Status >= 400 && e.Status < 500 && e.Status != http.StatusUnauthorized &&
		!e.Refused() && !e.Temporary() && !e.Configuration()
}

// Hint says what to do, empty when there is nothing to say.
func (e *Error) Hint() string {
	switch {
	case e.Status == http.StatusForbidden:
		return "check api_key and what it may do, and auth_header and auth_scheme"
	case e.Auth():
		return "check api_key, and auth_header and auth_scheme"
	case e.Status == http.StatusPaymentRequired:
		return "the plan of the Fincome account does not cover this: ask Fincome"
	case e.Status == http.StatusProxyAuthRequired:
		return "the proxy on the way wants a login: put it into HTTPS_PROXY"
	case (e.Status == http.StatusMethodNotAllowed || e.Status == http.StatusNotImplemented) && e.Method == http.MethodGet:
		return "check base_url and the paths: what answers there cannot be read"
	case e.Status == http.StatusMethodNotAllowed, e.Status == http.StatusNotImplemented:
		return "check update_verb and client_path"
	case e.Status == http.StatusHTTPVersionNotSupported:
		return "check base_url: what answers there is no API"
	case e.Status >= 200 && e.Status < 300:
		return "check update_verb and client_path: nothing that is asked for ends like this"
	case e.Status >= 300 && e.Status < 400:
		return "the address moved, set base_url to the new one"
	case e.Status == http.StatusNotFound && e.unknownPath():
		return "check base_url and client_path"
	case e.Unclear():
		return "look at this customer in Fincome; when it is so for others too, check base_url, client_path and update_verb"
	case e.Temporary():
		return "try again later"
	}
	return ""
}
