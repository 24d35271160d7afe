// Package faults is the plan by which requests to a simulator go wrong: a file
// of rules that say which requests are struck, when, and with what. It decides
// by counting, so that the same requests in the same order meet the same faults.
package faults

import (
	"math/rand/v2"
	"sync"
)

// Outcome is what a fault means for an honest client.
type Outcome string

// The outcomes. With all of them the client ends, within its deadline.
const (
	// Passes: whoever tries again, waits or goes another way gets everything. The
	// work has to be complete and exact.
	Passes Outcome = "passes"
	// Either: complete and exact, or a clear error; never a short success.
	Either Outcome = "either"
	// Fatal: there is no way to everything. The work has to end in a clear error.
	Fatal Outcome = "fatal"
)

// Worse is the worse of two outcomes; an empty one is none.
func Worse(a, b Outcome) Outcome {
	for _, o := range []Outcome{Fatal, Either} {
		if a == o || b == o {
			return o
		}
	}
	return Passes
}

// When says when a rule strikes. Of First, From with Every or Chance the ones
// that are set decide; with none of them every request is struck.
type When struct {
	First       int // strikes the first so many requests
	From, Every int // From begins with the n-th, Every strikes it and every n-th after it
	Chance      float64
	Times       int // ends the rule after so many strikes; 0 never does
}

// Problem is what is wrong with it, empty for nothing.
func (w When) Problem() string {
	switch {
	case w.First < 0 || w.From < 0 || w.Every < 0 || w.Times < 0:
		return "a number is negative"
	case w.Chance < 0 || w.Chance > 1:
		return "chance has to be from 0 to 1"
	case w.First > 0 && (w.From > 0 || w.Every > 0 || w.Chance > 0), w.Every > 0 && w.Chance > 0:
		return "first, chance and every with from exclude each other"
	}
	return ""
}

// Endless reports whether the rule may strike the same request again and again.
func (w When) Endless() bool {
	return w.Every < 2 && (w.Times == 0 || w.Times > 2) && (w.First == 0 || w.First > 2)
}

// Rule is what a plan has to know of a simulator's rules.
type Rule[R any] interface {
	*R
	When() When
	// About reports whether the rule speaks of these requests.
	About(method, endpoint string) bool
	// Harms reports whether a struck request fails, so that it is tried again.
	Harms() bool
	// Outcome is what a strike on such a request means, when nothing is harmed more
	// than mercy times in a row (0: no limit).
	Outcome(method, endpoint string, mercy int) Outcome
	// Problem is what is wrong with the rule, empty for nothing.
	Problem() string
}

// Plan is what goes wrong with the requests to a server: the content of a file
// of faults. It serves one server, from any goroutine.
type Plan[R any, P Rule[R]] struct {
	// Seed decides the rules that have a chance.
	Seed uint64
	// Mercy, when above 0, is how often in a row the same request is harmed at
	// most, by whichever rules.
	Mercy int
	// Rules are asked in this order. The first that applies to a request counts,
	// but all of them count the request.
	Rules []R

	mu      sync.Mutex
	met     []int // requests a rule is about, by rule
	struck  []int // those it harmed
	inARow  map[string]int
	outcome Outcome
}

// Struck returns how many requests each rule harmed so far.
func (p *Plan[R, P]) Struck() []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append(make([]int, 0, len(p.Rules)), p.struck...)
}

// Outcome is what the faults that struck so far mean together: Passes when none
// did.
func (p *Plan[R, P]) Outcome() Outcome {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Worse(p.outcome, Passes)
}

// Strike counts a request and returns the rule that harms it, nil for none. uri
// tells it from other requests to its endpoint.
func (p *Plan[R, P]) Strike(method, endpoint, uri string) P {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.inARow == nil {
		p.inARow, p.met, p.struck = map[string]int{}, make([]int, len(p.Rules)), make([]int, len(p.Rules))
	}
	var hit P
	address := method + " " + uri
	for i := range p.Rules {
		rule := P(&p.Rules[i])
		if !rule.About(method, endpoint) {
			continue
		}
		p.met[i]++
		if hit == nil && p.applies(i, address) {
			hit = rule
			p.struck[i]++
			p.outcome = Worse(p.outcome, rule.Outcome(method, endpoint, p.Mercy))
		}
	}
	switch {
	case hit == nil:
		delete(p.inARow, address)
	case hit.Harms():
		p.inARow[address]++
	}
	return hit
}

// applies decides whether rule i strikes now.
func (p *Plan[R, P]) applies(i int, address string) bool {
	rule, n := P(&p.Rules[i]), p.met[i]
	when := rule.When()
	if p.Mercy > 0 && rule.Harms() && p.inARow[address] >= p.Mercy || when.Times > 0 && p.struck[i] >= when.Times {
		return false
	}
	switch {
	case when.First > 0:
		return n <= when.First
	case n < when.From:
		return false
	case when.Chance > 0:
		return rand.New(rand.NewPCG(p.Seed, uint64(i)<<32|uint64(n))).Float64() < when.Chance
	case when.Every > 1:
		return (n-max(when.From, 1))%when.Every == 0
	}
	return true
}
