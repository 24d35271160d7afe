package parquet_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/parquet"
)

// inOrder is how a table must come back: by bucket, then by id.
func inOrder(rows cells, depth int) cells {
	sorted := slices.Clone(rows)
	slices.SortStableFunc(sorted, func(a, b []*string) int {
		x, y := sinks.Bucket(sinks.Hash(*a[0]), depth), sinks.Bucket(sinks.Hash(*b[0]), depth)
		if x != y {
			return x - y
		}
		return strings.Compare(*a[0], *b[0])
	})
	return sorted
}

// same compares cells; cmp is too slow for many.
func same(t *testing.T, want, got cells) {
	t.Helper()
	if len(want) == len(got) && (len(want) == 0 || reflect.DeepEqual(want, got)) {
		return
	}
	for i := range min(len(want), len(got)) {
		if diff := cmp.Diff(want[i], got[i]); diff != "" {
			t.Fatalf("row %d (-want +got):\n%.1000s", i, diff)
		}
	}
	t.Fatalf("%d rows, want %d", len(got), len(want))
}

func TestEveryCellComesBack(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 2, 511, 512, 513, 9000} {
		schema, rows := generated(n)
		r := write(t, filepath.Join(t.TempDir(), "run=1"), schema, parquet.TableOptions{Key: []string{"Id"}}, rows, 2048)
		if got := r.Rows("t"); got != int64(n) {
			t.Errorf("%d rows are counted, want %d", got, n)
		}
		same(t, inOrder(rows, 0), read(t, r, "t"))
	}
}

func TestColumnsAreReadAsNamed(t *testing.T) {
	t.Parallel()
	schema, rows := generated(100)
	r := write(t, t.TempDir(), schema, parquet.TableOptions{Key: []string{"Id"}}, rows, 100)
	var want cells
	for _, row := range inOrder(rows, 0) {
		want = append(want, []*string{row[2], row[0]})
	}
	same(t, want, read(t, r, "t", "Odd", "Id"))
	if _, err := r.Read("t", "Nope"); err == nil || !strings.Contains(err.Error(), `no column "Nope"`) {
		t.Errorf("got %v", err)
	}
	if _, err := r.Read("nope"); err == nil || !strings.Contains(err.Error(), "no table nope") {
		t.Errorf("got %v", err)
	}
}

// scattered writes rows into parts of the given depth through many spills.
func scattered(t *testing.T, n, depth, size int, expected int64, shuffle bool) (string, *parquet.Reader, cells) {
	t.Helper()
	schema, rows := generated(n)
	given := slices.Clone(rows)
	if shuffle {
		rand.New(rand.NewPCG(1, 2)).Shuffle(n, func(i, j int) { given[i], given[j] = given[j], given[i] })
	}
	dir := t.TempDir()
	s := create(t, dir)
	table, err := s.Table("t", schema, parquet.TableOptions{Key: []string{"Id"}, Rows: expected})
	if err != nil {
		t.Fatal(err)
	}
	table.SetHeld(100_000)
	table.SetDepths(func(rows int64) int {
		if rows == int64(n) {
			return depth
		}
		return int(rows % 11) // the guess is wrong
	})
	fill(t, table, schema, given, size)
	return dir, commit(t, s, dir, table), rows
}

func TestPartsAreBucketsWhateverWasExpected(t *testing.T) {
	t.Parallel()
	for _, expected := range []int64{0, 1, 3, 8} {
		_, r, rows := scattered(t, 5000, 3, 700, expected, true)
		same(t, inOrder(rows, 3), read(t, r, "t"))
		m := r.Manifest().Tables["t"]
		if m.Depth != 3 || len(m.Files) != 8 || m.Rows != 5000 {
			t.Errorf("depth %d, %d files, %d rows", m.Depth, len(m.Files), m.Rows)
		}
	}
}

func TestSameRowsMakeSameBytes(t *testing.T) {
	t.Parallel()
	first, _, _ := scattered(t, 5000, 2, 2048, 2, false)
	for _, size := range []int{1, 333, 5000} {
		second, _, _ := scattered(t, 5000, 2, size, int64(size), true)
		if a, b := files(t, first), files(t, second); !reflect.DeepEqual(a, b) || len(a) != 5 {
			t.Errorf("batches of %d: %d and %d files that are not the same byte for byte", size, len(a), len(b))
		}
	}
}

func TestDigestDependsOnCellsAlone(t *testing.T) {
	t.Parallel()
	digests := map[string]bool{}
	for _, depth := range []int{0, 1, 5} {
		_, r, _ := scattered(t, 3000, depth, 999, 0, true)
		digests[r.Manifest().Tables["t"].Digest] = true
	}
	if len(digests) != 1 {
		t.Errorf("the digest depends on the depth: %v", digests)
	}
	schema, rows := generated(3000)
	changes := map[string]func(row []*string){
		"another text":       func(row []*string) { row[1] = text("Retailer") },
		"null for a text":    func(row []*string) { row[2] = nil },
		"empty for null":     func(row []*string) { row[1], row[2], row[3] = nil, nil, text("") },
		"null for empty":     func(row []*string) { row[1], row[2], row[3] = nil, text(""), nil },
		"moved by a column":  func(row []*string) { row[1], row[2], row[3] = text("x"), nil, nil },
		"moved by one more":  func(row []*string) { row[1], row[2], row[3] = nil, text("x"), nil },
		"cut elsewhere":      func(row []*string) { row[1], row[2], row[3] = text("ab"), text("c"), nil },
		"cut elsewhere, too": func(row []*string) { row[1], row[2], row[3] = text("a"), text("bc"), nil },
	}
	for name, change := range changes {
		changed := slices.Clone(rows)
		changed[17] = slices.Clone(rows[17])
		change(changed[17])
		r := write(t, t.TempDir(), schema, parquet.TableOptions{Key: []string{"Id"}}, changed, 3000)
		if digest := r.Manifest().Tables["t"].Digest; digests[digest] {
			t.Errorf("%s: the digest is that of other rows", name)
		} else {
			digests[digest] = true
		}
	}
}

func TestThousandParts(t *testing.T) {
	t.Parallel()
	schema, rows := generated(1500)
	dir := fastDir(t)
	s := create(t, dir)
	table, err := s.Table("t", schema, parquet.TableOptions{Key: []string{"Id"}})
	if err != nil {
		t.Fatal(err)
	}
	table.SetDepth(10)
	table.SetHeld(1 << 20)
	fill(t, table, schema, rows, 2048)
	r := commit(t, s, dir, table)
	if n := len(r.Manifest().Tables["t"].Files); n != 1024 { // some without a row
		t.Errorf("%d parts", n)
	}
	same(t, inOrder(rows, 10), read(t, r, "t"))
}

func TestBucketOutOfProportion(t *testing.T) {
	t.Parallel()
	schema := textSchema("Id", "v?")
	var rows cells
	for i := 0; len(rows) < 140_000; i++ { // more than a row group
		if id := fmt.Sprint(i); sinks.Bucket(sinks.Hash(id), 2) == 3 {
			rows = append(rows, []*string{text(id), text("x")})
		}
	}
	dir := t.TempDir()
	s := create(t, dir)
	table, err := s.Table("t", schema, parquet.TableOptions{Key: []string{"Id"}, Rows: 10})
	if err != nil {
		t.Fatal(err)
	}
	table.SetDepth(2)
	fill(t, table, schema, rows, 8192)
	r := commit(t, s, dir, table)
	same(t, inOrder(rows, 2), read(t, r, "t"))
}

func TestKeysArePassedInOrder(t *testing.T) {
	t.Parallel()
	schema, rows := generated(3000)
	s := create(t, t.TempDir())
	table, err := s.Table("t", schema, parquet.TableOptions{Key: []string{"Id"}})
	if err != nil {
		t.Fatal(err)
	}
	table.SetDepth(2)
	fill(t, table, schema, rows, 500)
	var got []string
	err = table.Write(t.Context(), func(p parquet.Part) error {
		if int64(p.Keys.Len()) != p.Rows {
			t.Errorf("part %d has %d rows and %d keys", p.Index, p.Rows, p.Keys.Len())
		}
		for i := range p.Keys.Len() {
			got = append(got, strings.Clone(p.Keys.ValueStr(i)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, row := range inOrder(rows, 2) {
		want = append(want, *row[0])
	}
	if !slices.Equal(want, got) {
		t.Error("the keys are not those of the parts in order")
	}
}

func TestRowsAreSortedByAllKeys(t *testing.T) {
	t.Parallel()
	schema := textSchema("customer", "axis?", "v?")
	var rows cells
	for i := range 40 {
		for _, axis := range []string{"", "a", "a\x00", "Salesforce_726564_A", "Salesforce_726564_Ab", "Salesforce_726564_B", "z"} {
			rows = append(rows, []*string{text(fmt.Sprint("C", i)), text(axis), text(fmt.Sprint(i % 3))})
		}
		rows = append(rows, []*string{text(fmt.Sprint("C", i)), nil, nil}, []*string{text(fmt.Sprint("C", i) + "\x00"), text("b"), nil})
	}
	want := slices.Clone(rows)
	slices.SortFunc(want, func(a, b []*string) int {
		if c := strings.Compare(*a[0], *b[0]); c != 0 {
			return c
		}
		if a[1] == nil || b[1] == nil {
			return map[bool]int{true: -1, false: 1}[a[1] == nil]
		}
		return strings.Compare(*a[1], *b[1])
	})
	rand.New(rand.NewPCG(3, 4)).Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	r := write(t, t.TempDir(), schema, parquet.TableOptions{Key: []string{"customer", "axis"}}, rows, 100)
	same(t, want, read(t, r, "t"))
}
