package parquet_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/sinks/parquet/diff"
)

// A profile is what counting in a map gives, and one column compared alone is what a
// comparison of two maps gives, whatever it was called before: for any types, texts,
// nulls, cells that do not fit, and depths.
func TestProfilesAndSingleColumnsEqualTheNaiveOnes(t *testing.T) {
	t.Parallel()
	rounds := 15
	if os.Getenv("AXISYNC_LARGE") != "" {
		rounds = 1000
	}
	folder := fastDir(t)
	misfits, renamed, moved := 0, 0, int64(0)
	for round := range rounds {
		r := rand.New(rand.NewPCG(29, uint64(round)))
		p := draw(r)
		var sides [2]*parquet.Reader
		for side := range sides {
			sides[side] = p.write(t, side, filepath.Join(folder, fmt.Sprint(round, side)))
			for _, property := range p.properties[side] {
				got, err := diff.ProfileOf(t.Context(), sides[side], "accounts", property.Name)
				if err != nil {
					t.Fatal(err)
				}
				if difference := gocmp.Diff(p.profile(side, property.Name), got); difference != "" {
					t.Fatalf("round %d, side %d, %s: %s", round, side, property.Name, difference)
				}
			}
			misfits += int(sides[side].Rows("accounts_dirty"))
		}
		for range 4 {
			was, now := p.properties[0][r.IntN(len(p.properties[0]))].Name, p.properties[1][r.IntN(len(p.properties[1]))].Name
			s, err := diff.Compare(t.Context(), sides[0], sides[1], diff.Options{Table: "accounts", Only: now, Was: was}, func(diff.Row) error { return nil })
			if err != nil {
				t.Fatal(err)
			}
			if sameMoves(t, p.moves(was, now), movesOf(s)); t.Failed() {
				t.Fatalf("round %d, %s was %s", round, now, was)
			}
			if moved += s.Changed; was != now {
				renamed++
			}
		}
	}
	if misfits == 0 || renamed == 0 || moved == 0 {
		t.Errorf("%d cells did not fit, %d columns had another name, %d cells were others", misfits, renamed, moved)
	}
}

// profile counts the values of a column in a map.
func (p pairOf) profile(side int, name string) *diff.Profile {
	want := &diff.Profile{Rows: int64(len(p.rows[side])), DistinctExact: true, Top: []diff.Counted{}}
	counts := map[string]int64{}
	for id := range p.rows[side] {
		switch value := p.cell(side, id, name); {
		case value == nil:
			want.Nulls++
		default:
			if *value == "" {
				want.Empty++
			}
			counts[*value]++
		}
	}
	for value, n := range counts {
		want.Distinct++
		want.Top = append(want.Top, diff.Counted{Value: value, Rows: n})
	}
	slices.SortFunc(want.Top, func(a, b diff.Counted) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Value, b.Value))
	})
	want.Top = want.Top[:min(len(want.Top), 20)]
	return want
}

// moves is what became of one column, as the tests compare it.
type moves struct {
	Added, Removed, Changed, Filled, Emptied int64
	Movements                                map[string]int64
}

func movesOf(s *diff.Summary) moves {
	c := s.Columns[0]
	m := moves{s.Added, s.Removed, s.Changed, c.Filled, c.Emptied, map[string]int64{}}
	for _, movement := range c.Movements {
		m.Movements[quoted(movement.Before)+" "+quoted(movement.After)] = movement.Rows
	}
	return m
}

func (p pairOf) moves(was, now string) moves {
	m := moves{Movements: map[string]int64{}}
	for id := range p.rows[0] {
		if _, stayed := p.rows[1][id]; !stayed {
			m.Removed++
		}
	}
	for id := range p.rows[1] {
		if _, had := p.rows[0][id]; !had {
			m.Added++
			continue
		}
		before, after := p.cell(0, id, was), p.cell(1, id, now)
		if quoted(before) == quoted(after) {
			continue
		}
		m.Changed++
		if before == nil {
			m.Filled++
		}
		if after == nil {
			m.Emptied++
		}
		m.Movements[quoted(before)+" "+quoted(after)]++
	}
	return m
}

// sameMoves holds what is told against all that there is: the ten most frequent movements.
func sameMoves(t *testing.T, all, told moves) {
	t.Helper()
	counts := slices.Sorted(maps.Values(all.Movements))
	slices.Reverse(counts)
	counts = counts[:min(len(counts), 10)]
	got := slices.Sorted(maps.Values(told.Movements))
	slices.Reverse(got)
	if !slices.Equal(counts, got) {
		t.Errorf("the movements are of %v rows, want %v", got, counts)
	}
	for text, n := range told.Movements {
		if all.Movements[text] != n {
			t.Errorf("%s: %d rows, want %d", text, n, all.Movements[text])
		}
	}
	all.Movements, told.Movements = nil, nil
	if difference := gocmp.Diff(all, told); difference != "" {
		t.Error(difference)
	}
}

// Of a column with a value for each account, the number of different values is an
// estimate that is near, and what is frequent among them is found, within what is said.
func TestProfileOfManyValues(t *testing.T) {
	t.Parallel()
	const n = 60_000
	schema := connector.AccountSchema([]connector.Property{{Name: "Phone", Type: "phone"}, {Name: "Long", Type: "textarea"}})
	dir := filepath.Join(fastDir(t), "snapshot")
	s := create(t, dir)
	table, err := s.Table("accounts", schema, parquet.TableOptions{Key: []string{connector.AccountID}, Typed: true})
	if err != nil {
		t.Fatal(err)
	}
	var rows cells
	frequent := int64(0)
	for i := range n {
		phone, long := text(fmt.Sprintf("+33 %08d", i)), text("")
		if i%20 == 3 {
			phone = text("N/A")
			frequent++
		}
		if i < 30 {
			long = text(strings.Repeat(fmt.Sprint(i%15, " "), 300_000))
		}
		rows = append(rows, []*string{text(fmt.Sprintf("0015g%013d", i)), phone, long})
	}
	fill(t, table, schema, rows, 1000)
	reader := commit(t, s, dir, table)
	p, err := diff.ProfileOf(t.Context(), reader, "accounts", "Phone")
	if err != nil {
		t.Fatal(err)
	}
	different := n - frequent + 1
	if p.DistinctExact || float64(p.Distinct) < 0.975*float64(different) || float64(p.Distinct) > 1.025*float64(different) {
		t.Errorf("%d different values, want about %d: exact %t", p.Distinct, different, p.DistinctExact)
	}
	if p.TopTooLowBy == 0 || p.TopTooLowBy > n>>14 || len(p.Top) != 1 || p.Top[0].Value != "N/A" || p.Top[0].Rows > frequent || p.Top[0].Rows+p.TopTooLowBy < frequent {
		t.Errorf("%+v, want N/A in %d", p, frequent)
	}
	// 15 texts of 600 kB: they do not fit, and memory is what it may be
	if p, err = diff.ProfileOf(t.Context(), reader, "accounts", "Long"); err != nil || p.Empty != n-30 || p.DistinctExact || p.Distinct != 16 || p.Top[0].Value != "" || p.Top[0].Rows+p.TopTooLowBy < n-30 {
		t.Errorf("%v, %d empty, %d different (exact %t)", err, p.Empty, p.Distinct, p.DistinctExact)
	}
}

// profilesIn names two snapshots, in a child of TestMemoryOfProfilesAndOneCompared.
const profilesIn = "AXISYNC_PROFILES_IN"

// The memory of profiles, and of one column compared, does not grow with the accounts: the
// bar is 90 MB, of the whole process.
func TestMemoryOfProfilesAndOneCompared(t *testing.T) {
	if dir := os.Getenv(profilesIn); dir != "" {
		profilesChild(t, dir)
		return
	}
	t.Parallel()
	sizes := []int{300_000}
	if raceEnabled {
		sizes = []int{20_000}
	}
	if os.Getenv("AXISYNC_LARGE") != "" {
		sizes = []int{1_000_000, 5_000_000}
	}
	for _, n := range sizes {
		dir := t.TempDir()
		compareSnapshot(t, filepath.Join(dir, "a"), n, 0)
		compareSnapshot(t, filepath.Join(dir, "b"), n, 1)
		if peak := peakOf(t, n, profilesIn+"="+dir); peak > 90 && !raceEnabled {
			t.Errorf("profiles of %d accounts took %d MB", n, peak)
		}
	}
}

func profilesChild(t *testing.T, dir string) {
	var sides []*parquet.Reader
	for _, name := range []string{"a", "b"} {
		reader, err := parquet.Open(t.Context(), filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		sides = append(sides, reader)
	}
	for _, column := range []string{"Industry", "Website", "AnnualRevenue", "CreatedDate"} {
		for _, reader := range sides {
			if _, err := diff.ProfileOf(t.Context(), reader, "accounts", column); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := diff.Compare(t.Context(), sides[0], sides[1], diff.Options{Table: "accounts", Only: column}, func(diff.Row) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	tellPeak(t)
}
