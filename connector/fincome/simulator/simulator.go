// Package simulator is a Fincome that runs on loopback: an http.Handler with
// the customers of one account, their axes, and the rules by which the API
// changes them.
//
// What Fincome documents is kept to the letter: the base path /product, JSON,
// the fields of a customer, 200 and 422 on a read, 202 and 422 on a partial
// update, custom properties as a dictionary (docs.fincome.co/api). Everything
// below is documented nowhere and is an assumption of this package, most of it
// a switch of Config so that a client can be tried against each answer:
//
//   - the path is /clients/{id} and the verb of an update PATCH; an id may hold
//     a slash, written %2F (a FastAPI route would not find it)
//   - the key travels as "Authorization: Bearer KEY"; without it 401
//   - GET /clients?limit=&cursor= lists customers in id order as
//     {"data":[...],"next_cursor":string|null}, 100 a page, at most 1000
//   - an unknown customer is a 404; an id of more than 255 characters a 422
//   - errors have FastAPI's two shapes: {"detail":"text"}, and for 422 the list
//     {"detail":[{"type","loc","msg","input"}]} of pydantic 2
//   - the dictionary of an update is merged into the stored one (or replaces
//     it), a null removes a key (or an empty text does, or nothing but leaving
//     the key out), a value sent back as it is held stays as it is, and what was
//     accepted shows at once (or later)
//   - the answer to an update shows the customer as a read would show it then
//   - an update cannot give a customer another id: 422
//   - a request too many is a 429 with Retry-After in whole seconds
//
// A custom property may hold any JSON value. What nobody writes stays byte for
// byte what it was.
package simulator

import (
	"iter"
	"net/http"
	"sync"
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

	APIKey     string // DefaultAPIKey when empty
	AuthHeader string // Authorization with the scheme Bearer when empty
	AuthScheme string // precedes the key in AuthHeader; empty: the bare key

	Update Update
	Clear  Clear
	Delay  Delay
	Limit  Limit
	Trim   bool // updates are stored without outer blanks
	Retype bool // texts that read as a JSON number or boolean are stored as one
	// Renotate writes texts that read as a date-time or a number in another notation:
	// 2026-03-01T10:00:00Z becomes 2026-03-01T10:00:00.000+0000, 12.5 becomes 12.50,
	// 10000000 becomes 1.0E7.
	Renotate bool

	RejectIDs   []string // customers whose updates are refused with 422
	RejectEvery int      // about one customer in so many is refused likewise; 0: none

	// Fault is asked before each request; nil means serve it. It may be called
	// from several goroutines.
	Fault func(*http.Request) *Fault
	// Clock is the time of updated_at, Delay and Limit; time.Now when nil.
	Clock func() time.Time
}

// Server is the simulated Fincome. Its methods may be called at any time from
// any goroutine, also while it serves requests.
type Server struct {
	config Config
	mux    *http.ServeMux
	bucket *bucket
	counts counter

	mu        sync.RWMutex // guards what follows
	customers []*customer  // in id order
	byID      map[string]*customer
	waiting   int // changes accepted and not visible yet
}

// New makes a server with the customers of config. It panics when an extra
// customer's properties are no JSON.
func New(config Config) *Server {
	config.defaults()
	s := &Server{config: config, bucket: newBucket(config.Limit), byID: map[string]*customer{}}
	s.add(generate(config))
	for _, extra := range config.Extra {
		s.add([]*customer{extra.stored()})
	}
	s.arrange()
	s.mux = s.routes()
	return s
}

func (c *Config) defaults() {
	if c.Axis == "" {
		c.Axis = DefaultAxis
	}
	if c.APIKey == "" {
		c.APIKey = DefaultAPIKey
	}
	if c.AuthHeader == "" {
		c.AuthHeader, c.AuthScheme = "Authorization", "Bearer"
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
}
