package simulator

import (
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/axisync/axisync/connector/faults"
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
func (s *Server) Faults(plan *FaultPlan) { s.plan.Store(plan) }

const (
	mostRules   = 4
	randomMercy = 2
)

// statuses that RandomFaults draws, those that pass more often.
var statuses = []int{429, 429, 500, 502, 503, 503, 504, 404, 409, 422, 401, 403, 405, 501}

// RandomFaults draws a mixture of faults: one to four rules over the requests of
// a delivery, harmless ones mostly. The same seed gives the same plan. What it
// came to is for the plan's Outcome to say after the delivery.
func RandomFaults(seed uint64) *FaultPlan {
	rng := rand.New(rand.NewPCG(seed, 0xfa017))
	plan := &FaultPlan{Seed: seed, Mercy: randomMercy}
	for range 1 + rng.IntN(mostRules) {
		plan.Rules = append(plan.Rules, drawRule(rng, &FaultKinds[rng.IntN(len(FaultKinds))]))
	}
	return plan
}

// AloneFaults is a plan for every kind of fault alone, by its name, that strikes
// updates; a status is a 503.
func AloneFaults() map[string]*FaultPlan {
	plans := map[string]*FaultPlan{}
	for i := range FaultKinds {
		rule := Rule{On: KindUpdate, Fault: FaultKinds[i].Name, Every: 2}
		if rule.Fault == "status" {
			rule.Status = http.StatusServiceUnavailable
		}
		plans[rule.Fault] = &FaultPlan{Mercy: randomMercy, Rules: []Rule{rule}}
	}
	return plans
}

// drawRule draws when a fault of a kind strikes, and how.
func drawRule(rng *rand.Rand, kind *FaultKind) Rule {
	rule := Rule{On: pick(rng, KindRetrieve, KindUpdate, KindUpdate, anyRequest), Fault: kind.Name}
	switch rng.IntN(3) {
	case 0:
		rule.First = 1 + rng.IntN(3)
	case 1:
		rule.From, rule.Every = 1+rng.IntN(3), 2+rng.IntN(5)
	default:
		rule.Chance = float64(1+rng.IntN(3)) / 10
	}
	if kind.Name == "stall" {
		rule.For = time.Duration(1+rng.IntN(20)) * 10 * time.Millisecond
	}
	if kind.Name != "status" {
		return rule
	}
	rule.Status, rule.HTML = pick(rng, statuses...), rng.IntN(3) == 0
	if passing(rule.Status) && rng.IntN(6) == 0 { // seldom: it costs a test a second
		rule.RetryAfter, rule.Date = time.Second, rng.IntN(2) == 0
	}
	return rule
}
