package simulator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync/atomic"
	"time"
)

// Customer is a customer as the server holds it.
type Customer struct {
	ID                         string
	Name, Email, Country, Code string // Code is the zip code
	// Properties are the custom properties that are visible now.
	Properties map[string]json.RawMessage
	// Made says why the generator gave the identification axis its value; empty
	// for a customer that was given.
	Made string
	// AccountID is the account (18 characters) the generator had in mind,
	// whatever became of its id; empty when there was none.
	AccountID string
	// Rejects is true when every update of the customer is refused.
	Rejects bool
}

// customer is what the server keeps: the answer to a read, ready to send, so
// that a list costs no more than copying.
type customer struct {
	id        string
	made      string
	accountID string
	rejects   bool
	encoded   []byte   // never changed in place, only replaced
	waiting   []change // accepted and not visible yet, oldest first

	read     atomic.Pointer[moment] // the newest read by a client
	standing []edit                 // by people, one an axis, that no update overwrote
}

// body is the JSON of a customer, in the order of Fincome's documentation.
type body struct {
	CreatedAt    string     `json:"created_at"`
	UpdatedAt    string     `json:"updated_at"`
	ID           string     `json:"id"`
	RootParentID *string    `json:"root_parent_id"`
	Name         *string    `json:"name"`
	Email        *string    `json:"email"`
	Country      *string    `json:"country"`
	ZipCode      *string    `json:"zip_code"`
	Properties   dictionary `json:"custom_properties"`
}

// decoded is the stored body; it cannot fail, for the server encoded it.
func (c *customer) decoded() body {
	var b body
	if err := json.Unmarshal(c.encoded, &b); err != nil {
		panic(fmt.Sprintf("fincome simulator: customer %q is held as no JSON: %v", c.id, err))
	}
	return b
}

func (b body) encode(into []byte) []byte {
	into = appendText(append(into, `{"created_at":`...), b.CreatedAt)
	into = appendText(append(into, `,"updated_at":`...), b.UpdatedAt)
	into = appendText(append(into, `,"id":`...), b.ID)
	into = appendOptional(append(into, `,"root_parent_id":`...), b.RootParentID)
	into = appendOptional(append(into, `,"name":`...), b.Name)
	into = appendOptional(append(into, `,"email":`...), b.Email)
	into = appendOptional(append(into, `,"country":`...), b.Country)
	into = appendOptional(append(into, `,"zip_code":`...), b.ZipCode)
	into = b.Properties.append(append(into, `,"custom_properties":`...))
	return append(into, '}')
}

func (c *customer) public() Customer {
	b := c.decoded()
	return Customer{
		ID: b.ID, Name: text(b.Name), Email: text(b.Email), Country: text(b.Country), Code: text(b.ZipCode),
		Properties: b.Properties.asMap(), Made: c.made, AccountID: c.accountID, Rejects: c.rejects,
	}
}

func (c Customer) stored() *customer {
	b := body{
		CreatedAt: stamp(epoch), UpdatedAt: stamp(epoch), ID: c.ID,
		Name: optional(c.Name), Email: optional(c.Email), Country: optional(c.Country), ZipCode: optional(c.Code),
	}
	for _, name := range slices.Sorted(maps.Keys(c.Properties)) {
		var compact bytes.Buffer
		if err := json.Compact(&compact, c.Properties[name]); err != nil {
			panic(fmt.Sprintf("fincome simulator: property %q of customer %q: %v", name, c.ID, err))
		}
		b.Properties.set(name, compact.Bytes())
	}
	return &customer{id: c.ID, made: c.Made, accountID: c.AccountID, rejects: c.Rejects, encoded: b.encode(nil)}
}

func (s *Server) add(customers []*customer) {
	for _, c := range customers {
		s.byID[c.id] = c
	}
}

// arrange puts the customers in id order and marks those to be refused.
func (s *Server) arrange() {
	s.customers = make([]*customer, 0, len(s.byID))
	for _, c := range s.byID {
		s.customers = append(s.customers, c)
	}
	slices.SortFunc(s.customers, func(a, b *customer) int { return cmp.Compare(a.id, b.id) })
	for _, id := range s.config.RejectIDs {
		if c := s.byID[id]; c != nil {
			c.rejects = true
		}
	}
}

// create adds an empty customer.
func (s *Server) create(id string) *customer {
	c := Customer{ID: id}.stored()
	at, _ := slices.BinarySearchFunc(s.customers, id, func(c *customer, id string) int { return cmp.Compare(c.id, id) })
	s.customers = slices.Insert(slices.Clone(s.customers), at, c)
	s.byID[id] = c
	return c
}

// Customers gives every customer in id order, with what a read shows now. What
// was accepted and is not visible yet is missing: see Settle.
func (s *Server) Customers() iter.Seq[Customer] {
	return func(yield func(Customer) bool) {
		s.mu.RLock()
		customers := s.customers
		s.mu.RUnlock()
		for _, c := range customers {
			s.mu.RLock()
			public := c.public()
			s.mu.RUnlock()
			if !yield(public) {
				return
			}
		}
	}
}

// epoch is the day before which every customer was created.
var epoch = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
