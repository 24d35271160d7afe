package probe

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/axisync/axisync/connector/fincome"
)

// access is how a customer is reached.
type access struct{ header, scheme, path, verb string }

func (a access) headerText() string {
	if a.scheme == "" {
		return a.header + ": KEY"
	}
	return a.header + ": " + a.scheme + " KEY"
}

// config is how a client reaches the customer.
func (a access) config(c fincome.Config) fincome.Config {
	c.AuthHeader, c.AuthScheme, c.ClientPath = a.header, a.scheme, a.path
	if a.verb != "" {
		c.UpdateVerb = a.verb
	}
	return c
}

// headers and paths are tried after what the file says, in this order.
var (
	headers = []access{
		{header: "Authorization", scheme: "Bearer"}, {header: "Authorization"}, {header: "X-API-Key"}, {header: "Api-Key"}, {header: "ApiKey"},
		{header: "Authorization", scheme: "Api-Key"}, {header: "Authorization", scheme: "ApiKey"}, {header: "Authorization", scheme: "Token"}, {header: "X-Auth-Token"},
	}
	paths = []string{
		"/clients/{id}", "/customers/{id}", "/v1/clients/{id}", "/v1/customers/{id}", "/client/{id}", "/customer/{id}",
	}
)

// headersOf and pathsOf are all that is tried, each once.
func headersOf(c fincome.Config) []access {
	c = c.WithDefaults()
	all := []access{{header: c.AuthHeader, scheme: c.AuthScheme}}
	for _, h := range headers {
		if !slices.ContainsFunc(all, func(a access) bool { return strings.EqualFold(a.header, h.header) && a.scheme == h.scheme }) {
			all = append(all, h)
		}
	}
	return all
}

func pathsOf(c fincome.Config) []string {
	return once(append([]string{c.WithDefaults().ClientPath}, paths...))
}

func once(words []string) []string {
	var all []string
	for _, word := range words {
		if word != "" && !slices.Contains(all, word) {
			all = append(all, word)
		}
	}
	return all
}

// open reads the customer by every header and path until one works. A 401 or a 403
// is about the header, whatever the path; where no path is known to a header that
// was let in, other headers would not know it either.
func open(ctx context.Context, o Options) (*session, error) {
	var tried []string
	for _, header := range headersOf(o.Config) {
		s, err := openWith(ctx, o, header)
		var failure *fincome.Error
		if errors.As(err, &failure) && failure.Auth() {
			tried = append(tried, `"`+header.headerText()+`"`)
			continue
		}
		if err != nil {
			return nil, err
		}
		o.found("key", "accepted as %q", s.access.headerText())
		o.found("path", "%s, customer %q has %s", s.access.path, o.Customer, counted(len(s.first.properties), "custom property", "custom properties"))
		return s, nil
	}
	return nil, &DeniedError{tried}
}

// openWith tries every path with one header.
func openWith(ctx context.Context, o Options, header access) (*session, error) {
	misses := map[string]string{}
	for _, path := range pathsOf(o.Config) {
		header.path = path
		s, err := newSession(o, header)
		if err != nil {
			return nil, err
		}
		s.first, err = s.read(ctx)
		var failure *fincome.Error
		var web *pageError
		switch {
		case err == nil && s.first.id != o.Customer:
			return nil, refusedf("fincome answered about customer %q when asked for %q, as after a merge of customers: choose another one", s.first.id, o.Customer)
		case err == nil:
			s.now = s.first
			return s, nil
		case errors.As(err, &web) && path == pathsOf(o.Config)[0]:
			return nil, err // what is there is not known
		case errors.As(err, &web):
			misses[path] = errNoCustomer.Error()
		case errors.As(err, &failure) && elsewhere(failure):
			misses[path] = failure.Message
		case errors.Is(err, errNoCustomer):
			misses[path] = errNoCustomer.Error()
		default:
			return nil, err
		}
	}
	return nil, o.nowhere(ctx, header, misses)
}

// elsewhere reports an answer that another path may not give. (A refusal of the id
// is one: no other path would take it, and none is asked to write.)
func elsewhere(failure *fincome.Error) bool {
	switch failure.Status {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone, http.StatusUnprocessableEntity, http.StatusBadRequest:
		return true
	}
	return failure.Status >= 300 && failure.Status < 400
}

// nowhere tells apart a customer that is not there and a path that is none: what
// the server says of a path that there cannot be is what it says of any such.
func (o Options) nowhere(ctx context.Context, a access, misses map[string]string) error {
	a.path = "/axisync-probe-nowhere/{id}"
	s, err := newSession(o, a)
	if err != nil {
		return err
	}
	_, err = s.read(ctx)
	var failure *fincome.Error
	var usual string
	var web *pageError
	switch {
	case errors.As(err, &web):
		usual = errNoCustomer.Error()
	case errors.As(err, &failure):
		usual = failure.Message
	case errors.Is(err, errNoCustomer):
		usual = errNoCustomer.Error()
	}
	if ctx.Err() != nil {
		return err
	}
	var none []string
	for _, path := range pathsOf(o.Config) {
		if said := misses[path]; said != usual && said != errNoCustomer.Error() {
			return refusedf("there is no customer %q at %s (%s): name one that Fincome has", o.Customer, path, said)
		}
		none = append(none, path)
	}
	return refusedf("fincome knows no customer %q at any of %s: name one that it has, or check base_url and set client_path", o.Customer, list(none))
}
