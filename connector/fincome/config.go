package fincome

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/axisync/axisync/connector"
)

// Config says where the API is and, where Fincome's documentation is silent,
// how it is spoken to. Zero fields take the default named; only BaseURL (and the
// shape of a customer) is documented (docs.fincome.co/api), every other default
// is an assumption that Config is there to change.
type Config struct {
	BaseURL string // https://api2.fincome.co/product
	APIKey  connector.Secret

	AuthHeader string // Authorization, then with the scheme Bearer
	AuthScheme string // precedes the key; empty with an AuthHeader of its own: the bare key
	ClientPath string // /clients/{id}
	UpdateVerb string // PATCH
	List       List
	Retry      Retry

	Timeout time.Duration // of one request, 60 seconds
}

// List says how customers are listed. All of it is an assumption: no listing is
// documented.
type List struct {
	Path      string `json:"path"`         // /clients
	LimitName string `json:"limit_param"`  // limit: the query parameter for the customers of a page
	Limit     int    `json:"limit"`        // 1000
	After     string `json:"cursor_param"` // cursor, or offset: the query parameter that asks for the next page
	DataKey   string `json:"data_key"`     // data: where a page holds its customers
	NextKey   string `json:"cursor_key"`   // next_cursor: where a page holds what After takes; null or "" on the last
	// Offset: After takes the number of customers before the page, and no page tells of
	// the next: the list ends with a page that is empty, for a shorter one may have been
	// cut by the server's own bound.
	Offset bool `json:"offset,omitempty"`
	// Bare: a page is the list of its customers itself, without DataKey and NextKey. It
	// needs Offset.
	Bare bool `json:"bare,omitempty"`
}

// Retry says how long a request is tried again that got no answer, a 429 or a
// 5xx. A pause that the server asks for (Retry-After) is honoured and does not
// count as a try.
type Retry struct {
	Tries   int           // 6, in all
	Elapsed time.Duration // 5 minutes, in all
	Initial time.Duration // 500 ms, the first pause; each is half as long again, with jitter
}

// WithDefaults is c with every zero field filled in.
func (c Config) WithDefaults() Config {
	if c.AuthHeader == "" {
		c.AuthHeader = "Authorization"
		c.AuthScheme = cmp.Or(c.AuthScheme, "Bearer")
	}
	c.BaseURL = cmp.Or(c.BaseURL, "https://api2.fincome.co/product")
	c.ClientPath = cmp.Or(c.ClientPath, "/clients/{id}")
	c.UpdateVerb = cmp.Or(c.UpdateVerb, http.MethodPatch)
	after := "cursor"
	if c.List.Offset {
		after = "offset"
	}
	c.List = List{
		Path:      cmp.Or(c.List.Path, "/clients"),
		LimitName: cmp.Or(c.List.LimitName, "limit"),
		Limit:     cmp.Or(c.List.Limit, 1000),
		After:     cmp.Or(c.List.After, after),
		DataKey:   cmp.Or(c.List.DataKey, "data"),
		NextKey:   cmp.Or(c.List.NextKey, "next_cursor"),
		Offset:    c.List.Offset,
		Bare:      c.List.Bare,
	}
	c.Retry = Retry{
		Tries:   cmp.Or(c.Retry.Tries, 6),
		Elapsed: cmp.Or(c.Retry.Elapsed, 5*time.Minute),
		Initial: cmp.Or(c.Retry.Initial, 500*time.Millisecond),
	}
	c.Timeout = cmp.Or(c.Timeout, time.Minute)
	return c
}

// Validate names everything that is wrong with c, after WithDefaults, each on
// its own line and by its field in a pipeline file. It contacts nobody.
func (c Config) Validate() error {
	c = c.WithDefaults()
	return errors.Join(c.validateAddress(), c.validateKey(), c.validateRequests(), c.validateBounds())
}

const idMark = "{id}"

func (c Config) validateAddress() error {
	base, err := url.Parse(c.BaseURL)
	switch {
	case err != nil || base.Host == "":
		return errors.New("base_url is not an address: write it like https://api2.fincome.co/product")
	case base.User != nil || base.RawQuery != "" || base.Fragment != "":
		return errors.New("base_url holds more than host and path: leave out user, query and fragment")
	case base.Scheme == "https", base.Scheme == "http" && loopback(base.Hostname()):
		return nil
	}
	return fmt.Errorf("base_url begins with %s: the key would travel in the clear, use https", base.Scheme)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (c Config) validateKey() error {
	var problems []error
	switch key := c.APIKey.Reveal(); {
	case key == "":
		problems = append(problems, errors.New("api_key is missing: make one in Fincome under Settings > Developers"))
	case !httpguts.ValidHeaderFieldValue(key) || strings.TrimSpace(key) != key:
		problems = append(problems, errors.New("api_key holds blanks or a line break at its ends, or a control character: copy it again"))
	}
	if !httpguts.ValidHeaderFieldName(c.AuthHeader) {
		problems = append(problems, fmt.Errorf("auth_header %q is no header name", c.AuthHeader))
	}
	if !httpguts.ValidHeaderFieldValue(c.AuthScheme) {
		problems = append(problems, fmt.Errorf("auth_scheme %q cannot stand in a header", c.AuthScheme))
	}
	return errors.Join(problems...)
}

func (c Config) validateRequests() error {
	var problems []error
	if !strings.HasPrefix(c.ClientPath, "/") || strings.Count(c.ClientPath, idMark) != 1 {
		problems = append(problems, fmt.Errorf("client_path %q: write it like /clients/{id}, with {id} once", c.ClientPath))
	}
	if !strings.HasPrefix(c.List.Path, "/") {
		problems = append(problems, fmt.Errorf("customers.api.path %q: write it like /clients", c.List.Path))
	}
	if c.List.Bare && !c.List.Offset {
		problems = append(problems, errors.New("customers.api.bare_list needs paging: offset, for a page without a key cannot tell of the next one"))
	}
	switch c.UpdateVerb {
	case http.MethodPatch, http.MethodPut, http.MethodPost:
	default:
		problems = append(problems, fmt.Errorf("update_verb %q: choose PATCH, PUT or POST", c.UpdateVerb))
	}
	return errors.Join(problems...)
}

func (c Config) validateBounds() error {
	var problems []error
	for _, bound := range []struct {
		name string
		bad  bool
	}{
		{"customers.api.limit", c.List.Limit < 1}, {"retry.tries", c.Retry.Tries < 1},
		{"retry.elapsed", c.Retry.Elapsed < 0}, {"retry.initial", c.Retry.Initial < 0}, {"timeout", c.Timeout < 0},
	} {
		if bound.bad {
			problems = append(problems, fmt.Errorf("%s must be more than nothing", bound.name))
		}
	}
	return errors.Join(problems...)
}
