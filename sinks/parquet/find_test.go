package parquet_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/axisync/axisync/sinks/parquet"
)

// found is what Find gives, in the order of the columns of the schema.
func found(t testing.TB, r *parquet.Reader, schema *arrow.Schema, key string) cells {
	t.Helper()
	rows, err := r.Find("t", key)
	if err != nil {
		t.Fatal(err)
	}
	var out cells
	for _, row := range rows {
		line := make([]*string, schema.NumFields())
		if len(row) != len(line) {
			t.Fatalf("a row has %d columns, want %d", len(row), len(line))
		}
		for i, field := range schema.Fields() {
			line[i] = row[field.Name]
		}
		out = append(out, line)
	}
	return out
}

// byKey are the rows of each key in the order in which a table is read.
func byKey(rows cells) map[string]cells {
	keys := map[string]cells{}
	for _, row := range rows {
		keys[*row[0]] = append(keys[*row[0]], row)
	}
	return keys
}

// Every row is found by its id, as Read gives it, and nothing by an id that is
// not there.
func TestEveryRowIsFound(t *testing.T) {
	t.Parallel()
	for _, depth := range []int{0, 1, 4} {
		_, r, rows := scattered(t, 200, depth, 90, 1, true)
		schema, _ := generated(0)
		for key, want := range byKey(rows) {
			same(t, want, found(t, r, schema, key))
			for _, absent := range []string{key + "x", key[:17]} {
				if got := found(t, r, schema, absent); len(got) != 0 {
					t.Fatalf("depth %d: %q is not there, found %d rows", depth, absent, len(got))
				}
			}
		}
	}
}

// Ids of any text, with several rows each, and a second column of the key.
func TestRowsOfOneKeyAreFoundTogether(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	schema := textSchema("customer_id", "axis", "after?", "before?")
	odd := []string{"", " ", "a\nb", "\x00", "日本", "'; DROP TABLE x --", `"q"`, "0015g00000000000", "0015g00000000000A", "0015g00000000000B", "0015g00000000001", "\u00e9", "e\u0301", strings.Repeat("k", 4000)}
	for _, depth := range []int{0, 2, 5} {
		var rows cells
		for i, key := range append(odd, "one", "two", "three") {
			for axis := range 1 + random.IntN(8) {
				row := []*string{text(key), text(fmt.Sprintf("axis %02d", axis)), text(fmt.Sprint(i)), nil}
				if random.IntN(3) == 0 {
					row[2] = nil
				}
				rows = append(rows, row)
			}
		}
		random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		s := create(t, t.TempDir())
		table, err := s.Table("t", schema, parquet.TableOptions{Key: []string{"customer_id", "axis"}})
		if err != nil {
			t.Fatal(err)
		}
		table.SetDepth(depth)
		fill(t, table, schema, rows, 10)
		r := commit(t, s, s.Dir(), table)
		want := byKey(read(t, r, "t"))
		for _, key := range odd {
			same(t, want[key], found(t, r, schema, key))
		}
		if got := found(t, r, schema, "four"); len(got) != 0 {
			t.Errorf("found %v", got)
		}
	}
}

// A key whose rows fill pages and row groups, between others.
func TestRowsAreFoundAcrossRowGroups(t *testing.T) {
	t.Parallel()
	const many = 1<<17 + 20_000
	schema := textSchema("id", "n")
	var rows cells
	for i := range many {
		rows = append(rows, []*string{text("m, the one with many rows"), text(fmt.Sprintf("%06d", i))})
	}
	rows = append(rows, []*string{text("a"), text("first")}, []*string{text("z"), text("last")}, []*string{text("m, the one with many rowt"), text("next")})
	s := create(t, t.TempDir())
	table, err := s.Table("t", schema, parquet.TableOptions{Key: []string{"id", "n"}})
	if err != nil {
		t.Fatal(err)
	}
	table.SetDepth(0)
	fill(t, table, schema, rows, 8192)
	r := commit(t, s, s.Dir(), table)
	if got := found(t, r, schema, "m, the one with many rows"); len(got) != many || *got[0][1] != "000000" || *got[many-1][1] != fmt.Sprintf("%06d", many-1) {
		t.Errorf("found %d rows, want %d", len(got), many)
	}
	for key, want := range map[string]string{"a": "first", "z": "last", "m, the one with many rowt": "next"} {
		if got := found(t, r, schema, key); len(got) != 1 || *got[0][1] != want {
			t.Errorf("%s: found %v", key, got)
		}
	}
	if got := found(t, r, schema, "m, the one with many row"); len(got) != 0 {
		t.Errorf("found %d rows of a key that is the beginning of one", len(got))
	}
}

// The index of pages has the first characters of a key only: keys that share them
// are found in whatever page they lie.
func TestKeysWithOneBeginningAreFound(t *testing.T) {
	t.Parallel()
	const n = 30_000
	schema := textSchema("id", "n")
	rows := make(cells, n)
	for i := range rows {
		rows[i] = []*string{text(fmt.Sprintf("customer-of-the-north-%06d", 2*i)), text(fmt.Sprint(i))}
	}
	r := write(t, t.TempDir(), schema, parquet.TableOptions{Key: []string{"id"}}, rows, 8192)
	for i := 0; i < n; i += 997 {
		same(t, cells{rows[i]}, found(t, r, schema, *rows[i][0]))
		if got := found(t, r, schema, fmt.Sprintf("customer-of-the-north-%06d", 2*i+1)); len(got) != 0 {
			t.Fatalf("found %v", got)
		}
	}
}

// Typed columns come as their canonical text, as Read gives them.
func TestTypedRowsAreFound(t *testing.T) {
	t.Parallel()
	schema, rows := typedRows()
	r := write(t, t.TempDir(), schema, parquet.TableOptions{Key: []string{"Id"}, Typed: true}, rows, 100)
	for key, want := range byKey(read(t, r, "t")) {
		same(t, want, found(t, r, schema, key))
	}
	dirty := byKey(read(t, r, "t_dirty"))
	if len(dirty) == 0 {
		t.Fatal("nothing is dirty")
	}
	for key, want := range dirty {
		got, err := r.Find("t_dirty", key)
		if err != nil || len(got) != len(want) || *got[0]["value"] != *want[0][2] {
			t.Errorf("%q: found %v, %v", key, got, err)
		}
	}
}

func TestFindRefuses(t *testing.T) {
	t.Parallel()
	schema, rows := generated(100)
	dir := t.TempDir()
	r := write(t, dir, schema, parquet.TableOptions{Key: []string{"Id"}}, rows, 100)
	if _, err := r.Find("nope", "x"); err == nil || !strings.Contains(err.Error(), "no table nope") {
		t.Errorf("got %v", err)
	}
	if _, err := r.Find("t", *rows[0][0], "Industry", "nope"); err == nil || !strings.Contains(err.Error(), `table t has no column "nope"`) {
		t.Errorf("got %v", err)
	}
	r.Watch(func(in io.ReaderAt) io.ReaderAt { return strings.NewReader(strings.Repeat("x", 1<<20)) })
	if _, err := r.Find("t", *rows[0][0]); err == nil || !strings.Contains(err.Error(), "part-00000") {
		t.Errorf("a damaged part: %v", err)
	}
}

// BenchmarkFind looks one account up among many.
func BenchmarkFind(b *testing.B) {
	schema, rows := generated(100_000)
	s := create(b, b.TempDir())
	table, err := s.Table("t", schema, parquet.TableOptions{Key: []string{"Id"}})
	if err != nil {
		b.Fatal(err)
	}
	fill(b, table, schema, rows, 8192)
	r := commit(b, s, s.Dir(), table)
	for i := 0; b.Loop(); i++ {
		if got, err := r.Find("t", *rows[i*7919%len(rows)][0]); err != nil || len(got) != 1 {
			b.Fatal(got, err)
		}
	}
}
