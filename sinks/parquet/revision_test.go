package parquet_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/axisync/axisync/sinks/parquet"
)

// accountsOf is the accounts of a day by their id.
type accountsOf map[string][]*string

func (o accountsOf) rows() cells {
	var rows cells
	for _, id := range slices.Sorted(maps.Keys(o)) {
		rows = append(rows, o[id])
	}
	return rows
}

// account draws an account with a value of any kind in every column.
func account(r *rand.Rand, id string) []*string {
	row := []*string{text(id)}
	for _, k := range kinds {
		values := append(slices.Sorted(maps.Keys(k.fits)), k.dirty...)
		value := values[r.IntN(len(values))]
		if value == "" || r.IntN(3) == 0 {
			row = append(row, nil) // as a result page has it
		} else {
			row = append(row, text(value))
		}
	}
	return row
}

// keep writes accounts as a typed table of its own snapshot.
func keep(t testing.TB, dir string, schema *arrow.Schema, depth int, rows cells) *parquet.Reader {
	t.Helper()
	s := create(t, dir)
	table, err := s.Table("t", schema, parquet.TableOptions{Key: []string{"Id"}, Typed: true})
	if err != nil {
		t.Fatal(err)
	}
	table.SetDepth(depth)
	fill(t, table, schema, rows, 100)
	return commit(t, s, dir, table)
}

// days draws the accounts of a day, those of the next, and how they differ: by
// the ids that were put and that are gone.
func days(r *rand.Rand, n int) (before, after accountsOf, put, gone []string) {
	before, after = accountsOf{}, accountsOf{}
	for i := range n {
		id := fmt.Sprintf("0015g%010dAAF", i*7919%1_000_003)
		was := r.IntN(10) > 0
		if was {
			before[id] = account(r, id)
		}
		switch {
		case r.IntN(4) == 0:
			after[id] = account(r, id)
			put = append(put, id)
		case was && r.IntN(4) == 0:
			gone = append(gone, id)
		case was:
			after[id] = before[id]
		case r.IntN(2) == 0:
			gone = append(gone, id) // one that the snapshot never had
		}
	}
	return before, after, put, gone
}

// formulas are the columns that change without a trace, in the order in which they
// are read whole.
var formulas = []string{"Percent", "String"}

// A table that was revised is, file by file and byte by byte, the table of the rows
// as they are now.
func TestRevisionIsTheTableOfToday(t *testing.T) {
	schema, _ := typedRows()
	root := fastDir(t)
	trial := 0
	rapid.Check(t, func(rt *rapid.T) {
		trial++
		dir := filepath.Join(root, fmt.Sprint(trial))
		defer os.RemoveAll(dir)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		n, whole := rapid.SampledFrom([]int{0, 1, 20, 400}).Draw(rt, "accounts"), rapid.Bool().Draw(rt, "formulas")
		before, after, put, gone := days(r, n)
		if whole {
			for id := range after {
				after[id] = slices.Clone(after[id])
				for _, name := range formulas {
					after[id][schema.FieldIndices(name)[0]] = account(r, id)[schema.FieldIndices(name)[0]]
				}
			}
		}
		base := keep(t, filepath.Join(dir, "before"), schema, rapid.IntRange(0, 3).Draw(rt, "depth"), before.rows())
		v := revise(t, base, schema, dir)
		entered := map[string]bool{}
		if whole {
			for id := range after {
				if _, was := before[id]; !was && slices.Contains(put, id) && r.IntN(2) == 0 {
					entered[id] = true
				}
			}
			remain(t, v, schema, after, put, entered, r)
		}
		for _, id := range put {
			if !entered[id] {
				feed(t, v.Put, schema, after[id])
			}
		}
		if whole {
			enter(t, v, schema, after, entered)
		} else {
			for _, id := range gone {
				feed(t, v.Remove, textSchema("Id"), []*string{text(id)})
			}
		}
		revised, err := v.Read()
		if err != nil {
			t.Fatal(err)
		}
		s := create(t, filepath.Join(dir, "revised"))
		table, err := s.Table("t", schema, parquet.TableOptions{Key: []string{"Id"}, Typed: true})
		if err != nil {
			t.Fatal(err)
		}
		table.SetDepth(2)
		for revised.Next() {
			if err := table.Append(revised.RecordBatch()); err != nil {
				t.Fatal(err)
			}
		}
		revised.Release()
		if revised.Err() != nil {
			t.Fatal(revised.Err())
		}
		commit(t, s, filepath.Join(dir, "revised"), table)
		keep(t, filepath.Join(dir, "after"), schema, 2, after.rows())
		if diff := cmp.Diff(files(t, filepath.Join(dir, "after")), files(t, filepath.Join(dir, "revised"))); diff != "" {
			rt.Fatal("the revised table differs: ", diff[:min(len(diff), 2000)])
		}
		c := v.Counts()
		if c.Base != int64(len(before)) || c.Replaced+c.Added != int64(len(put)) || c.Base-c.Removed-c.Left+c.Added != int64(len(after)) {
			rt.Fatalf("the account does not add up: %+v, %d before, %d put, %d after", c, len(before), len(put), len(after))
		}
	})
}

func revise(t testing.TB, base *parquet.Reader, schema *arrow.Schema, dir string) *parquet.Revision {
	t.Helper()
	v, err := base.Revise("t", schema, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

func feed(t testing.TB, to func(arrow.RecordBatch) error, schema *arrow.Schema, rows ...[]*string) {
	t.Helper()
	b := batch(schema, rows)
	defer b.Release()
	if err := to(b); err != nil {
		t.Fatal(err)
	}
}

// remain names all accounts that are left, some of the new ones too, with their
// formulas.
func remain(t testing.TB, v *parquet.Revision, schema *arrow.Schema, after accountsOf, put []string, entered map[string]bool, r *rand.Rand) {
	t.Helper()
	narrow := textSchema("Id", formulas[0]+"?", formulas[1]+"?")
	to := func(b arrow.RecordBatch) error { return v.Remain(narrow, b) }
	if err := v.Remain(narrow, nil); err != nil {
		t.Fatal(err)
	}
	for _, id := range slices.Sorted(maps.Keys(after)) {
		if slices.Contains(put, id) && !entered[id] && r.IntN(2) == 0 {
			continue // it appeared after that
		}
		row := after[id]
		feed(t, to, narrow, []*string{row[0], row[schema.FieldIndices(formulas[0])[0]], row[schema.FieldIndices(formulas[1])[0]]})
	}
}

// enter puts the rows that are there without a trace, once the revision has named
// exactly them.
func enter(t testing.TB, v *parquet.Revision, schema *arrow.Schema, after accountsOf, entered map[string]bool) {
	t.Helper()
	ids, count, err := v.Missing(1000)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := slices.Sorted(slices.Values(ids)), slices.Sorted(maps.Keys(entered)); !slices.Equal(got, want) || count != len(want) {
		t.Fatalf("missing are %v (%d), want %v", got, count, want)
	}
	for _, id := range ids {
		feed(t, v.Put, schema, after[id])
	}
}

func TestRevisionRefusesWhatComesTwice(t *testing.T) {
	t.Parallel()
	schema := textSchema("Id", "Name?")
	base := keep(t, t.TempDir(), schema, 0, cells{{text("a"), text("1")}, {text("b"), text("2")}})
	for name, twice := range map[string]func(v *parquet.Revision){
		"put": func(v *parquet.Revision) {
			feed(t, v.Put, schema, []*string{text("a"), nil}, []*string{text("a"), text("x")})
		},
		"put behind": func(v *parquet.Revision) {
			feed(t, v.Put, schema, []*string{text("z"), nil}, []*string{text("z"), nil})
		},
		"remain": func(v *parquet.Revision) {
			feed(t, func(b arrow.RecordBatch) error { return v.Remain(schema, b) }, schema, []*string{text("b"), nil}, []*string{text("b"), nil})
		},
	} {
		v := revise(t, base, schema, t.TempDir())
		twice(v)
		reader, err := v.Read()
		if err != nil {
			t.Fatal(err)
		}
		for reader.Next() {
		}
		reader.Release()
		if reader.Err() == nil || !strings.Contains(reader.Err().Error(), "came twice") {
			t.Errorf("%s: %v", name, reader.Err())
		}
	}
}

// A part that was changed since it was written, at the same size, is noticed.
func TestRevisionProvesItsParts(t *testing.T) {
	t.Parallel()
	schema, rows := generated(1000)
	dir := t.TempDir()
	base := keep(t, dir, schema, 0, rows)
	path := filepath.Join(dir, "t", "part-00000.parquet")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/3] ^= 1
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if v, err := base.Revise("t", schema, t.TempDir()); err == nil || !strings.Contains(err.Error(), "damaged") {
		v.Close()
		t.Errorf("a damaged part was taken: %v", err)
	}
}

// What a revision keeps on disk is gone when it is closed, read or not.
func TestRevisionLeavesNothing(t *testing.T) {
	schema, rows := generated(3000)
	base := keep(t, t.TempDir(), schema, 2, rows)
	dir := t.TempDir()
	v := revise(t, base, schema, dir)
	for range 200 {
		feed(t, v.Remove, schema, rows[:1000]...)
	}
	reader, err := v.Read()
	if err != nil {
		t.Fatal(err)
	}
	reader.Next()
	reader.Release()
	v.Close()
	v.Close()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 || openFiles(t, dir) > 0 {
		t.Errorf("left behind: %v, %v, %d open", entries, err, openFiles(t, dir))
	}
}
