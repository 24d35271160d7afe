package suggest_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/transform/recordid"
	"github.com/axisync/axisync/transform/suggest"
)

// customer is the id and the value of every axis; none is null, #n the number n,
// {} a list.
type customer []string

const none = "<none>"

func batch(t *testing.T, schema *arrow.Schema, rows int, cell func(b *array.StringBuilder, column, row int)) arrow.RecordBatch {
	t.Helper()
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for row := range rows {
		for column := range schema.NumFields() {
			cell(b.Field(column).(*array.StringBuilder), column, row)
		}
	}
	return b.NewRecordBatch()
}

// trial holds accounts (id, then the properties) against customers.
func trial(t *testing.T, axes []string, customers []customer, properties []suggest.Property, accounts [][]string) *suggest.Trial {
	t.Helper()
	s := suggest.NewSample(axes)
	schema := connector.CustomerSchema(axes, func(string) bool { return true })
	people := batch(t, schema, len(customers), func(b *array.StringBuilder, column, row int) {
		text := none
		switch {
		case column == 0:
			text = customers[row][0]
		case column >= 3 && column%2 == 1:
			text = strings.TrimPrefix(customers[row][1+(column-3)/2], "#")
		case column >= 3:
			switch value := customers[row][1+(column-4)/2]; {
			case strings.HasPrefix(value, "#"):
				text = connector.TypeNumber
			case value == "{}":
				text = connector.TypeJSON
			}
		}
		appendText(b, text)
	})
	defer people.Release()
	if err := s.Add(people); err != nil {
		t.Fatal(err)
	}
	tr := s.Trial("001", properties)
	var plain []connector.Property
	for _, p := range properties {
		plain = append(plain, p.Property)
	}
	rows := batch(t, connector.AccountSchema(plain), len(accounts), func(b *array.StringBuilder, column, row int) { appendText(b, accounts[row][column]) })
	defer rows.Release()
	for at := int64(0); at < rows.NumRows(); at += 3 { // in several batches
		part := rows.NewSlice(at, min(at+3, rows.NumRows()))
		if err := tr.Add(part); err != nil {
			t.Fatal(err)
		}
		part.Release()
	}
	return tr
}

func appendText(b *array.StringBuilder, text string) {
	if text == none {
		b.AppendNull()
	} else {
		b.Append(text)
	}
}

func property(name string, declared bool) suggest.Property {
	return suggest.Property{Property: connector.Property{Name: name, Type: "string"}, Declared: declared}
}

func id(n int) string { return recordid.Full(fmt.Sprintf("0015f00000Ab%03d", n)) }

func find(t *testing.T, pairs []suggest.Pair, axis, property string) suggest.Pair {
	t.Helper()
	for _, p := range pairs {
		if p.Axis == axis && p.Property == property {
			return p
		}
	}
	t.Fatalf("no pair of %s and %s in %+v", axis, property, pairs)
	return suggest.Pair{}
}

func TestRecordIDIsRepairedAndCounted(t *testing.T) {
	t.Parallel()
	folded := "0015f00000bcvre"
	customers := []customer{
		{"a", id(1)}, {"b", id(2)[:15]}, {"c", strings.ToLower(id(3))}, {"d", " " + id(4)},
		{"e", "https://x.lightning.force.com/" + id(5)}, {"f", id(1)[:15]}, // shares the account of a
		{"g", id(99)}, {"h", id(6)[:15] + "AAA"}, {"i", recordid.Full("003000000000001")}, {"j", "n/a"},
		{"k", strings.ToLower(recordid.Full("0015f00000BCvRe"))}, // folded, and an account has the body as written
		{"l", none}, {"m", "  "}, {"n", "{}"},
	}
	accounts := [][]string{{recordid.Full("0015f00000BCvRe")}, {recordid.Full(folded)}}
	for n := range 9 {
		accounts = append(accounts, []string{id(n)})
	}
	tr := trial(t, []string{"SF"}, customers, nil, accounts)
	p := find(t, tr.Pairs(), "SF", "Id")
	want := suggest.Figures{Found: 6, Unique: 6, SharedByCustomers: 1}
	if p.Plain != want || p.Eased != want || p.Trim || p.Fold || p.Carried != 11 || p.Sampled != 11 || p.Customers != 14 || !p.Fits() {
		t.Errorf("got %+v", p)
	}
	if tr.Accounts() != int64(len(accounts)) {
		t.Errorf("%d accounts", tr.Accounts())
	}
	for _, e := range p.Examples {
		reading := recordid.Read(e.Value)
		if e.AccountID != "" && e.AccountID != reading.ID || e.AccountID == "" && e.Verdict == "exact" {
			t.Errorf("example %+v", e)
		}
	}
}

func TestKeysAreComparedLiterallyAndEased(t *testing.T) {
	t.Parallel()
	var customers []customer
	var accounts [][]string
	for n := range 10 {
		customers = append(customers, customer{fmt.Sprint(n), fmt.Sprintf("%03d", n), fmt.Sprintf(" k%d", n), fmt.Sprintf("K%d", n), fmt.Sprintf(" K%d", n), fmt.Sprintf("#%d", n)})
		accounts = append(accounts, []string{id(n), fmt.Sprintf("%03d", n), fmt.Sprintf("k%d", n), fmt.Sprint(n)})
	}
	pairs := trial(t, []string{"zeros", "blanks", "capitals", "both", "number"}, customers,
		[]suggest.Property{property("Zeros__c", false), property("Key__c", false), property("Number__c", false)}, accounts).Pairs()
	all := suggest.Figures{Found: 10, Unique: 10}
	for _, want := range []suggest.Pair{
		{Axis: "zeros", Property: "Zeros__c", Plain: all, Eased: all},
		{Axis: "number", Property: "Number__c", Plain: all, Eased: all},
		{Axis: "blanks", Property: "Key__c", Eased: all, Trim: true},
		{Axis: "capitals", Property: "Key__c", Eased: all, Fold: true},
		{Axis: "both", Property: "Key__c", Eased: all, Trim: true, Fold: true},
	} {
		p := find(t, pairs, want.Axis, want.Property)
		if p.Plain != want.Plain || p.Eased != want.Eased || p.Trim != want.Trim || p.Fold != want.Fold || !p.Fits() {
			t.Errorf("got %+v, want %+v", p, want)
		}
	}
	if len(pairs) != 5 {
		t.Errorf("other pairs: %+v", pairs)
	}
}

func TestSharedValues(t *testing.T) {
	t.Parallel()
	customers := []customer{{"a", "x"}, {"b", "x"}, {"c", "y"}, {"d", "z"}, {"e", "nobody"}}
	accounts := [][]string{{id(1), "x"}, {id(2), "y"}, {id(3), "y"}, {id(4), "y"}, {id(5), "z"}, {id(6), "Z"}, {id(7), none}}
	p := find(t, trial(t, []string{"A"}, customers, []suggest.Property{property("P", false)}, accounts).Pairs(), "A", "P")
	if want := (suggest.Figures{Found: 4, Unique: 3, SharedByAccounts: 1, SharedByCustomers: 1}); p.Plain != want || p.Fold {
		t.Errorf("got %+v, want %+v", p, want)
	}
	verdicts := map[string]string{}
	for _, e := range p.Examples {
		verdicts[e.Value] = e.Verdict + " " + e.AccountID
	}
	want := map[string]string{"x": "exact " + id(1), "y": "ambiguous ", "z": "exact " + id(5), "nobody": "not_found "}
	if !reflect.DeepEqual(verdicts, want) {
		t.Errorf("examples %v, want %v", verdicts, want)
	}
}

// The Record ID is preferred to a property that does a little better, and a
// declared identifier to one that is not.
func TestRanking(t *testing.T) {
	t.Parallel()
	var customers []customer
	var accounts [][]string
	for n := range 30 { // the Record ID misses one in thirty
		record := id(n)
		if n == 0 {
			record = "n/a"
		}
		customers = append(customers, customer{fmt.Sprint(n), record, fmt.Sprint(n), fmt.Sprint(n), "FR"})
		accounts = append(accounts, []string{id(n), fmt.Sprint(n), fmt.Sprint(n), "FR"})
	}
	pairs := trial(t, []string{"SF", "Name", "Number", "Country"}, customers,
		[]suggest.Property{property("Declared__c", true), property("Name", false), property("Country__c", false)}, accounts).Pairs()
	var got []string
	for _, p := range pairs {
		got = append(got, p.Axis+"/"+p.Property)
	}
	want := []string{"SF/Id", "Name/Declared__c", "Number/Declared__c", "Name/Name", "Number/Name", "Country/Country__c"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if last := pairs[len(pairs)-1]; last.Fits() || last.Coverage(last.Plain) != 1 || last.Uniqueness(last.Plain) != 0 {
		t.Errorf("a country fits: %+v", last)
	}
}

func TestNothingFits(t *testing.T) {
	t.Parallel()
	tr := trial(t, []string{"A"}, []customer{{"a", "x"}}, []suggest.Property{property("P", true)}, [][]string{{id(1), "y"}, {id(2), ""}})
	if pairs := tr.Pairs(); len(pairs) > 0 {
		t.Errorf("got %+v", pairs)
	}
	if pairs := trial(t, []string{"A"}, nil, nil, nil).Pairs(); len(pairs) > 0 {
		t.Errorf("of nothing: %+v", pairs)
	}
}

// The sample is bounded, the same in any order of the customers, and fair.
func TestSample(t *testing.T) {
	t.Parallel()
	axes := make([]string, 100) // 4,000 customers of each
	for i := range axes {
		axes[i] = fmt.Sprint("axis", i)
	}
	const people = 12_000
	pairs := func(order []int) []suggest.Pair {
		s := suggest.NewSample(axes)
		schema := connector.CustomerSchema(axes, func(axis string) bool { return axis == "axis7" })
		b := batch(t, schema, people, func(b *array.StringBuilder, column, row int) {
			switch n := order[row]; column {
			case 0:
				b.Append(fmt.Sprint("C-", n))
			case 3:
				b.Append(fmt.Sprint("key", n))
			default:
				b.AppendNull()
			}
		})
		defer b.Release()
		if err := s.Add(b); err != nil {
			t.Fatal(err)
		}
		if s.Size() != 4000 || s.Customers() != people {
			t.Errorf("size %d, %d customers", s.Size(), s.Customers())
		}
		p := property("Key__c", false)
		tr := s.Trial("001", []suggest.Property{p})
		accounts := batch(t, connector.AccountSchema([]connector.Property{p.Property}), people, func(b *array.StringBuilder, column, row int) {
			if column == 0 {
				b.Append(id(row))
			} else {
				b.Append(fmt.Sprint("key", row*4)) // a quarter of the customers
			}
		})
		defer accounts.Release()
		if err := tr.Add(accounts); err != nil {
			t.Fatal(err)
		}
		return tr.Pairs()
	}
	order := make([]int, people)
	for i := range order {
		order[i] = i
	}
	first := pairs(order)
	rand.New(rand.NewPCG(1, 1)).Shuffle(people, func(i, j int) { order[i], order[j] = order[j], order[i] })
	if again := pairs(order); !reflect.DeepEqual(first, again) {
		t.Errorf("in another order: %+v, want %+v", again, first)
	}
	p := find(t, first, "axis7", "Key__c")
	if p.Carried != people || p.Sampled != 4000 || p.Plain.Found < 900 || p.Plain.Found > 1100 {
		t.Errorf("got %+v", p)
	}
}

func TestLongValuesFindNothing(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 400)
	tr := trial(t, []string{"A"}, []customer{{"a", long}, {"b", "x"}}, []suggest.Property{property("P", false)}, [][]string{{id(1), long}, {id(2), "x"}})
	p := find(t, tr.Pairs(), "A", "P")
	if p.Carried != 2 || p.Plain.Found != 1 {
		t.Errorf("got %+v", p)
	}
	for _, e := range p.Examples {
		if len(e.Value) > 310 {
			t.Errorf("an example of %d bytes", len(e.Value))
		}
	}
}

func TestMissingColumns(t *testing.T) {
	t.Parallel()
	tr := suggest.NewSample([]string{"A"}).Trial("001", []suggest.Property{property("P", false)})
	b := batch(t, connector.AccountSchema(nil), 1, func(b *array.StringBuilder, _, _ int) { b.Append(id(1)) })
	defer b.Release()
	if err := tr.Add(b); err == nil || !strings.Contains(err.Error(), "no column P") {
		t.Errorf("got %v", err)
	}
}
