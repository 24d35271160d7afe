package parquet_test

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks/parquet"
)

// counted counts what is read of a file, and how often.
type counted struct {
	io.ReaderAt
	bytes, reads *atomic.Int64
}

func (c counted) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, off)
	c.bytes.Add(int64(n))
	c.reads.Add(1)
	return n, err
}

// little is the bar: what a look-up of one account may read of the parts.
const little = 32 << 10

// An account is found by reading less than 32 KB of the parts, in two reads: one of the
// end of its part and one of a page of ids; and with each column that is wanted comes
// the page of it in which its row lies. The manifest, which is read once for all
// look-ups, is not counted. Few accounts are one part of the usual size; with
// AXISYNC_LARGE there are a million of them and ten million.
func TestOneAccountIsFoundByReadingLittle(t *testing.T) {
	t.Parallel()
	sizes := []int{50_000}
	if raceEnabled {
		sizes = []int{10_000}
	}
	if os.Getenv("AXISYNC_LARGE") != "" {
		sizes = []int{1_000_000, 10_000_000}
	}
	for _, n := range sizes {
		r, ids := accountsWritten(t, n)
		whole := int64(0)
		for _, file := range r.Manifest().Tables["accounts"].Files {
			whole += file.Bytes
		}
		manifest, err := os.Stat(r.Dir() + "/" + parquet.ManifestName)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d accounts: %d parts, %d KB; their manifest has %d KB", n, len(r.Manifest().Tables["accounts"].Files), whole>>10, manifest.Size()>>10)
		for _, look := range []struct {
			what    string
			suffix  string
			columns []string
			bytes   int64
			reads   float64
		}{
			{"nothing that is not there", "x", nil, little, 2},
			{"an account", "", []string{"Id"}, little, 2},
			{"an account with a picklist", "", []string{"Id", "Industry"}, little, 4},
			{"an account with all columns", "", nil, 640 << 10, 30},
		} {
			bytes, reads := lookUps(t, r, ids, look.suffix, look.columns...)
			t.Logf("%d accounts: %s is found by reading %d bytes at most, in %.1f reads", n, look.what, bytes, reads)
			if bytes > look.bytes || reads > look.reads {
				t.Errorf("%d accounts: %s is found by reading %d bytes in %.1f reads, more than %d in %.0f", n, look.what, bytes, reads, look.bytes, look.reads)
			}
		}
	}
}

// lookUps looks ids up and answers the most bytes that one took, and how often one read
// on average.
func lookUps(t *testing.T, r *parquet.Reader, ids []string, suffix string, columns ...string) (most int64, average float64) {
	t.Helper()
	var bytes, reads atomic.Int64
	r.Watch(func(in io.ReaderAt) io.ReaderAt { return counted{in, &bytes, &reads} })
	for _, id := range ids {
		bytes.Store(0)
		rows, err := r.Find("accounts", id+suffix, columns...)
		if err != nil {
			t.Fatal(err)
		}
		if suffix == "" && (len(rows) != 1 || *rows[0]["Id"] != id) || suffix != "" && len(rows) != 0 {
			t.Fatalf("%s%s: found %v", id, suffix, rows)
		}
		most = max(most, bytes.Load())
	}
	return most, float64(reads.Load()) / float64(len(ids))
}

// accountsWritten writes generated accounts and answers some of their ids.
func accountsWritten(t *testing.T, n int) (*parquet.Reader, []string) {
	t.Helper()
	source := newAccountSource(t, n)
	s := create(t, t.TempDir())
	table, err := s.Table("accounts", source.schema, parquet.TableOptions{Key: []string{connector.AccountID}, Rows: int64(n), Typed: true})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	next := int64(0)
	source.each(n, func(batch arrow.RecordBatch) {
		defer batch.Release()
		if err := table.Append(batch); err != nil {
			t.Fatal(err)
		}
		for ; next < table.Rows(); next += int64(n / 60) {
			ids = append(ids, strings.Clone(batch.Column(0).(*array.String).Value(int(next%8192))))
		}
	})
	return commit(t, s, s.Dir(), table), ids
}

// Long texts, which would stand in the footer as bounds of their columns, do not make a
// look-up of something else dearer, nor their pages larger than a few of them.
func TestLongTextsAreNotReadInPassing(t *testing.T) {
	t.Parallel()
	const n = 120
	schema := textSchema("Id", "Notes?", "Same?", "Name?")
	rows := make(cells, n)
	for i := range rows {
		rows[i] = []*string{text(fmt.Sprintf("0015g%010dAAF", i)), text(strings.Repeat(fmt.Sprint(i, " "), 20_000)), text(strings.Repeat("same ", 6_000)), text(fmt.Sprint(i))}
	}
	s := create(t, t.TempDir())
	table, err := s.Table("accounts", schema, parquet.TableOptions{Key: []string{"Id"}})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, table, schema, rows, 50)
	r := commit(t, s, s.Dir(), table)
	for _, row := range []int{0, 1, n / 2, n - 1} {
		if bytes, _ := lookUps(t, r, []string{*rows[row][0]}, "", "Id", "Name"); bytes > little {
			t.Errorf("an account without its notes takes %d bytes", bytes)
		}
		got, err := r.Find("accounts", *rows[row][0])
		if err != nil || len(got) != 1 || *got[0]["Notes"] != *rows[row][1] || *got[0]["Same"] != *rows[row][2] {
			t.Errorf("found %d rows, or other texts: %v", len(got), err)
		}
	}
}
