package oracle_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/pipelines/oracle"
)

// dice is where a scenario's choices come from: a seed, or rapid.
type dice interface {
	// below gives a number from 0 to n-1.
	below(n int) int
}

type seeded struct{ *rand.Rand }

func (s seeded) below(n int) int { return s.IntN(n) }

func diceOf(seed uint64) dice { return seeded{rand.New(rand.NewPCG(seed, 0x0dac1e))} }

func pick[T any](d dice, from ...T) T { return from[d.below(len(from))] }

func chance(d dice, of100 int) bool { return d.below(100) < of100 }

// scenario is a source, the world it lives in, and how many days pass.
type scenario struct {
	seed                uint64
	accounts, customers int
	days                int

	rules   oracle.Rules
	server  oracle.Server
	late    bool
	delay   time.Duration // of a late server; 0: until it is settled
	settles bool          // it is, most nights

	file    string                             // csv, french, xlsx: the customers' export; empty: the API
	where   string                             // one of the conditions that holds knows
	tagged  bool                               // customers carry values of an earlier connector in our axes
	rejects int                                // customers whose updates are refused
	offset  bool                               // date-times end with +0000
	fault   func(*http.Request) *fincome.Fault // of Fincome
	seen    *coverage                          // what occurred; nil: nobody asks
}

// conditions are what salesforce.where may say, and what it means.
var conditions = map[string]func(value func(string) (string, bool)) bool{
	"": func(func(string) (string, bool)) bool { return true },
	"Industry != null": func(value func(string) (string, bool)) bool {
		_, has := value("Industry")
		return has
	},
	"Industry = 'Nothing'": func(func(string) (string, bool)) bool { return false },
	"Is_Partner__c = true": func(value func(string) (string, bool)) bool {
		partner, _ := value("Is_Partner__c")
		return partner == "true"
	},
	"Is_Partner__c = false": func(value func(string) (string, bool)) bool {
		partner, _ := value("Is_Partner__c")
		return partner == "false"
	},
}

// properties are those that scenarios choose from: every type, in spellings that
// describe corrects, one that does not exist, one over a relationship.
var properties = []string{
	"Industry", "BillingCity", "Custom_Segmnet__c", "BillingStreet", "BillingPostalCode", "Phone", "AnnualRevenue", "NumberOfEmployees", "Health_Score__c",
	"Contract_Value__c", "Discount__c", "Is_Partner__c", "Renewal_Date__c", "Onboarded_At__c", "CreatedDate", "Products__c", "Region__c",
	"custom_segment__C", "External_Id__c", "Description", "Owner.Name", "Legacy_Notes__c", "BillingLatitude", "Name",
	"OWNERSHIP", "AccountNumber",
}

// axesOfPeople are axes that people fill, and one that nobody has.
var axesOfPeople = []string{"Industry", "Région", "Segment", "VIP", "Churn reason", "Notes", "Seats", "Onboarding", "Branche nouvelle"}

// draw makes a scenario. Half of it follows from what the caller fixed.
func draw(d dice, seed uint64, server oracle.Server, files ...string) scenario {
	s := scenario{
		seed: seed, accounts: 60 + d.below(140), customers: 24 + d.below(40), days: 3, server: server,
		file: pick(d, files...), tagged: chance(d, 40), offset: chance(d, 30),
		where: pick(d, "", "", "Industry != null", "Is_Partner__c = false"),
	}
	s.late = chance(d, 40)
	s.delay = pick(d, 0, 0, 5*time.Minute, 40*time.Minute, 30*time.Hour)
	s.settles = chance(d, 50)
	if chance(d, 30) {
		s.rejects = 1 + d.below(3)
	}
	s.rules = drawRules(d, server)
	return s
}

// reading is how the program reads design.md where that can be read in two ways,
// or where it is known to differ. What is repaired or decided goes from here.
var reading = oracle.Reading{
	JudgedWithoutD: true, RefusalsOutlast: true, EmptyIsNobodys: true, ZeroIsNoFall: true,
	UnreadIsRemembered: true,
}

func drawRules(d dice, server oracle.Server) oracle.Rules {
	r := oracle.Rules{
		Reading:            reading,
		IdentificationAxis: "Salesforce ID", Key: "Id", Tag: "726564", Strict: chance(d, 20), ClearOurs: chance(d, 40),
		Update: "merge", Clear: server.Clear,
	}
	if server.Replace {
		r.Update = "replace"
	}
	if chance(d, 25) {
		r.Zone = pick(d, "Asia/Kolkata", "Europe/Paris")
	}
	switch d.below(5) {
	case 0:
		r.Prefix = pick(d, "_Axis", "é ")
	case 1:
		r.Bare = true
	}
	if chance(d, 10) {
		r.Clear = "unknown"
	}
	if chance(d, 25) { // numbers are sometimes twice there, industries always
		r.IdentificationAxis, r.Key = "Customer number", pick(d, "AccountNumber", "AccountNumber", "External_Id__c", "Industry")
		r.Trim, r.Fold = chance(d, 30), chance(d, 30)
	}
	common := oracle.Entry{Merge: policy(d, merges), OnEdit: policy(d, edits), Nulls: policy(d, nulls)}
	own := append([]string{}, axesOfPeople...)
	names := append([]string{}, properties...)
	take := func(from *[]string) string {
		i := d.below(len(*from))
		name := (*from)[i]
		*from = append((*from)[:i:i], (*from)[i+1:]...)
		return name
	}
	for range 3 + d.below(4) {
		entry := common
		entry.Names = []string{take(&names)}
		if chance(d, 20) {
			entry.Names = append(entry.Names, take(&names))
		}
		if len(entry.Names) > 1 || chance(d, 35) { // what several properties fill needs a name
			entry.Axis = take(&own)
		}
		entry.Typed = chance(d, 25)
		if chance(d, 40) {
			entry.Merge, entry.OnEdit, entry.Nulls = policy(d, merges), policy(d, edits), policy(d, nulls)
		}
		r.Entries = append(r.Entries, entry)
	}
	if chance(d, 15) && slices.Contains(names, "Custom_Segmnet__c") { // an unknown one over what people wrote
		r.Entries[0].Names, r.Entries[0].Axis = []string{"Custom_Segmnet__c"}, take(&own)
	}
	for _, e := range r.Entries {
		r.FailUnknown = r.FailUnknown || e.Names[0] == "Custom_Segmnet__c" && chance(d, 25)
	}
	if r.Bare { // an own name may be that of a property: two entries on one axis are refused
		for i := range r.Entries {
			if r.Entries[i].Axis == "Industry" {
				r.Entries[i].Axis = "Industrie"
			}
		}
	}
	return r
}

// The policies, the default first.
var (
	merges = []string{"overwrite", "fill_empty", "refuse"}
	edits  = []string{"report", "overwrite"}
	nulls  = []string{"clear", "keep", "none_text", "empty"}
)

func policy(d dice, of []string) string {
	if chance(d, 50) {
		return of[0]
	}
	return pick(d, of...)
}

// yaml is the pipeline file of a scenario, as a person would write it.
func (s scenario) yaml(salesforceURL, fincomeURL string) string {
	var b strings.Builder
	put := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	put("version: 1\nsource: Oracle %d\nstate: ./state", s.seed)
	put("salesforce:\n  login_url: %s\n  auth:\n    flow: client_credentials", salesforceURL)
	put("    secret_salesforce_client_id: ${file:./id}\n    secret_salesforce_client_secret: ${file:./secret}")
	if s.rules.FailUnknown {
		put("  unknown_properties: fail")
	}
	if s.where != "" {
		put("  where: %q", s.where)
	}
	put("  properties:")
	for _, e := range s.rules.Entries {
		put("    - { %s }", entryYAML(e))
	}
	put("fincome:\n  base_url: %s/product\n  api_key: ${file:./key}\n  identification_axis: %q", fincomeURL, s.rules.IdentificationAxis)
	put("  update: %s\n  clear: %s", s.rules.Update, s.rules.Clear)
	if s.file == "" {
		put("  customers: { api: {} }")
	} else {
		put("  customers: { file: ./%s }", s.fileName())
	}
	put("match:\n  key: %s", s.rules.Key)
	if s.rules.Trim {
		put("  trim: true")
	}
	if s.rules.Fold {
		put("  fold_case: true")
	}
	if s.rules.Strict {
		put("  accept: strict")
	}
	put("axes:")
	switch {
	case s.rules.Bare:
		put("  bare: true")
	case s.rules.Prefix != "":
		put("  prefix: %q", s.rules.Prefix)
	default:
		put("  tag: %q", s.rules.Tag)
	}
	if s.rules.Zone != "" {
		put("  time_zone: %s", s.rules.Zone)
	}
	if s.rules.ClearOurs {
		put("  unmatched: clear_ours")
	}
	put("sinks:\n  - parquet: { path: ./snapshots }\n  - fincome: {}")
	return b.String()
}

func entryYAML(e oracle.Entry) string {
	parts := []string{"property: " + e.Names[0]}
	if len(e.Names) > 1 {
		parts[0] = "first_of: [" + strings.Join(e.Names, ", ") + "]"
	}
	for _, rule := range [][2]string{{"axis", e.Axis}, {"merge", e.Merge}, {"on_edit", e.OnEdit}, {"nulls", e.Nulls}} {
		if rule[1] != "" {
			parts = append(parts, fmt.Sprintf("%s: %q", rule[0], rule[1]))
		}
	}
	if e.Typed {
		parts = append(parts, "values: typed")
	}
	return strings.Join(parts, ", ")
}

func (s scenario) fileName() string {
	if s.file == "xlsx" {
		return "customers.xlsx"
	}
	return "customers.csv"
}
