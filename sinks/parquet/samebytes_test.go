package parquet_test

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/parquet"
)

// sameBytesSeed says, in a child of TestSameAccountsMakeSameBytesInAnyProcess, in which
// order and batches the rows come, and on which day.
const sameBytesSeed = "AXISYNC_SAME_BYTES_SEED"

// The same rows make the same files: in another process, on another day and in another
// time zone, on more processors, in whatever order and batches they come. That holds for
// typed columns, what does not fit them, dictionaries, bloom filters and indexes of pages.
func TestSameAccountsMakeSameBytesInAnyProcess(t *testing.T) {
	if seed, err := strconv.Atoi(os.Getenv(sameBytesSeed)); err == nil {
		for path, content := range files(t, writtenOn(t, uint64(seed))) {
			if strings.HasSuffix(path, ".parquet") {
				fmt.Printf("same %s %x\n", path, sha256.Sum256([]byte(content)))
			}
		}
		return
	}
	t.Parallel()
	var first []string
	for seed, env := range []string{"GOMAXPROCS=1", "GOMAXPROCS=2", "GOMAXPROCS=7"} {
		child := exec.Command(os.Args[0], "-test.run=^TestSameAccountsMakeSameBytesInAnyProcess$")
		child.Env = append(os.Environ(), sameBytesSeed+"="+strconv.Itoa(seed), env, []string{"TZ=UTC", "TZ=Pacific/Auckland", "TZ=America/New_York"}[seed])
		output, err := child.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		lines := slices.DeleteFunc(strings.Split(string(output), "\n"), func(line string) bool { return !strings.HasPrefix(line, "same ") })
		slices.Sort(lines)
		if first == nil {
			first = lines
		}
		if len(lines) != 4+4+1 || !slices.Equal(lines, first) {
			t.Errorf("%s: %d files are\n%s\nand were\n%s", env, len(lines), strings.Join(lines, "\n"), strings.Join(first, "\n"))
		}
	}
}

// writtenOn writes a snapshot of accounts, with values that do not fit their types, and
// of changes, of four parts each.
func writtenOn(t *testing.T, seed uint64) string {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 1))
	source := newAccountSource(t, 12_000)
	var rows cells
	source.each(12_000, func(b arrow.RecordBatch) { rows = append(rows, rowsOf(b)...) })
	for i := 0; i < len(rows); i += 100 {
		rows[i][11] = text("not a number") // NumberOfEmployees
	}
	var changes cells
	for i := range 6_000 {
		changes = append(changes, []*string{text(fmt.Sprintf("C-%05d", i/5)), text(fmt.Sprint("axis ", i%5)), nil, nil, text(fmt.Sprint(i % 37)), text("new"), nil})
	}
	dir := t.TempDir()
	s := create(t, dir)
	for name, table := range map[string]struct {
		schema *arrow.Schema
		rows   cells
		parquet.TableOptions
	}{
		"accounts": {source.schema, rows, parquet.TableOptions{Key: []string{connector.AccountID}, IDs: []string{"OwnerId"}, Typed: true, Rows: int64(random.IntN(100_000))}},
		"changes":  {sinks.ChangeSchema(), changes, parquet.TableOptions{Key: []string{sinks.ColumnCustomerID, sinks.ColumnAxis}}},
	} {
		random.Shuffle(len(table.rows), func(i, j int) { table.rows[i], table.rows[j] = table.rows[j], table.rows[i] })
		written, err := s.Table(name, table.schema, table.TableOptions)
		if err != nil {
			t.Fatal(err)
		}
		written.SetDepths(func(rows int64) int {
			return map[bool]int{true: 2, false: sinks.Depth(rows)}[rows == int64(len(table.rows))]
		})
		written.SetHeld(1 << (12 + random.IntN(10)))
		fill(t, written, table.schema, table.rows, 1+random.IntN(5_000))
		if err := written.Write(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	m := manifest()
	m.ObservedAt = time.Now().AddDate(0, 0, int(seed))
	if err := s.Commit(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	return dir
}

// One changed account changes one part of each table that it is in, even where its new
// value is one that the column has not seen: what is copied or compared is that part.
func TestOneChangedAccountChangesOnePart(t *testing.T) {
	t.Parallel()
	const n, changed = 4_000, 1_234
	id := func(i int) *string { return text(fmt.Sprintf("0015g%010dAAF", i)) }
	tables := map[string]struct {
		schema *arrow.Schema
		key    []string
		rows   func(i int, industry string) cells
	}{
		"accounts": {textSchema("Id", "Name?", "Industry?"), []string{"Id"}, func(i int, industry string) cells {
			return cells{{id(i), text(fmt.Sprint("Account ", i)), &industry}}
		}},
		"matches": {textSchema("id", "side", "account_id?"), []string{"id", "side"}, func(i int, industry string) cells {
			return cells{{id(i), text("account"), text(industry)}, {text(fmt.Sprint("C-", i)), text("customer"), id(i)}}
		}},
		"axes": {textSchema("customer_id", "account_id", "Industry?"), []string{"customer_id"}, func(i int, industry string) cells {
			return cells{{text(fmt.Sprint("C-", i)), id(i), &industry}}
		}},
		"changes": {textSchema("customer_id", "axis", "after?"), []string{"customer_id", "axis"}, func(i int, industry string) cells {
			return cells{{text(fmt.Sprint("C-", i)), text("Industry"), &industry}, {text(fmt.Sprint("C-", i)), text("Segment"), &industry}}
		}},
	}
	snapshot := func(industry string) map[string]string {
		s := create(t, t.TempDir())
		for name, table := range tables {
			written, err := s.Table(name, table.schema, parquet.TableOptions{Key: table.key})
			if err != nil {
				t.Fatal(err)
			}
			written.SetDepth(4)
			var rows cells
			for i := range n {
				value := []string{"Retail", "Banking", "Energy"}[i%3]
				if i == changed {
					value = industry
				}
				rows = append(rows, table.rows(i, value)...)
			}
			fill(t, written, table.schema, rows, 1000)
			if err := written.Write(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Commit(t.Context(), manifest()); err != nil {
			t.Fatal(err)
		}
		return files(t, s.Dir())
	}
	before, after := snapshot("Retail"), snapshot(strings.Repeat("a value that no other account has, ", 9))
	for name := range tables {
		parts, other := 0, 0
		for path, content := range before {
			if !strings.HasPrefix(path, "/"+name+"/") {
				continue
			}
			if parts++; after[path] != content {
				other++
			}
		}
		if parts != 16 || other != 1 {
			t.Errorf("%s: %d of %d parts are other ones", name, other, parts)
		}
	}
}
