package simulator

import (
	"fmt"
)

// Edit sets an axis of a customer as a person does in the application: it shows
// at once, also before updates that are still waiting. value is written as JSON
// (a json.RawMessage as it is); nil removes the axis. The error is an unknown
// customer.
func (s *Server) Edit(customerID, axis string, value any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.byID[customerID]
	if c == nil {
		return fmt.Errorf("fincome simulator: there is no customer %q to edit", customerID)
	}
	b := c.decoded()
	made := edit{axis: axis, made: s.now()}
	if value == nil {
		b.Properties.remove(axis)
	} else {
		made.value = compact(marshal(value))
		b.Properties.set(axis, made.value)
	}
	c.stand(made)
	b.UpdatedAt = stamp(s.config.Clock())
	c.encoded = b.encode(nil)
	return nil
}

// RemoveAxis deletes an axis of every customer, for good. An update that still
// waits may bring it back.
func (s *Server) RemoveAxis(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	made := edit{axis: name, made: s.now()}
	for _, c := range s.customers {
		b := c.decoded()
		if b.Properties.remove(name) {
			c.stand(made)
			c.encoded = b.encode(nil)
		}
	}
}
