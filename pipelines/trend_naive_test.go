package pipelines_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/sinks/parquet/diff"
)

// day is a snapshot of accounts with one property that matters.
type day struct {
	name    string // of the property; empty: the snapshot does not have it
	kind    string // of its values, as describe says
	other   bool   // it has another property
	damaged bool
	values  map[string]*string
}

// keep writes a snapshot of a day into the folder of the source.
func (d day) keep(t testing.TB, p *pipelines.Pipeline, run string, at time.Time) {
	t.Helper()
	var properties []connector.Property
	if d.name != "" {
		properties = append(properties, connector.Property{Name: d.name, Type: d.kind})
	}
	if d.other {
		properties = append(properties, connector.Property{Name: "Site", Type: "string"})
	}
	dir := filepath.Join(p.Parquet, "source="+p.Slug, "run="+run)
	s, err := parquet.Create(t.Context(), dir, "")
	if err != nil {
		t.Fatal(err)
	}
	schema := connector.AccountSchema(properties)
	table, err := s.Table("accounts", schema, parquet.TableOptions{Key: []string{connector.AccountID}, Typed: true})
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for id, value := range d.values {
		b.Field(0).(*array.StringBuilder).Append(id)
		if d.name != "" && value == nil {
			b.Field(1).AppendNull()
		} else if d.name != "" {
			b.Field(1).(*array.StringBuilder).Append(*value)
		}
		if d.other {
			b.Field(len(properties)).(*array.StringBuilder).Append("site of " + id)
		}
	}
	batch := b.NewRecordBatch()
	defer batch.Release()
	if err := cmp.Or(table.Append(batch), table.Write(t.Context(), nil)); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), parquet.Manifest{RunID: run, Kind: "plan", Source: p.Source, Slug: p.Slug, ObservedAt: at, ProgramVersion: "test"}); err != nil {
		t.Fatal(err)
	}
	if d.damaged {
		parts, err := filepath.Glob(filepath.Join(dir, "accounts", "*.parquet"))
		if err != nil {
			t.Fatal(err)
		}
		size, err := os.Stat(parts[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(parts[0], make([]byte, size.Size()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

var trendTexts = []string{"", " ", "Retail", "Wholesale", "NaN", "-0", "null", "é", "e\u0301", "日本\n", "a\x00b", "12", "012", "1.50"}

// drawDays are days that follow each other: values come, go, move; the property is
// renamed, is not there, has values that are no numbers; snapshots are damaged.
func drawDays(r *rand.Rand) []day {
	kind := []string{"string", "int", "picklist"}[r.IntN(3)]
	texts := trendTexts[:1+r.IntN(len(trendTexts))]
	pick := func() *string {
		if r.IntN(4) == 0 {
			return nil
		}
		text := texts[r.IntN(len(texts))]
		return &text
	}
	values := map[string]*string{}
	for i := range 30 + r.IntN(40) {
		values[fmt.Sprintf("0015g%013d", i)] = pick()
	}
	name := "Segment__c"
	var days []day
	for n := range 1 + r.IntN(7) {
		d := day{name: name, kind: kind, other: r.IntN(3) > 0, damaged: r.IntN(8) == 0, values: map[string]*string{}}
		renames := n > 0 && !days[n-1].damaged && days[n-1].name != "" && r.IntN(5) == 0 && known(values) > 10
		if renames {
			name = map[string]string{"Segment__c": "Segment2__c", "Segment2__c": "Segment__c"}[name]
			d.name, d.other, d.damaged = name, days[n-1].other, false
		} else if r.IntN(6) == 0 {
			d.name, d.other = "", n > 0 && days[n-1].other // what comes could be taken for it
		}
		for id, value := range values {
			switch {
			case renames || r.IntN(5) > 0:
				d.values[id] = value
			case r.IntN(3) > 0:
				d.values[id] = pick()
			}
		}
		for i := range r.IntN(4) {
			if !renames {
				d.values[fmt.Sprintf("0015g9%02d%010d", n, i)] = pick()
			}
		}
		values = d.values
		days = append(days, d)
	}
	return days
}

func known(values map[string]*string) (n int) {
	for _, value := range values {
		if value != nil && *value != "" {
			n++
		}
	}
	return n
}

// naiveTrend is what maps give for the days.
func naiveTrend(days []day, runs []string) []pipelines.Point {
	var points []pipelines.Point
	var last *day
	lastRun := ""
	for i, d := range days {
		p := pipelines.Point{Snapshot: pipelines.SnapshotTold{Run: runs[i]}, Status: "read", Column: d.name}
		switch {
		case d.name == "":
			p.Status = "absent"
		case d.damaged:
			p.Status = "unreadable"
		default:
			p.Values = profileOf(d)
			if last != nil {
				p.Moved = movedSince(*last, d, lastRun)
			}
			last, lastRun = &days[i], runs[i]
		}
		points = append(points, p)
	}
	return points
}

func profileOf(d day) *diff.Profile {
	p := &diff.Profile{Rows: int64(len(d.values)), DistinctExact: true, Top: []diff.Counted{}}
	counts := map[string]int64{}
	for _, value := range d.values {
		switch {
		case value == nil:
			p.Nulls++
		default:
			if *value == "" {
				p.Empty++
			}
			counts[canonicalOf(d, value)]++
		}
	}
	for value, n := range counts {
		p.Distinct++
		p.Top = append(p.Top, diff.Counted{Value: value, Rows: n})
	}
	slices.SortFunc(p.Top, func(a, b diff.Counted) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Value, b.Value))
	})
	return p
}

// canonicalOf is a value in the notation of its type.
func canonicalOf(d day, value *string) string {
	if d.kind == "int" {
		if number, is := map[string]string{"-0": "0", "012": "12"}[*value]; is {
			return number
		}
	}
	return *value
}

func movedSince(was, now day, run string) *pipelines.Moved {
	m := &pipelines.Moved{Since: run, Movements: []diff.Movement{}}
	counts := map[[2]string]int64{}
	packed := func(d day, value *string) string {
		if value == nil {
			return "null"
		}
		return "=" + canonicalOf(d, value)
	}
	for id := range was.values {
		if _, stayed := now.values[id]; !stayed {
			m.Removed++
		}
	}
	for id, value := range now.values {
		old, had := was.values[id]
		before, after := packed(was, old), packed(now, value)
		switch {
		case !had:
			m.Added++
		case before != after:
			m.Changed++
			counts[[2]string{before, after}]++
			if old == nil {
				m.Filled++
			}
			if value == nil {
				m.Emptied++
			}
		}
	}
	for movement, n := range counts {
		m.Movements = append(m.Movements, diff.Movement{Before: unpackedText(movement[0]), After: unpackedText(movement[1]), Rows: n})
	}
	return m
}

func unpackedText(text string) *string {
	if value, set := strings.CutPrefix(text, "="); set {
		return &value
	}
	return nil
}

// The history of a property is what maps give, for days that come in any order of
// renaming, absence and damage.
func TestTrendEqualsTheNaiveOne(t *testing.T) {
	t.Parallel()
	rounds := 25
	if os.Getenv("AXISYNC_LARGE") != "" {
		rounds = 1000
	}
	w := newWorld(t, settings{accounts: 1, customers: 1})
	seen := map[string]int{}
	for round := range rounds {
		days := drawDays(rand.New(rand.NewPCG(37, uint64(round))))
		p := w.offline()
		p.Parquet = filepath.Join(t.TempDir(), "snapshots")
		var runs []string
		for i, d := range days {
			runs = append(runs, fmt.Sprintf("202611%02d-0600-aaaa", i+1))
			d.keep(t, p, runs[i], time.Date(2026, 11, i+1, 6, 0, 0, 0, time.UTC))
		}
		if !slices.ContainsFunc(days, func(d day) bool { return d.name != "" }) {
			continue
		}
		checkTrend(t, p, days, runs, seen)
		if t.Failed() {
			t.Fatalf("round %d", round)
		}
	}
	for _, what := range []string{"read", "absent", "unreadable", "moved", "misfits", "renamed", "followed"} {
		if seen[what] == 0 {
			t.Errorf("none of the days was %s", what)
		}
	}
}

func checkTrend(t *testing.T, p *pipelines.Pipeline, days []day, runs []string, seen map[string]int) {
	t.Helper()
	asked := ""
	for _, d := range days {
		asked = cmp.Or(d.name, asked)
	}
	got, err := pipelines.ReadTrend(t.Context(), p, strings.ToLower(asked), pipelines.Window{})
	if err != nil {
		t.Fatal(err)
	}
	want := naiveTrend(days, runs)
	if got.Property != asked || got.Found != len(days) || got.LeftOut != 0 || len(got.Snapshots) != len(want) || len(got.Warnings) != 0 {
		t.Fatalf("%s: %s", asked, jsonText(t, got))
	}
	for i, g := range got.Snapshots {
		seen[g.Status]++
		if g.Misfits > 0 {
			seen["misfits"]++
		}
		if g.Column != "" && g.Column != asked {
			seen["followed"]++
		}
		if (g.Reason == "") != (g.Status != "unreadable") {
			t.Errorf("%s: %s because of %q", runs[i], g.Status, g.Reason)
		}
		if g.Moved != nil {
			seen["moved"]++
			if g.Moved.Renamed != nil {
				seen["renamed"]++
			}
			if want[i].Moved != nil {
				sameMovements(t, want[i].Moved.Movements, g.Moved.Movements)
				want[i].Moved.Movements = nil
			}
			g.Moved.Movements, g.Moved.Renamed, g.Moved.PartsRead, g.Moved.PartsSkipped = nil, nil, 0, 0
		}
		g.Reason, g.Type, g.Misfits, g.Snapshot = "", "", 0, pipelines.SnapshotTold{Run: g.Snapshot.Run}
		if difference := gocmp.Diff(want[i], g); difference != "" {
			t.Errorf("%s: %s", runs[i], difference)
		}
	}
}

// sameMovements: those that are told are the ten most frequent of all.
func sameMovements(t *testing.T, all, told []diff.Movement) {
	t.Helper()
	key := func(m diff.Movement) string { return fmt.Sprintf("%q %q", shown(m.Before), shown(m.After)) }
	rows := map[string]int64{}
	for _, m := range all {
		rows[key(m)] = m.Rows
	}
	slices.SortFunc(all, func(a, b diff.Movement) int { return cmp.Compare(b.Rows, a.Rows) })
	if len(told) != min(len(all), 10) {
		t.Errorf("%d movements of %d", len(told), len(all))
		return
	}
	for i, m := range told {
		if m.Rows != all[i].Rows || rows[key(m)] != m.Rows {
			t.Errorf("%s: %d accounts, want %d, or %d", key(m), m.Rows, rows[key(m)], all[i].Rows)
		}
	}
}
