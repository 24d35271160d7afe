package simulator_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/transform/recordid"
)

func TestGenerationIsDeterministic(t *testing.T) {
	t.Parallel()
	make := func(seed uint64) []simulator.Customer {
		config := simulator.Config{Seed: seed, Customers: 500, Accounts: accounts(3000), Tag: "726564", RejectEvery: 50}
		return slices.Collect(simulator.New(config).Customers())
	}
	first := make(1)
	if diff := cmp.Diff(first, make(1)); diff != "" {
		t.Errorf("the same seed differs:\n%s", diff)
	}
	if cmp.Equal(first, make(2)) {
		t.Error("another seed gives the same customers")
	}
	if !slices.IsSortedFunc(first, func(a, b simulator.Customer) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("customers do not come in id order")
	}
}

func TestProportions(t *testing.T) {
	t.Parallel()
	const customers = 30_000
	server := simulator.New(simulator.Config{Seed: 7, Customers: customers, Accounts: accounts(5 * customers), Tag: "726564", RejectEvery: 100})
	seen := map[string]int{}
	for c := range server.Customers() {
		seen[c.Made]++
		for name, value := range c.Properties {
			seen[name]++
			if !json.Valid(value) {
				t.Fatalf("%s of %s is no JSON: %s", name, c.ID, value)
			}
		}
		if c.Rejects {
			seen["rejects"]++
		}
		if url.PathEscape(c.ID) != c.ID {
			seen["to escape"]++
		}
	}
	for what, per10000 := range map[string][2]int{
		"exact": {7800, 8200}, "short": {850, 950}, "blank": {200, 300}, "folded_lower": {100, 160}, "spaces": {90, 150},
		"url": {75, 125}, "deleted": {60, 100}, "folded_upper": {50, 90}, "shared": {50, 90}, "wrong_object": {40, 80},
		"merged": {40, 80}, "mistyped": {40, 80}, "folded_15": {25, 55}, "word": {25, 55}, "several": {10, 30},
		simulator.DefaultAxis: {9800, 9950}, simulator.AxisIndustry: {3800, 4200}, simulator.AxisSeats: {1900, 2100},
		simulator.AxisSetup: {150, 250}, simulator.AxisNumber: {9500, 9800}, "Salesforce_726564_Industry": {7800, 8300},
		"rejects": {70, 130}, "to escape": {10, 30},
	} {
		if got := seen[what] * 10_000 / customers; got < per10000[0] || got > per10000[1] {
			t.Errorf("%s: %d in 10 000, want %v", what, got, per10000)
		}
	}
}

// TestIdentifiersAreWhatTheyWereMadeAs reads each identifier with the rules of
// Record IDs, which the generator does not use.
func TestIdentifiersAreWhatTheyWereMadeAs(t *testing.T) {
	t.Parallel()
	server := simulator.New(simulator.Config{Seed: 3, Customers: 10_000, Accounts: accounts(30_000)})
	held := map[string]simulator.Account{}
	for a := range accounts(30_000) {
		held[a.ID] = a
	}
	used := map[string]int{}
	for c := range server.Customers() {
		used[c.AccountID]++
	}
	checked := map[string]bool{}
	for c := range server.Customers() {
		var written string
		raw := c.Properties[simulator.DefaultAxis]
		_ = json.Unmarshal(raw, &written) // null and absent stay empty
		r, account := recordid.Read(written), held[c.AccountID]
		var ok bool
		switch c.Made {
		case "exact":
			ok = written == c.AccountID && !account.Deleted && r.Shape == recordid.Exact
		case "shared":
			ok = written == c.AccountID && used[c.AccountID] > 1
		case "short":
			ok = r.Shape == recordid.Upgraded15 && r.ID == c.AccountID
		case "folded_lower", "folded_upper":
			ok = r.Shape == recordid.CaseRepairable && r.ID == c.AccountID
		case "spaces":
			ok = r.Shape == recordid.Exact && r.ID == c.AccountID
		case "url":
			ok = r.Wrapping == recordid.FromURL && r.ID == c.AccountID
		case "wrong_object":
			ok = r.Shape == recordid.Exact && r.KeyPrefix() == "003"
		case "merged":
			ok = written == c.AccountID && account.MasterID != ""
		case "deleted":
			ok = written == c.AccountID && account.Deleted && account.MasterID == ""
		case "mistyped":
			ok = len(written) == 18 && differences(written, c.AccountID) == 1
		case "folded_15":
			ok = len(written) == 15 && strings.EqualFold(written, c.AccountID[:15]) && r.ID != c.AccountID
		case "several":
			ok = r.Shape == recordid.SeveralIDs
		case "word":
			ok = r.Shape == recordid.NotAnID && c.AccountID == ""
		case "blank":
			ok = r.Shape == recordid.Empty && c.AccountID == ""
		}
		if !ok && !(c.Made == "spaces" && written == c.AccountID) {
			t.Errorf("%s made %q holds %s for %s, read as %+v", c.ID, c.Made, raw, c.AccountID, r)
		}
		checked[c.Made] = true
	}
	if len(checked) != 15 {
		t.Errorf("only %d kinds were made", len(checked))
	}
}

func differences(a, b string) int {
	n := 0
	for i := range len(a) {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

func TestWithoutAccounts(t *testing.T) {
	t.Parallel()
	server := simulator.New(simulator.Config{Customers: 200})
	for c := range server.Customers() {
		if c.Made != "word" && c.Made != "blank" || c.AccountID != "" {
			t.Errorf("%s was made %q with the account %q", c.ID, c.Made, c.AccountID)
		}
	}
}

func TestListShowsEveryCustomerOnce(t *testing.T) {
	t.Parallel()
	server, a := serve(t, simulator.Config{Customers: 257, Accounts: accounts(1000)})
	truth := slices.Collect(server.Customers())
	for _, limit := range []int{0, 1, 100, 256, 257, 1000} {
		var ids []string
		cursor, pages := "", 0
		for {
			query := url.Values{}
			if limit > 0 {
				query.Set("limit", fmt.Sprint(limit))
			}
			if cursor != "" {
				query.Set("cursor", cursor)
			}
			status, answer, _ := a.do("GET", "/clients?"+query.Encode(), "")
			var page struct {
				Data []struct {
					ID         string                     `json:"id"`
					Properties map[string]json.RawMessage `json:"custom_properties"`
				}
				Next *string `json:"next_cursor"`
			}
			if err := json.Unmarshal([]byte(answer), &page); err != nil || status != 200 {
				t.Fatalf("%d %v", status, err)
			}
			for _, c := range page.Data {
				if diff := cmp.Diff(truth[len(ids)].Properties, c.Properties); diff != "" {
					t.Errorf("%s (-want +got):\n%s", c.ID, diff)
				}
				ids = append(ids, c.ID)
			}
			pages++
			if page.Next == nil {
				break
			}
			cursor = *page.Next
		}
		size := limit
		if size == 0 {
			size = 100
		}
		if len(ids) != len(truth) || pages != (len(truth)+size-1)/size {
			t.Errorf("limit %d: %d customers on %d pages", limit, len(ids), pages)
		}
		for i, c := range truth {
			if ids[i] != c.ID {
				t.Fatalf("limit %d: place %d holds %s, want %s", limit, i, ids[i], c.ID)
			}
		}
		if limit == 1 {
			for _, c := range truth {
				a.properties(c.ID) // every id can be asked for
			}
		}
	}
}

func TestExport(t *testing.T) {
	t.Parallel()
	server, _ := serve(t, simulator.Config{Extra: []simulator.Customer{
		given("00012", map[string]string{"Région": `"Île; \"x\"\nline"`, "Seats": `12.50`, "Gone": `null`}),
		given("b", map[string]string{"VIP": `true`, "Seats": `7`, "Gone": `""`, "Setup": `{"a":1}`}),
	}})
	english := [][]string{
		{"Customer ID", "Customer name", "Email", "Country", "Zip code", "Région", "Seats", "Setup", "VIP"},
		{"00012", "Given 00012", "", "", "", "Île; \"x\"\nline", "12.50", "", ""},
		{"b", "Given b", "", "", "", "", "7", `{"a":1}`, "true"},
	}
	var out bytes.Buffer
	if err := server.Export(&out, simulator.CSV); err != nil {
		t.Fatal(err)
	}
	got, err := csv.NewReader(&out).ReadAll()
	if diff := cmp.Diff(english, got); diff != "" || err != nil {
		t.Errorf("CSV: %v (-want +got):\n%s", err, diff)
	}
	out.Reset()
	if err := server.Export(&out, simulator.FrenchCSV); err != nil {
		t.Fatal(err)
	}
	if want := "\ufeffID client;Nom du client;E-mail;Pays;Code postal;Région;Seats;Setup;VIP\n00012;"; !strings.HasPrefix(out.String(), want) {
		t.Errorf("French CSV begins %q", out.String()[:80])
	}
	out.Reset()
	if err := server.Export(&out, simulator.XLSX); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := book.GetRows("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	english[1] = []string{"00012", "Given 00012", "", "", "", "Île; \"x\"\nline", "12.5"}
	english[2][8] = "TRUE"
	if diff := cmp.Diff(english, rows); diff != "" {
		t.Errorf("XLSX (-want +got):\n%s", diff)
	}
	if kind, err := book.GetCellType("Sheet1", "A2"); err != nil || kind == excelize.CellTypeNumber {
		t.Errorf("the id is held as %v, %v", kind, err)
	}
}
