package simulator

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

const (
	mostRules   = 4
	randomMercy = 2
)

// RandomFaults draws a mixture of faults: one to four rules over the requests of
// an extraction, harmless ones mostly. The same seed gives the same plan. What
// it came to is for the plan's Outcome to say after the extraction.
func RandomFaults(seed uint64) *FaultPlan {
	r := rand.New(rand.NewPCG(seed, 0xfa017))
	plan := &FaultPlan{Seed: seed, Mercy: randomMercy}
	for range 1 + r.IntN(mostRules) {
		kind := &FaultKinds[r.IntN(len(FaultKinds))]
		if kind.Outcome != Passes && r.IntN(2) == 0 { // half as often
			continue
		}
		plan.Rules = append(plan.Rules, drawRule(r, kind))
	}
	if len(plan.Rules) == 0 {
		plan.Rules = append(plan.Rules, drawRule(r, &FaultKinds[0]))
	}
	return plan
}

// AloneFaults is a plan for every kind of fault alone, by its name, on the
// requests where it matters.
func AloneFaults(seed uint64) map[string]*FaultPlan {
	plans := map[string]*FaultPlan{}
	for i := range FaultKinds {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		rule := drawRule(r, &FaultKinds[i])
		if rule.On = FaultKinds[i].on; rule.Chance > 0 {
			rule.Chance, rule.First = 0, randomMercy // so that it strikes
		}
		plans[FaultKinds[i].Name] = &FaultPlan{Seed: seed, Mercy: randomMercy, Rules: []Rule{rule}}
	}
	return plans
}

// drawRule draws when a fault of a kind strikes, and how.
func drawRule(r *rand.Rand, kind *FaultKind) Rule {
	rule := Rule{On: kind.on, Fault: kind.Name}
	if kind.Outcome == Passes && !kind.lasting && r.IntN(4) == 0 && slices.Contains([]string{"status", "stall", "drop", "cut"}, kind.Name) {
		rule.On = []string{onPoll, onResults, onPages, onCreate, "GET sobjects/{object}/describe", "DELETE jobs/query/{id}"}[r.IntN(6)]
	}
	switch n := r.IntN(3); {
	case kind.lasting || kind.Name == "expire_token":
		rule.From, rule.Times = 1+r.IntN(3), 1
		if kind.on == onCreate {
			rule.From = 1 // there is one creation
		}
	case n == 0:
		rule.First = 1 + r.IntN(2)
	case n == 1:
		rule.From, rule.Every = 1+r.IntN(3), 2+r.IntN(4)
	default:
		rule.Chance = float64(1+r.IntN(4)) / 10
	}
	switch kind.Name {
	case "status":
		rule.Status, rule.HTML = transient[r.IntN(len(transient))], r.IntN(2) == 0
	case "cut", "ends_early", "flipped_bit":
		rule.After = fmt.Sprintf("%d%%", r.IntN(101))
	case "job_failed":
		rule.Message = []string{"", "InvalidBatch : Failed to process query: QUERY_TIMEOUT"}[r.IntN(2)]
	}
	return rule
}
