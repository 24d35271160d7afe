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
//   - the path is /clients/{id} and the verb of an update PATCH, every other a
//     405; an id may hold a slash, written %2F (a FastAPI route would not find it)
//   - the key travels as "Authorization: Bearer KEY"; without it 401
//   - GET /clients?limit=&cursor= lists customers in id order as
//     {"data":[...],"next_cursor":string|null}, 100 a page, at most 1000
//   - an unknown customer is a 404; an id of more than 255 characters a 422
//   - errors have FastAPI's two shapes: {"detail":"text"}, and for 422 the list
//     {"detail":[{"type","loc","msg","input"}]} of pydantic 2
//   - the dictionary of an update is merged into the stored one, or replaces it
//   - null removes a key and "" is stored; each of them may also do what the other
//     does, nothing at all, or be refused
//   - numbers, booleans, lists and objects are kept as sent, or as text, or refused
//   - a value that is refused is named: ["body","custom_properties",AXIS]; others of
//     the same update are not stored either
//   - a value sent back as it is held stays as it is, whatever the switches say,
//     and is not refused
//   - what was accepted shows at once, or later; the answer to an update shows the
//     customer as a read would show it then, or nothing
//   - an update cannot give a customer another id: 422
//   - a request too many is a 429 with Retry-After in whole seconds
//
// A custom property may hold any JSON value. What nobody writes stays byte for
// byte what it was.
//
// The server also keeps the books of people who edit while a client writes:
// Editor, LostEdits, Windows, Carried.
package simulator

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Server is the simulated Fincome. Its methods may be called at any time from
// any goroutine, also while it serves requests.
type Server struct {
	config Config
	bucket *bucket
	counts counter
	plan   atomic.Pointer[FaultPlan]
	ticks  atomic.Uint64 // orders what happens, see moment

	mu        sync.RWMutex // guards what follows
	customers []*customer  // in id order; replaced, never changed in place
	byID      map[string]*customer
	waiting   int // changes accepted and not visible yet
	lost      []LostEdit
	windows   []time.Duration
}

// New makes a server with the customers of config. It panics when an extra
// customer's properties are no JSON.
func New(config Config) *Server {
	config.defaults()
	s := &Server{config: config, bucket: newBucket(config.Limit, config.Clock()), byID: map[string]*customer{}}
	s.counts.clock = config.Clock
	s.add(generate(config))
	for _, extra := range config.Extra {
		s.add([]*customer{extra.stored()})
	}
	s.arrange()
	return s
}

var _ http.Handler = (*Server)(nil)
