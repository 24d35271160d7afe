// Package fincome speaks to Fincome: the API that reads and updates one
// customer, and the two ways to read all of them, the API's listing and a file
// of the export centre.
//
// What Fincome documents is little (docs.fincome.co/api); see Config for the
// assumptions that fill the gaps.
package fincome

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/axisync/axisync/connector"
)

// Client reads and updates single customers. It may be used by several
// goroutines.
type Client struct {
	config Config
	http   *http.Client
	clock  *serverClock
	single bool // each request is sent once
}

// Customer is one customer as the API tells it.
type Customer struct {
	ID string
	// Properties are the custom properties, each value byte for byte as it was
	// sent. An absent or null dictionary is empty.
	Properties map[string]json.RawMessage
}

// New makes a client; nothing is contacted. The error is that of
// Config.Validate. transport carries the requests; nil is a transport of the
// client's own, fit for many requests to one host.
func New(config Config, transport http.RoundTripper) (*Client, error) {
	config = config.WithDefaults()
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("fincome: %w", err)
	}
	if transport == nil {
		own := http.DefaultTransport.(*http.Transport).Clone() // documented to be one
		own.MaxIdleConns, own.MaxIdleConnsPerHost = 0, maxIdle
		own.ReadBufferSize = bufferSize
		transport = own
	}
	return &Client{config: config, clock: new(serverClock), http: &http.Client{
		Transport: transport,
		// A redirect would carry the key to another host, and turn an update into a
		// read: it is told as the answer it is.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Close drops idle connections. The client may be used again.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Once is a client over the same connections that sends each request once,
// whatever comes of it: for those who decide themselves when to try again, as
// Retry says. Closing either closes both.
func (c *Client) Once() *Client {
	once := *c
	once.single = true
	return &once
}

// Retry is Config.Retry with its defaults.
func (c *Client) Retry() Retry { return c.config.Retry }

// Retrieve reads one customer. The error is an *Error (Refused when there is no
// such customer), or that of ctx.
func (c *Client) Retrieve(ctx context.Context, id string) (Customer, error) {
	r := request{method: http.MethodGet, path: c.clientPath(id), limit: maxCustomer, wanted: []int{http.StatusOK}}
	if unfit(id) {
		return Customer{}, r.refusal(CodeInvalidID, fmt.Sprintf("the customer id %q cannot stand in an address", connector.Brief(id)))
	}
	body, err := c.send(ctx, r)
	if tooLong(err) {
		return Customer{}, r.refusal(CodeNoCustomer, err.(*Error).Message)
	}
	if err != nil {
		return Customer{}, err
	}
	customer, err := parseCustomer(body)
	if err != nil && !json.Valid(body) {
		return Customer{}, r.notJSON()
	}
	if err != nil {
		return Customer{}, r.refusal(CodeNoCustomer, fmt.Sprintf("the answer is no customer: %v", err))
	}
	if customer.ID != id {
		return Customer{}, r.refusal(CodeOtherCustomer, fmt.Sprintf("the answer is about customer %q", connector.Brief(customer.ID)))
	}
	return customer, nil
}

// Update writes custom properties of one customer; values are JSON and are sent
// byte for byte. What becomes of properties that are not given, and of null, is
// the receiver's: see design.md 4.6. A nil error means that the update was
// accepted, not that it can be read yet.
//
// The answer shows the customer as a read would show it then, which need not be
// what it becomes; it is nil where the receiver shows none.
//
// The error is an *Error (Refused when this customer or these values are not
// wanted), or that of ctx. After an error that is Temporary, or of ctx, the
// update may have been carried out all the same.
func (c *Client) Update(ctx context.Context, id string, properties map[string]json.RawMessage) (*Customer, error) {
	r := request{
		method: c.config.UpdateVerb, path: c.clientPath(id), limit: maxCustomer,
		// 202 is documented. 201 is not among them: it would mean a new customer.
		wanted: []int{http.StatusAccepted, http.StatusOK, http.StatusNoContent},
	}
	if unfit(id) {
		return nil, r.refusal(CodeInvalidID, fmt.Sprintf("the customer id %q cannot stand in an address", connector.Brief(id)))
	}
	var err error
	if r.body, err = updateBody(properties); err != nil {
		return nil, fmt.Errorf("fincome: %s %s: %w", r.method, r.path, err)
	}
	body, err := c.send(ctx, r)
	if tooLong(err) {
		return nil, nil // the update was accepted
	}
	if err != nil {
		return nil, err
	}
	if shown, err := parseCustomer(body); err == nil && shown.ID == id {
		return &shown, nil
	}
	if len(body) > 0 && !json.Valid(body) {
		return nil, r.notJSON()
	}
	return nil, nil // the update was accepted, whatever the answer looks like
}

// notJSON is an answer that Fincome does not give: of a proxy, or a login page. What
// became of the request is not known.
func (r request) notJSON() *Error {
	return &Error{Method: r.method, Path: r.path, cause: errors.New("what came is no JSON but a page, as of a proxy that stands between")}
}

func tooLong(err error) bool {
	failure, ok := err.(*Error)
	return ok && failure.tooLong
}

// unfit ids would name another address: that of the list, or of a folder above.
func unfit(id string) bool { return id == "" || id == "." || id == ".." }

func (c *Client) clientPath(id string) string {
	return strings.Replace(c.config.ClientPath, idMark, url.PathEscape(id), 1)
}

// updateBody writes the body by hand: encoding/json would re-escape the values.
func updateBody(properties map[string]json.RawMessage) ([]byte, error) {
	body := []byte(`{"custom_properties":{`)
	for i, name := range slices.Sorted(maps.Keys(properties)) {
		if i > 0 {
			body = append(body, ',')
		}
		var err error
		if body, err = jsontext.AppendQuote(body, name); err != nil {
			return nil, fmt.Errorf("the axis %q is not UTF-8", name)
		}
		if !json.Valid(properties[name]) {
			return nil, fmt.Errorf("the value for the axis %q is not JSON", name)
		}
		body = append(append(body, ':'), properties[name]...)
	}
	return append(body, "}}"...), nil
}

func parseCustomer(body []byte) (Customer, error) {
	var answer struct {
		ID         json.RawMessage            `json:"id"`
		Properties map[string]json.RawMessage `json:"custom_properties"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return Customer{}, err
	}
	id, err := appendID(nil, jsontext.Value(answer.ID))
	if err != nil {
		return Customer{}, err
	}
	if answer.Properties == nil {
		answer.Properties = map[string]json.RawMessage{}
	}
	return Customer{ID: string(id), Properties: answer.Properties}, nil
}

// appendID appends the text of an id. An id that is a number is taken as it is
// spelled.
func appendID(into []byte, value jsontext.Value) ([]byte, error) {
	switch value.Kind() {
	case '"':
		id, err := jsontext.AppendUnquote(into, value)
		if err != nil {
			return into, fmt.Errorf("its id %s is not UTF-8", value)
		}
		if len(id) == len(into) {
			return into, errors.New("its id is empty")
		}
		return id, nil
	case '0':
		return append(into, value...), nil
	}
	return into, errors.New("it has no id")
}

// Cell is the text of a raw JSON value and its type in the terms of
// connector.CustomerSchema; set is false for null and for an absent value.
func Cell(raw json.RawMessage) (text, kind string, set bool) {
	value := jsontext.Value(raw)
	if len(value) == 0 || value.Kind() == 'n' {
		return "", "", false
	}
	var d decoder
	t, kind := d.cell(value)
	return string(t), kind, true
}
