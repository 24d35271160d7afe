package simulator

import (
	"cmp"
	"iter"
	"net/http"
	"time"
)

// DefaultAxis is the identification axis unless Config names another.
const DefaultAxis = "Salesforce ID"

// DefaultAPIKey opens a server whose Config has no key.
const DefaultAPIKey = "fincome-simulator-key"

// Account is what the generator of customers has to know of one Salesforce
// Account.
type Account struct {
	ID       string // 18 characters
	Name     string
	Deleted  bool   // in the recycle bin, or lost in a merge
	MasterID string // the winner, for an account lost in a merge
	Number   string // the customer number people keep in the Account, may be empty
}

// Config says which customers there are and how the API behaves. The zero
// value is an empty, quick and friendly Fincome.
type Config struct {
	// Seed and Customers decide, with Accounts, every generated customer.
	Seed      uint64
	Customers int
	// Accounts are what customers may refer to, read once by New. Without them
	// no generated customer carries a Record ID.
	Accounts iter.Seq[Account]
	// Extra are customers given as they are, besides the generated ones. An id
	// that is there already is replaced.
	Extra []Customer

	Axis string // identification axis, DefaultAxis when empty
	// Tag, when set, gives most customers with a good id the axis
	// Salesforce_<Tag>_Industry, as if a connector had written it before.
	Tag string

	APIKey       string // DefaultAPIKey when empty
	AuthHeader   string // Authorization, then with the scheme Bearer
	AuthScheme   string // precedes the key; empty with an AuthHeader of its own: the bare key
	DeniedStatus int    // answers a wrong or missing key: 401, or 403

	BasePath   string // /product
	ClientPath string // /clients/{id}
	UpdateVerb string // PATCH
	List       List

	Update Update
	Clear  Clear
	// Null and Empty say what null and "" do, each for itself, where they are not
	// AsClear.
	Null, Empty Effect
	// Numbers, Booleans and Structures (lists and objects) say what becomes of
	// values that are no text.
	Numbers, Booleans, Structures Keep
	Trim                          bool // updates are stored without outer blanks
	Retype                        bool // texts that read as a JSON number or boolean are stored as one
	// Renotate writes texts that read as a date-time or a number in another notation:
	// 2026-03-01T10:00:00Z becomes 2026-03-01T10:00:00.000+0000, 12.5 becomes 12.50,
	// 10000000 becomes 1.0E7.
	Renotate bool

	Delay        Delay
	UpdateStatus int     // answers an update: 202, or 200, or 204 without a body
	Silent       bool    // the answer to an update has no body
	Unknown      Unknown // what an update of an unknown customer does

	RejectIDs   []string // customers whose updates are refused with 422
	RejectEvery int      // about one customer in so many is refused likewise; 0: none
	// RefuseAxes are axes that take no other value than they hold: an update that
	// brings one is refused with a 422 that names each of them.
	RefuseAxes []string

	Limit Limit
	// Latency is the time that an answer takes: half before the request has its
	// effect, half after it.
	Latency time.Duration

	// Fault is asked before each request; nil means serve it. It may be called
	// from several goroutines. Server.Faults sets a plan, which is asked after it.
	Fault func(*http.Request) *Fault
	// Clock is the time of updated_at, Delay, Limit and of the books; time.Now when
	// nil. What takes time (Latency, a stall) takes it by package time.
	Clock func() time.Time
}

// List says how customers are listed. The zero value is /clients, as the package
// says.
type List struct {
	Path      string // /clients
	LimitName string // limit: the parameter for the customers of a page
	After     string // cursor: the parameter that asks for the next page
	DataKey   string // data: where a page holds its customers
	NextKey   string // next_cursor: where a page holds what After takes
	MaxLimit  int    // 1000
	// Numbered has pages numbered from 1 in After and NextKey, in place of opaque
	// cursors.
	Numbered bool
	// Offset has After take the number of customers before the page, and no page tells
	// of the next; After is offset then.
	Offset bool
	// Bare has a page be its customers alone, without a key. It goes with Offset.
	Bare bool
	// Refused is answered to every request for the list: 404 or 405; 0 when there is
	// one.
	Refused int
}

// Unknown says what an update of an unknown customer does.
type Unknown int

// The ways to take it.
const (
	UnknownNotFound Unknown = iota // 404
	UnknownInvalid                 // 422
	UnknownCreated                 // makes a customer, and is answered like an update
)

func (c *Config) defaults() {
	c.Axis = cmp.Or(c.Axis, DefaultAxis)
	c.APIKey = cmp.Or(c.APIKey, DefaultAPIKey)
	if c.AuthHeader == "" {
		c.AuthHeader, c.AuthScheme = "Authorization", cmp.Or(c.AuthScheme, "Bearer")
	}
	c.DeniedStatus = cmp.Or(c.DeniedStatus, http.StatusUnauthorized)
	c.BasePath = cmp.Or(c.BasePath, "/product")
	c.ClientPath = cmp.Or(c.ClientPath, "/clients/"+idMark)
	c.UpdateVerb = cmp.Or(c.UpdateVerb, http.MethodPatch)
	c.UpdateStatus = cmp.Or(c.UpdateStatus, http.StatusAccepted)
	c.List.Path = cmp.Or(c.List.Path, "/clients")
	c.List.LimitName = cmp.Or(c.List.LimitName, "limit")
	after := "cursor"
	if c.List.Offset {
		after = "offset"
	}
	c.List.After = cmp.Or(c.List.After, after)
	c.List.DataKey = cmp.Or(c.List.DataKey, "data")
	c.List.NextKey = cmp.Or(c.List.NextKey, "next_cursor")
	c.List.MaxLimit = cmp.Or(c.List.MaxLimit, 1000)
	if c.Clock == nil {
		c.Clock = time.Now
	}
}
