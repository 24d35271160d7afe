package simulator

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
)

// Outcome is what a fault means for an honest client.
type Outcome string

// The outcomes. With all of them the client ends, within its deadline.
const (
	// Passes: whoever tries again, waits or goes another way gets everything. The
	// extraction has to be complete and exact.
	Passes Outcome = "passes"
	// Either: complete and exact, or a clear error; never a short success.
	Either Outcome = "either"
	// Fatal: there is no way to everything. The extraction has to end in a clear
	// error.
	Fatal Outcome = "fatal"
)

// FaultPlan is what goes wrong with the requests to a server: the content of a
// file of faults. It decides by counting, so that the same requests in the same
// order meet the same faults.
type FaultPlan struct {
	// Seed decides the rules that have a chance.
	Seed uint64
	// Mercy, when above 0, is how often in a row the same request is harmed at
	// most, by whichever rules.
	Mercy int
	// Rules are asked in this order. The first that applies to a request counts,
	// but all of them count the request.
	Rules []Rule

	mu      sync.Mutex
	met     []int // requests a rule is about, by rule
	struck  []int // those it harmed
	inARow  map[string]int
	outcome Outcome
}

// Faults sets the plan of what goes wrong, nil ends it. A plan serves one server.
func (s *Server) Faults(plan *FaultPlan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plan = plan
}

// Struck returns how many requests each rule harmed so far.
func (p *FaultPlan) Struck() []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append(make([]int, 0, len(p.Rules)), p.struck...)
}

// Outcome is what the faults that struck so far mean together: Passes when none
// did.
func (p *FaultPlan) Outcome() Outcome {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.outcome == "" {
		return Passes
	}
	return p.outcome
}

// strike counts a request and returns the rule that harms it, nil for none.
func (p *FaultPlan) strike(r *http.Request, to route) *Rule {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.inARow == nil {
		p.inARow, p.met, p.struck = map[string]int{}, make([]int, len(p.Rules)), make([]int, len(p.Rules))
	}
	var hit *Rule
	address := r.Method + " " + r.URL.RequestURI()
	for i := range p.Rules {
		rule := &p.Rules[i]
		if !rule.about(r.Method, to.endpoint) {
			continue
		}
		p.met[i]++
		if hit == nil && p.applies(i, address) {
			hit = rule
			p.struck[i]++
			p.outcome = worse(p.outcome, rule.Outcome(r.Method, to.endpoint, p.Mercy))
		}
	}
	switch {
	case hit == nil:
		delete(p.inARow, address)
	case hit.harms():
		p.inARow[address]++
	}
	return hit
}

func worse(a, b Outcome) Outcome {
	for _, o := range []Outcome{Fatal, Either} {
		if a == o || b == o {
			return o
		}
	}
	return Passes
}

// applies decides whether rule i strikes now.
func (p *FaultPlan) applies(i int, address string) bool {
	rule, n := &p.Rules[i], p.met[i]
	if p.Mercy > 0 && rule.harms() && p.inARow[address] >= p.Mercy || rule.Times > 0 && p.struck[i] >= rule.Times {
		return false
	}
	switch {
	case rule.First > 0:
		return n <= rule.First
	case n < rule.From:
		return false
	case rule.Chance > 0:
		return rand.New(rand.NewPCG(p.Seed, uint64(i)<<32|uint64(n))).Float64() < rule.Chance
	case rule.Every > 1:
		return (n-max(rule.From, 1))%rule.Every == 0
	}
	return true
}

// about reports whether the rule speaks of these requests.
func (r *Rule) about(method, endpoint string) bool {
	if r.On == anyRequest {
		return true
	}
	wanted, path, ok := strings.Cut(r.On, " ")
	if !ok {
		return strings.EqualFold(r.On, endpoint)
	}
	return strings.EqualFold(wanted, method) && strings.EqualFold(path, endpoint)
}
