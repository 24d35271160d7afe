package simulator_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/axisync/axisync/connector/salesforce/simulator"
)

func TestRandomFaults(t *testing.T) {
	t.Parallel()
	outcomes := map[simulator.Outcome]int{}
	for seed := range uint64(200) {
		plan := simulator.RandomFaults(seed)
		again, err := simulator.ParseFaults("again.yaml", []byte(plan.String()))
		if err != nil || !slices.Equal(again.Rules, plan.Rules) || again.Seed != seed || again.Mercy != plan.Mercy {
			t.Fatalf("seed %d: %v\n%s", seed, err, plan)
		}
		if !slices.Equal(plan.Rules, simulator.RandomFaults(seed).Rules) {
			t.Fatalf("seed %d draws two plans", seed)
		}
		for i := range plan.Rules {
			method, endpoint, _ := strings.Cut(plan.Rules[i].On, " ")
			outcomes[plan.Rules[i].Outcome(method, endpoint, plan.Mercy)]++
		}
	}
	for _, o := range []simulator.Outcome{simulator.Passes, simulator.Either, simulator.Fatal} {
		if outcomes[o] < 20 {
			t.Errorf("200 mixtures have %d rules that are %s", outcomes[o], o)
		}
	}
	if n := len(simulator.AloneFaults(1)); n != len(simulator.FaultKinds) {
		t.Errorf("%d kinds stand alone of %d", n, len(simulator.FaultKinds))
	}
}

func TestFaultFileErrors(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"faults:\n  - on: GET limits\n    fault: drop\n    evry: 3\n":  `f.yaml:4:5: unknown key "evry"; there are after, by, chance,`,
		"faults:\n  - on: GET limits\n    fault: drop\n    every: x\n": "f.yaml:4:12: ",
		"seeed: 3\n":                   `f.yaml:1:1: unknown key "seeed"; there are faults, mercy, seed`,
		"faults: [\n":                  "f.yaml:",
		"mercy: -1\n":                  "f.yaml: mercy is negative",
		"faults:\n  - {fault: drop}\n": `f.yaml:2: "on" is missing`,
		"faults:\n  - {on: GET nowhere, fault: drop}\n":             `f.yaml:2: there is no request "GET nowhere"`,
		"faults:\n  - {on: FETCH limits, fault: drop}\n":            `f.yaml:2: there is no request "FETCH limits"`,
		"faults:\n  - {on: any, fault: dropp}\n":                    `f.yaml:2: there is no fault "dropp"`,
		"faults:\n  - {on: any, fault: status}\n":                   "f.yaml:2: status has to be from 400 to 599",
		"faults:\n  - {on: any, fault: drop, rate: 3}\n":            "f.yaml:2: rate does not belong to the fault drop",
		"faults:\n  - {on: any, fault: cut, after: x%}\n":           "f.yaml:2: after has to be a number of bytes or a share",
		"faults:\n  - {on: any, fault: drop, first: 1, every: 2}\n": "f.yaml:2: first, chance and every with from exclude each other",
		"faults:\n  - {on: any, fault: drop, chance: 2}\n":          "f.yaml:2: chance has to be from 0 to 1",
		"faults:\n  - {on: any, fault: drop, times: -2}\n":          "f.yaml:2: a number is negative",
	} {
		if _, err := simulator.ParseFaults("f.yaml", []byte(content)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s\nis refused as %v,\nwant %s", content, err, want)
		}
	}
	_, err := simulator.ParseFaults("f.yaml", []byte("faults:\n  - {on: any, fault: x}\n  - {on: y, fault: drop}\n"))
	if err == nil || strings.Count(err.Error(), "f.yaml:") != 2 {
		t.Errorf("two problems are told as %v", err)
	}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	results := "GET jobs/query/{id}/results"
	for _, c := range []struct {
		rule  simulator.Rule
		on    string
		mercy int
		want  simulator.Outcome
	}{
		{simulator.Rule{Fault: "cut"}, results, 2, simulator.Passes},
		{simulator.Rule{Fault: "cut"}, results, 0, simulator.Fatal},
		{simulator.Rule{Fault: "cut", First: 2}, results, 0, simulator.Passes},
		{simulator.Rule{Fault: "slow"}, results, 0, simulator.Passes},
		{simulator.Rule{Fault: "status", Status: 503}, results, 2, simulator.Passes},
		{simulator.Rule{Fault: "status", Status: 400}, results, 2, simulator.Fatal},
		{simulator.Rule{Fault: "status", Status: 404}, results, 2, simulator.Either},
		{simulator.Rule{Fault: "status", Status: 404}, "GET jobs/query/{id}/resultPages", 0, simulator.Passes},
		{simulator.Rule{Fault: "status", Status: 503}, "GET jobs/query/{id}/resultPages", 0, simulator.Passes},
		{simulator.Rule{Fault: "status", Status: 503}, "DELETE jobs/query/{id}", 0, simulator.Either},
		{simulator.Rule{Fault: "row_missing"}, results, 2, simulator.Either},
		{simulator.Rule{Fault: "row_missing"}, results, 0, simulator.Fatal},
		{simulator.Rule{Fault: "expire_token", Times: 1}, results, 2, simulator.Passes},
		{simulator.Rule{Fault: "expire_token", Every: 2}, results, 2, simulator.Either},
		{simulator.Rule{Fault: "quota_daily"}, "GET limits", 2, simulator.Either},
	} {
		method, endpoint, _ := strings.Cut(c.on, " ")
		if got := c.rule.Outcome(method, endpoint, c.mercy); got != c.want {
			t.Errorf("%+v on %s with mercy %d: %s, want %s", c.rule, c.on, c.mercy, got, c.want)
		}
	}
}

// The example in the documentation is a valid file, and passes.
func TestTheExampleFile(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../../docs/faults.yaml")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := simulator.ParseFaults("docs/faults.yaml", content)
	if err != nil {
		t.Fatal(err)
	}
	for i := range plan.Rules {
		method, endpoint, _ := strings.Cut(plan.Rules[i].On, " ")
		if o := plan.Rules[i].Outcome(method, endpoint, plan.Mercy); o != simulator.Passes {
			t.Errorf("%+v is %s", plan.Rules[i], o)
		}
	}
}
