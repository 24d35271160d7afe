package fincome_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory/mallocator"
	"github.com/google/go-cmp/cmp"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/connector/fincome/simulator"
)

// row is one customer as a reader tells it; an absent text is "<null>".
type row struct {
	ID, Identifier string
	Values, Types  []string
}

const null = "<null>"

// readAll reads every customer and releases everything.
func readAll(t *testing.T, customers connector.Customers, query connector.CustomerQuery) (rows []row, axes []string, err error) {
	t.Helper()
	reader, err := customers.Read(t.Context(), query)
	if err != nil {
		return nil, nil, err
	}
	defer reader.Release()
	for reader.Next() {
		batch := reader.RecordBatch()
		at := func(name string, i int) string {
			column := batch.Schema().FieldIndices(name)
			if len(column) == 0 {
				return "<unread>"
			}
			texts := batch.Column(column[0]).(*array.String)
			if texts.IsNull(i) {
				return null
			}
			return strings.Clone(texts.Value(i))
		}
		for i := range int(batch.NumRows()) {
			r := row{ID: at(connector.CustomerID, i), Identifier: at(connector.Identifier, i)}
			for a := range query.Axes {
				r.Values = append(r.Values, at(connector.ValueColumn(a), i))
				r.Types = append(r.Types, at(connector.TypeColumn(a), i))
			}
			rows = append(rows, r)
		}
	}
	if reader.Next() {
		t.Error("a batch comes after the end")
	}
	return rows, reader.AxisNames(), reader.Err()
}

// shown is what a JSON value is as text and type, by encoding/json alone.
func shown(value json.RawMessage) (text, kind string) {
	var decoded any
	if value == nil || json.Unmarshal(value, &decoded) != nil {
		return null, null
	}
	switch decoded := decoded.(type) {
	case nil:
		return null, null
	case string:
		return decoded, null
	case float64:
		return string(value), connector.TypeNumber
	case bool:
		return string(value), connector.TypeBoolean
	}
	return string(value), connector.TypeJSON
}

// same compares row by row; cmp is slow on many.
func same(t *testing.T, want, got []row) {
	t.Helper()
	if len(want) != len(got) {
		t.Errorf("%d customers, want %d", len(got), len(want))
	}
	for i := range min(len(want), len(got)) {
		if want[i].ID != got[i].ID || want[i].Identifier != got[i].Identifier ||
			!slices.Equal(want[i].Values, got[i].Values) || !slices.Equal(want[i].Types, got[i].Types) {
			t.Fatalf("customer %d (-want +got):\n%s", i, cmp.Diff(want[i], got[i]))
		}
	}
}

func accounts(n int) iter.Seq[simulator.Account] {
	return func(yield func(simulator.Account) bool) {
		for i := range n {
			if !yield(simulator.Account{ID: fmt.Sprintf("0015g00000%05dAAA", i), Name: fmt.Sprintf("Société %d", i), Number: fmt.Sprintf("%06d", i)}) {
				return
			}
		}
	}
}

// truth is what a reader must tell of the customers of a simulator.
func truth(server *simulator.Server, query connector.CustomerQuery) (rows []row, axes []string) {
	carried := map[string]bool{}
	for c := range server.Customers() {
		r := row{ID: c.ID}
		r.Identifier, _ = shown(c.Properties[query.IdentificationAxis])
		for _, axis := range query.Axes {
			value, kind := shown(c.Properties[axis])
			r.Values, r.Types = append(r.Values, value), append(r.Types, kind)
		}
		for axis, value := range c.Properties {
			if text, _ := shown(value); text != null && text != "" {
				carried[axis] = true
			}
		}
		rows = append(rows, r)
	}
	for axis := range carried {
		axes = append(axes, axis)
	}
	slices.Sort(axes)
	return rows, axes
}

var everything = connector.CustomerQuery{
	IdentificationAxis: simulator.DefaultAxis,
	Axes: []string{
		"Industry", "Région", "Segment", "Seats", "VIP", "Notes", "Onboarding", "Churn reason", "No such axis", "Industry",
		simulator.DefaultAxis, "industry",
	},
}

func TestListingTellsTheTruth(t *testing.T) {
	t.Parallel()
	odd := []simulator.Customer{
		given("odd-1", map[string]string{"Salesforce ID": `"\u0030015g"`, "Industry": `"a\u0000\ud83d\ude80\n\"\\\/é"`, `Ax "is"`: `1`}),
		given("odd-2", map[string]string{"Salesforce ID": `17`, "Industry": `""`, "Seats": `-1.50E+3`, "VIP": `false`, "Notes": `[]`}),
		given("odd-3", map[string]string{"Salesforce ID": `""`, "Industry": `null`, "Onboarding": `{"é":" x","n":1e40}`}),
		given("odd-4", nil),
	}
	server := simulator.New(simulator.Config{Seed: 5, Customers: 9000, Accounts: accounts(1000), Extra: odd})
	want, wantAxes := truth(server, everything)
	for _, limit := range []int{1000, 7} {
		client := dial(t, server, func(c *fincome.Config) { c.List.Limit = limit })
		got, axes, err := readAll(t, fincome.API{Client: client}, everything)
		if err != nil {
			t.Fatal(err)
		}
		same(t, want, got)
		if diff := cmp.Diff(wantAxes, axes); diff != "" {
			t.Errorf("axes (-want +got):\n%s", diff)
		}
	}
}

// By offset the list ends with an empty page: a server that gives fewer than it was
// asked for loses nobody.
func TestListingByOffset(t *testing.T) {
	t.Parallel()
	for _, bare := range []bool{false, true} {
		for _, customers := range []int{0, 1, 20, 21} {
			var asked []string
			server := simulator.New(simulator.Config{Customers: customers, Accounts: accounts(10), List: simulator.List{Offset: true, Bare: bare}})
			stingy := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked = append(asked, r.URL.RawQuery)
				query := r.URL.Query()
				query.Set("limit", "7")
				r.URL.RawQuery = query.Encode()
				server.ServeHTTP(w, r)
			})
			want, _ := truth(server, everything)
			client := dial(t, stingy, func(c *fincome.Config) { c.List = fincome.List{Limit: 10, Offset: true, Bare: bare} })
			got, _, err := readAll(t, fincome.API{Client: client}, everything)
			if err != nil {
				t.Fatal(err)
			}
			same(t, want, got)
			if customers == 20 && !slices.Equal(asked, []string{"limit=10", "limit=10&offset=7", "limit=10&offset=14", "limit=10&offset=20"}) {
				t.Errorf("asked for %q", asked)
			}
		}
	}
	deaf := dial(t, pages(`[{"id":"a"}]`), func(c *fincome.Config) { c.List = fincome.List{Offset: true, Bare: true} })
	if _, _, err := readAll(t, fincome.API{Client: deaf}, everything); err == nil || !strings.Contains(err.Error(), "it takes no offset, check fincome.customers.api.cursor_param") {
		t.Errorf("the same page again and again: %v", err)
	}
	for body, want := range map[string]string{`{"data":[]}`: "the page is not a list", `[{"id":"a"}]x`: "something follows its end", `[{"id":"a"},{"id":"a"}]`: "was on page 1 already"} {
		client := dial(t, pages(body), func(c *fincome.Config) { c.List = fincome.List{Offset: true, Bare: true} })
		if _, _, err := readAll(t, fincome.API{Client: client}, everything); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestListingUnderFaults(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	fault := func(*http.Request) *simulator.Fault {
		return [...]*simulator.Fault{nil, {Cut: simulator.CutHalfway}, {Status: 502}, {Cut: simulator.CutBefore}}[n.Add(1)%4]
	}
	server := simulator.New(simulator.Config{Customers: 1000, Accounts: accounts(100), Fault: fault})
	want, _ := truth(server, everything)
	client := dial(t, server, func(c *fincome.Config) { c.List.Limit = 10 })
	got, _, err := readAll(t, fincome.API{Client: client}, everything)
	if err != nil {
		t.Fatal(err)
	}
	same(t, want, got)
}

func TestEmptyListingHasASchema(t *testing.T) {
	t.Parallel()
	client := dial(t, simulator.New(simulator.Config{}))
	before := time.Now()
	reader, err := fincome.API{Client: client}.Read(t.Context(), everything)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Release()
	if fields := reader.Schema().NumFields(); fields != 3+2*len(everything.Axes) {
		t.Errorf("%d columns", fields)
	}
	if reader.Next() || reader.Err() != nil || len(reader.AxisNames()) != 0 {
		t.Errorf("no customers: %v", reader.Err())
	}
	if seen := reader.Observed(); seen.Before(before) || seen.After(time.Now()) {
		t.Errorf("observed at %v", seen)
	}
}

// pages answers one body after the other.
func pages(bodies ...string) http.Handler {
	var n atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, bodies[min(int(n.Add(1)), len(bodies))-1])
	})
}

func TestListingsThatCannotBeTrusted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		bodies []string
		want   string
	}{
		"same id on a page":    {[]string{`{"data":[{"id":"a"},{"id":"a"}],"next_cursor":null}`}, `customer "a" was on page 1 already`},
		"same id later":        {[]string{`{"data":[{"id":"a"}],"next_cursor":"2"}`, `{"data":[{"id":"a"}],"next_cursor":null}`}, `page 2 of the customers: customer "a" was on page 1 already`},
		"cursor stands still":  {[]string{`{"data":[],"next_cursor":"x"}`, `{"data":[],"next_cursor":"x"}`}, "page 2 of the customers points back"},
		"cursor goes in turns": {[]string{`{"data":[],"next_cursor":"x"}`, `{"data":[],"next_cursor":"y"}`, `{"data":[],"next_cursor":"x"}`}, "page 3 of the customers points back"},
		"no data":              {[]string{`{"items":[],"next_cursor":null}`}, `it has no key "data" (it has ["items"]): set fincome.customers.api.data_key`},
		"no cursor":            {[]string{`{"data":[],"next":"x","total":2}`}, `it has no key "next_cursor" (it has ["next" "total"]): set fincome.customers.api.cursor_key`},
		"data is no list":      {[]string{`{"data":{},"next_cursor":null}`}, "data is not a list"},
		"a bare list":          {[]string{`[{"id":"a"}]`}, "the page is a list without a key: set fincome.customers.api.bare_list"},
		"a text":               {[]string{`"a"`}, "the page is not an object"},
		"no customer":          {[]string{`{"data":["a"],"next_cursor":null}`}, "a customer is not an object"},
		"no id":                {[]string{`{"data":[{"name":"x"}],"next_cursor":null}`}, "a customer has no id"},
		"id is null":           {[]string{`{"data":[{"id":null}],"next_cursor":null}`}, "it has no id"},
		"id is empty":          {[]string{`{"data":[{"id":""}],"next_cursor":null}`}, "its id is empty"},
		"id is no UTF-8":       {[]string{"{\"data\":[{\"id\":\"a\xff\"}],\"next_cursor\":null}"}, "is not UTF-8"},
		"properties no object": {[]string{`{"data":[{"id":"a","custom_properties":[1]}],"next_cursor":null}`}, `customer "a": custom_properties is not an object`},
		"a key twice":          {[]string{`{"data":[{"id":"a","custom_properties":{"x":1,"x":2}}],"next_cursor":null}`}, "duplicate"},
		"cut JSON":             {[]string{`{"data":[{"id":"a"}`}, "unexpected EOF"},
		"no JSON":              {[]string{`<html>`}, "invalid character"},
		"two pages in one":     {[]string{`{"data":[],"next_cursor":null}{"data":[]}`}, "something follows its end"},
		"cursor is an object":  {[]string{`{"data":[],"next_cursor":{}}`}, "its cursor is neither"},
		"nothing":              {[]string{``}, "EOF"},
	} {
		_, _, err := readAll(t, fincome.API{Client: dial(t, pages(c.bodies...))}, everything)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "fincome: GET /clients: page ") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	var e *fincome.Error
	_, _, err := readAll(t, fincome.API{Client: dial(t, simulator.New(simulator.Config{APIKey: "other"}))}, everything)
	if !errors.As(err, &e) || !e.Auth() {
		t.Errorf("wrong key: %v", err)
	}
}

func TestListingOfAnotherShape(t *testing.T) {
	t.Parallel()
	var asked []string
	bodies := []string{
		`{"meta":{"x":[1]},"after":2,"rows":[{"custom_properties":{"Industry":"a` + "\xff" + `","Notes":{"k":"` + "\xff" + `"}},"id":7}]}`,
		`{"rows":[{"id":"8","custom_properties":null}],"after":""}`,
	}
	client := dial(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, bodies[len(asked)])
		asked = append(asked, r.URL.RequestURI())
	}), func(c *fincome.Config) {
		c.List = fincome.List{Path: "/customers?full=1", LimitName: "size", Limit: 50, After: "page", DataKey: "rows", NextKey: "after"}
	})
	query := connector.CustomerQuery{IdentificationAxis: "Salesforce ID", Axes: []string{"Industry", "Notes"}}
	got, _, err := readAll(t, fincome.API{Client: client}, query)
	want := []row{
		{"7", null, []string{"a\ufffd", "{\"k\":\"\ufffd\"}"}, []string{null, "json"}},
		{"8", null, []string{null, null}, []string{null, null}},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if diff := cmp.Diff([]string{"/product/customers?full=1&size=50", "/product/customers?full=1&page=2&size=50"}, asked); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
}

// TestMemoryIsGivenBack is not parallel: the allocator is shared.
func TestMemoryIsGivenBack(t *testing.T) {
	allocator, ok := connector.Memory.(*mallocator.Mallocator)
	if !ok {
		t.Fatalf("memory is a %T", connector.Memory)
	}
	before := allocator.AllocatedBytes()
	client := dial(t, simulator.New(simulator.Config{Customers: 10_000}))
	if _, _, err := readAll(t, fincome.API{Client: client}, everything); err != nil {
		t.Fatal(err)
	}
	broken := dial(t, pages(`{"data":[{"id":"a","custom_properties":{"Industry":"x"}},{"id":"a"}],"next_cursor":null}`))
	if _, _, err := readAll(t, fincome.API{Client: broken}, everything); err == nil {
		t.Fatal("no error")
	}
	reader, err := fincome.API{Client: client}.Read(t.Context(), everything)
	if err != nil || !reader.Next() {
		t.Fatal(err, reader.Err())
	}
	reader.Retain()
	reader.Release()
	if allocator.AllocatedBytes() == before {
		t.Error("a retained reader has let go of its batch")
	}
	reader.Release() // before the end
	if after := allocator.AllocatedBytes(); after != before {
		t.Errorf("%d bytes were not given back", after-before)
	}
}

// BenchmarkListing reads 20,000 customers, without the network. Of the fifteen
// axes asked for, all have a value in every customer, as from the second run on,
// or none, as in the first.
func BenchmarkListing(b *testing.B) {
	var query connector.CustomerQuery
	query.IdentificationAxis = simulator.DefaultAxis
	for i := range 15 {
		query.Axes = append(query.Axes, fmt.Sprintf("Salesforce_726564_Property_%d", i))
	}
	for name, axes := range map[string][]string{"filled": query.Axes, "first": nil} {
		b.Run(name, func(b *testing.B) {
			pages := listingPages(b, axes)
			next, size := 0, 0
			for _, page := range pages {
				size += len(page)
			}
			transport := roundTrip(func(*http.Request) (*http.Response, error) {
				page := pages[next%len(pages)]
				next++
				return &http.Response{StatusCode: 200, ContentLength: int64(len(page)), Body: io.NopCloser(strings.NewReader(page))}, nil
			})
			client, err := fincome.New(fincome.Config{APIKey: connector.NewSecret("k")}, transport)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				reader, err := fincome.API{Client: client}.Read(b.Context(), query)
				if err != nil {
					b.Fatal(err)
				}
				for reader.Next() {
				}
				if reader.Err() != nil {
					b.Fatal(reader.Err())
				}
				reader.Release()
			}
		})
	}
}

// listingPages are 20,000 customers as the API would list them, with a value in
// each of axes.
func listingPages(b *testing.B, axes []string) []string {
	b.Helper()
	var pages []string
	var page []map[string]any
	server := simulator.New(simulator.Config{Seed: 1, Customers: 20_000, Accounts: accounts(90_000), Tag: "726564"})
	for c := range server.Customers() {
		for i, axis := range axes {
			c.Properties[axis] = json.RawMessage(fmt.Sprintf(`"Société %d of %d"`, i, len(pages)))
		}
		page = append(page, map[string]any{
			"id": c.ID, "name": c.Name, "email": c.Email, "country": c.Country, "zip_code": c.Code, "root_parent_id": nil,
			"created_at": "2026-11-01T00:00:00Z", "updated_at": "2026-11-01T00:00:00Z", "custom_properties": c.Properties,
		})
		if len(page) < 1000 {
			continue
		}
		answer := map[string]any{"data": page, "next_cursor": c.ID}
		if len(pages) == 19 {
			answer["next_cursor"] = nil
		}
		text, err := json.Marshal(answer)
		if err != nil {
			b.Fatal(err)
		}
		pages, page = append(pages, string(text)), page[:0]
	}
	if len(pages) != 20 {
		b.Fatalf("%d pages", len(pages))
	}
	return pages
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestNamesOfCustomers(t *testing.T) {
	t.Parallel()
	client := dial(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"data":[{"id":"1","name":"Bär \"& Co"},{"name":null,"id":"2"},{"id":"3","name":""},{"id":"4","name":7},{"custom_properties":{"name":"x"},"id":"5"}],"next_cursor":null}`)
	}))
	reader, err := fincome.API{Client: client}.Read(context.Background(), connector.CustomerQuery{})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Release()
	checkNames(t, reader, []string{`Bär "& Co`, null, null, null, null})

	path := filepath.Join(t.TempDir(), "customers.csv")
	if err := os.WriteFile(path, []byte("Email,Nom du client,ID client\na@b.c,Bär & Co,1\n,,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for identification, want := range map[string][]string{"X": {"Bär & Co", null}, "Nom du client": {null, null}} {
		file, err := fincome.File{Config: fincome.FileConfig{Path: path}}.Read(context.Background(), connector.CustomerQuery{IdentificationAxis: identification})
		if err != nil {
			t.Fatal(err)
		}
		defer file.Release()
		checkNames(t, file, want)
	}
}

func checkNames(t *testing.T, reader connector.CustomerReader, want []string) {
	t.Helper()
	var got []string
	for reader.Next() {
		column := reader.RecordBatch().Column(2).(*array.String)
		for i := range column.Len() {
			if column.IsNull(i) {
				got = append(got, null)
				continue
			}
			got = append(got, strings.Clone(column.Value(i)))
		}
	}
	if reader.Err() != nil || !slices.Equal(got, want) {
		t.Errorf("names %q, want %q (%v)", got, want, reader.Err())
	}
}
