package simulator

import (
	"strings"

	"github.com/axisync/axisync/connector/faults"
)

// Outcome is what a fault means for an honest client.
type Outcome = faults.Outcome

// The outcomes of an extraction.
const (
	Passes = faults.Passes
	Either = faults.Either
	Fatal  = faults.Fatal
)

// FaultPlan is what goes wrong with the requests to a server: the content of a
// file of faults.
type FaultPlan = faults.Plan[Rule, *Rule]

// ParseFaults reads a file of faults. name is how errors call it; they name the
// lines, all at once.
func ParseFaults(name string, content []byte) (*FaultPlan, error) {
	return faults.Parse[Rule](name, content)
}

// Faults sets the plan of what goes wrong, nil ends it. A plan serves one server.
func (s *Server) Faults(plan *FaultPlan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plan = plan
}

// When is when the rule strikes.
func (r *Rule) When() faults.When {
	return faults.When{First: r.First, From: r.From, Every: r.Every, Chance: r.Chance, Times: r.Times}
}

// About reports whether the rule speaks of these requests.
func (r *Rule) About(method, endpoint string) bool {
	if r.On == anyRequest {
		return true
	}
	wanted, path, ok := strings.Cut(r.On, " ")
	if !ok {
		return strings.EqualFold(r.On, endpoint)
	}
	return strings.EqualFold(wanted, method) && strings.EqualFold(path, endpoint)
}
