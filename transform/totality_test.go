package transform_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/pipelines/oracle"
	"github.com/axisync/axisync/transform"
	"github.com/axisync/axisync/transform/recordid"
)

// tables are accounts and customers as no well-kept org has them: ids twice, keys
// of several accounts, chains and cycles of merges, losers that live, ids that
// differ in the case of one letter.
type tables struct {
	key                      string // Id or Number__c
	strict, trim, fold, wide bool   // wide: some accounts are outside salesforce.where
	accounts                 []oracle.Account
	customers                []customer
}

// ids are few, so that accounts and customers meet: mixed case, twins, bodies of
// one case, bodies of digits alone.
var ids = []string{
	mixed, twin, lower, winner, loser, first, cycleA, cycleB, recordid.Full("0015f00000BCVRE"), recordid.Full("0015f00000BCvrE"),
	recordid.Full("001000000000001"), recordid.Full("001000000000002"),
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

func drawTables(seed uint64) tables {
	r := rand.New(rand.NewPCG(seed, 0x70a1))
	t := tables{key: pick(r, "Id", "Id", "Number__c"), strict: r.IntN(5) == 0, trim: r.IntN(3) == 0, fold: r.IntN(3) == 0, wide: r.IntN(3) == 0}
	pool, numbers := ids[:1+r.IntN(len(ids))], []string{"7", "007", "a", "A", " a", "a\u00a0", "B-1", "b-1"}
	for range pick(r, 0, 1, 3+r.IntN(4), 6+r.IntN(12), 6+r.IntN(12), 6+r.IntN(12)) {
		a := oracle.Account{ID: pick(r, pool...), Values: map[string]string{}, Outside: t.wide && r.IntN(4) == 0}
		if r.IntN(6) > 0 {
			a.Values["Number__c"] = pick(r, numbers...)
		}
		if (t.key != "Id" || r.IntN(5) > 0) && slices.ContainsFunc(t.accounts, func(other oracle.Account) bool { return other.ID == a.ID }) {
			continue // the same id comes twice only now and then, and where it is the key
		}
		t.accounts = append(t.accounts, a)
	}
	for _, id := range pool { // a merge may be of one that lives, into one that does not, around a circle
		if r.IntN(3) == 0 {
			t.accounts = append(t.accounts, oracle.Account{ID: id, Deleted: true, MasterID: pick(r, append([]string{"", nobody}, pool...)...)})
		}
	}
	empty := r.IntN(12) == 0
	for i := range pick(r, 0, 1, 6+r.IntN(14), 6+r.IntN(14), 6+r.IntN(14), 6+r.IntN(14), 6+r.IntN(14), 6+r.IntN(14)) {
		c := customer{id: fmt.Sprintf("C-%02d", i)}
		switch {
		case empty:
			c.identifier = pick(r, "", " ", "\u00a0\t")
		case t.key != "Id":
			c.identifier = pick(r, append(numbers, "", " ", "A ", "c")...)
		default:
			c.identifier = spell(r, pick(r, pool...), pick(r, ids...))
		}
		t.customers = append(t.customers, c)
	}
	return t
}

// spell is what may stand in an identification axis for an id.
func spell(r *rand.Rand, id, other string) string {
	switch r.IntN(16) {
	case 0, 1, 2:
		return id[:15]
	case 3, 4:
		return strings.ToLower(id)
	case 5:
		return strings.ToUpper(id)
	case 6:
		return " " + id + "\u00a0"
	case 7:
		return "https://x.lightning.force.com/lightning/r/Account/" + id + "/view"
	case 8:
		return id[:15] + other[15:]
	case 9:
		return id + "; " + other
	case 10:
		return "003" + id[3:]
	case 11:
		return pick(r, "", " ", "n/a", nobody)
	case 12:
		return strings.ToLower(id[:15])
	}
	return id
}

// decided is what the engine says: the verdicts of both sides.
type decided struct {
	matching  transform.Matching
	customers map[string][]string // id: account, verdict, candidate
	rows      int
	accounts  map[string]string
	tally     map[transform.Verdict]int64
}

// decide runs the engine over the tables. The error is that of the customers.
func (tables tables) decide(t *testing.T) (d decided, err error) {
	t.Helper()
	ctx := context.Background()
	rules := transform.Rules{Key: tables.key, KeyPrefix: "001", Strict: tables.strict}
	if tables.key != connector.AccountID {
		rules.Trim, rules.Fold = tables.trim, tables.fold
	}
	e := open(t, rules)
	if err := e.Customers(ctx, customerReader(t, now, nil, tables.customers)); err != nil {
		return d, err
	}
	var inside, all, gone [][]string
	for _, a := range tables.accounts {
		row := []string{a.ID, a.Values["Number__c"]}
		switch {
		case a.Deleted:
			gone = append(gone, []string{a.ID, a.MasterID})
			continue
		case !a.Outside:
			inside = append(inside, row)
		}
		all = append(all, row)
	}
	schema := connector.AccountSchema([]connector.Property{{Name: "Number__c", Type: "string"}})
	must(t, e.Deleted(ctx, tableReader(t, connector.DeletedSchema(), gone...)))
	must(t, e.Acknowledgements(ctx, "", ""))
	d.matching, err = e.Match(ctx, tableReader(t, schema, inside...))
	must(t, err)
	unseen, err := e.Unseen(ctx)
	must(t, err)
	if tables.wide && unseen > 0 {
		d.matching, err = e.Filtered(ctx, tableReader(t, schema, all...), d.matching)
		must(t, err)
	}
	var rows [][]string
	_, err = e.Decide(ctx, transform.Tables{Matches: collect(&rows)})
	must(t, err)
	d.rows, d.customers = len(rows), map[string][]string{}
	for _, row := range rows {
		d.customers[row[0]] = []string{row[2], row[3], strings.ReplaceAll(row[6], "<null>", "")}
	}
	d.accounts, d.tally = accountVerdicts(t, e, inside)
	return d, nil
}

func accountVerdicts(t *testing.T, e *transform.Engine, inside [][]string) (map[string]string, map[transform.Verdict]int64) {
	t.Helper()
	b := array.NewStringBuilder(connector.Memory)
	defer b.Release()
	slices.SortFunc(inside, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	for _, row := range inside {
		b.Append(row[0])
	}
	column := b.NewArray()
	defer column.Release()
	var rows [][]string
	tally, verdicts := map[transform.Verdict]int64{}, map[string]string{}
	must(t, e.AccountMatches(context.Background(), column, tally, collect(&rows)))
	if len(rows) != len(inside) {
		t.Errorf("%d accounts have %d verdicts", len(inside), len(rows))
	}
	for _, row := range rows {
		verdicts[row[0]] = row[3]
	}
	return verdicts, tally
}

// expect is what the oracle says.
func (tables tables) expect() *oracle.Decision {
	day := oracle.Day{Accounts: tables.accounts}
	for _, c := range tables.customers {
		properties := map[string]json.RawMessage{}
		if c.identifier != "" {
			properties["id"], _ = json.Marshal(c.identifier) // a text is always JSON
		}
		day.Observed.Customers = append(day.Observed.Customers, oracle.Customer{ID: c.id, Properties: properties})
	}
	rules := oracle.Rules{IdentificationAxis: "id", Key: tables.key, Strict: tables.strict}
	if tables.key != connector.AccountID {
		rules.Trim, rules.Fold = tables.trim, tables.fold
	}
	return oracle.Decide(rules, &oracle.Memory{}, day)
}

// compare holds the engine against the oracle: every row of both sides has exactly
// one verdict, that of the oracle, and the sums are right.
func (tables tables) compare(t *testing.T, seen map[string]int) {
	t.Helper()
	want := tables.expect()
	got, err := tables.decide(t)
	if want.Fails != errors.Is(err, transform.ErrNoIdentifier) || err != nil && !want.Fails {
		t.Fatalf("the customers are refused with %v, by the oracle: %t", err, want.Fails)
	}
	if want.Fails {
		seen["no identifier"]++
		return
	}
	if got.rows != len(tables.customers) || len(got.customers) != len(want.Customers) {
		t.Errorf("%d customers have %d rows, of %d of them", len(tables.customers), got.rows, len(got.customers))
	}
	sum := int64(0)
	for _, n := range got.matching.Verdicts {
		sum += n
	}
	figures := oracle.Figures{Accounts: int(got.matching.Accounts), Identified: int(got.matching.Identified), Matched: int(got.matching.Matched)}
	if figures != want.Figures || sum != int64(len(tables.customers)) || got.matching.Customers != sum {
		t.Errorf("%+v and %d verdicts, by the oracle %+v", figures, sum, want.Figures)
	}
	for id, match := range want.Customers {
		seen[match.Reason]++
		c := got.customers[id]
		account := strings.ReplaceAll(c[0], "<null>", "")
		if match.Verdict != oracle.Matched {
			account = "" // it may still say which account it is not taken for
		}
		if c[1] != match.Reason || account != match.Account || c[2] != match.Candidate && tables.key == connector.AccountID {
			t.Errorf("customer %s: %v, by the oracle %+v", id, c, match)
		}
	}
	if fmt.Sprint(got.accounts) != fmt.Sprint(want.Accounts) {
		t.Errorf("accounts: %v, by the oracle %v", got.accounts, want.Accounts)
	}
	for _, verdict := range want.Accounts {
		seen["account "+verdict]++
	}
	total := int64(0)
	for _, n := range got.tally {
		total += n
	}
	if total != got.matching.Accounts {
		t.Errorf("%d accounts have %d verdicts", got.matching.Accounts, total)
	}
}

// TestMatchingIsTotal: whatever the tables hold, every customer and every account
// has exactly one verdict, and it is the oracle's.
func TestMatchingIsTotal(t *testing.T) {
	t.Parallel()
	seeds, seen := uint64(80), map[string]int{}
	if os.Getenv("AXISYNC_LARGE") == "1" {
		seeds = 3000
	}
	for seed := range seeds {
		if !t.Run(fmt.Sprint(seed), func(t *testing.T) { drawTables(seed).compare(t, seen) }) {
			t.Fatalf("%+v", drawTables(seed))
		}
	}
	for _, what := range append(transform.Verdicts(), "no identifier", "account matched", "account unmatched", "account ambiguous") {
		if seen[string(what)] == 0 {
			t.Errorf("%q never occurred: %v", what, seen)
		}
	}
}
