package parquet_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/axisync/axisync/sinks/parquet"
)

// cells is a table as texts; nil is null.
type cells [][]*string

func text(s string) *string { return &s }

// textSchema is a schema of utf8 columns; a name that ends in ? is nullable.
func textSchema(names ...string) *arrow.Schema {
	fields := make([]arrow.Field, len(names))
	for i, name := range names {
		optional := name[len(name)-1] == '?'
		if optional {
			name = name[:len(name)-1]
		}
		fields[i] = arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: optional}
	}
	return arrow.NewSchema(fields, nil)
}

// batch makes a batch of rows.
func batch(schema *arrow.Schema, rows cells) arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for _, row := range rows {
		for i, cell := range row {
			if cell == nil {
				b.Field(i).AppendNull()
			} else {
				b.Field(i).(*array.StringBuilder).Append(*cell)
			}
		}
	}
	return b.NewRecordBatch()
}

// fill appends rows in batches of the given size.
func fill(t testing.TB, table *parquet.Table, schema *arrow.Schema, rows cells, size int) {
	t.Helper()
	for part := range slices.Chunk(rows, size) {
		b := batch(schema, part)
		err := table.Append(b)
		b.Release()
		if err != nil {
			t.Fatal(err)
		}
	}
}

// manifest is what the tests commit.
func manifest() parquet.Manifest {
	return parquet.Manifest{RunID: "20261123-0600-k3f9", Kind: "run", Source: "Salesforce - Accounts", Slug: "salesforce-accounts",
		ObservedAt: time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC), ProgramVersion: "test"}
}

// write makes a snapshot with one table in dir.
func write(t testing.TB, dir string, schema *arrow.Schema, options parquet.TableOptions, rows cells, size int) *parquet.Reader {
	t.Helper()
	s := create(t, dir)
	table, err := s.Table("t", schema, options)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, table, schema, rows, size)
	return commit(t, s, dir, table)
}

func create(t testing.TB, dir string) *parquet.Snapshot {
	t.Helper()
	s, err := parquet.Create(t.Context(), dir, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Abort(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func commit(t testing.TB, s *parquet.Snapshot, dir string, tables ...*parquet.Table) *parquet.Reader {
	t.Helper()
	for _, table := range tables {
		if err := table.Write(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Commit(t.Context(), manifest()); err != nil {
		t.Fatal(err)
	}
	r, err := parquet.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// read gives a table back in the order of its parts.
func read(t testing.TB, r *parquet.Reader, table string, columns ...string) cells {
	t.Helper()
	reader, err := r.Read(table, columns...)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Release()
	var rows cells
	for reader.Next() {
		rows = append(rows, rowsOf(reader.RecordBatch())...)
	}
	if err := reader.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

func rowsOf(b arrow.RecordBatch) cells {
	rows := make(cells, b.NumRows())
	for i := range rows {
		rows[i] = make([]*string, b.NumCols())
		for c := range rows[i] {
			if column := b.Column(c).(*array.String); column.IsValid(i) {
				rows[i][c] = text(string([]byte(column.Value(i))))
			}
		}
	}
	return rows
}

// files are all files below dir by their path, with their bytes.
func files(t testing.TB, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		found[path[len(dir):]] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// openFiles counts the files below root that this process holds open, the
// unnamed ones too.
func openFiles(t *testing.T, root string) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if errors.Is(err, os.ErrNotExist) {
		return 0 // another system: not counted
	}
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, entry := range entries {
		if target, err := os.Readlink(filepath.Join("/proc/self/fd", entry.Name())); err == nil && strings.HasPrefix(target, root) {
			count++
		}
	}
	return count
}

// fastDir is a folder in memory where there is one: for a test that makes so many
// files that waiting for the disk is most of it.
func fastDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "axisync")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// generated makes n rows: id, a repeated text, any bytes, a rare long text.
func generated(n int) (*arrow.Schema, cells) {
	r := rand.New(rand.NewPCG(7, uint64(n)))
	odd := []string{"", "N/A", "None", "01234", "a\x00b\x00", "日本 🏔", "line\nline\r\n", "\xff\xfe", "\"q\",", " blank "}
	rows := make(cells, n)
	for i := range rows {
		row := []*string{text(fmt.Sprintf("0015g%010dAAF", i*7919%1_000_003)), text([]string{"Retail", "Banking", "Energy"}[r.IntN(3)]), text(odd[r.IntN(len(odd))]), nil}
		if r.IntN(10) == 0 {
			row[1] = nil
		}
		if r.IntN(7) == 0 {
			row[3] = text(string(make([]byte, r.IntN(3000))) + "end")
		}
		rows[i] = row
	}
	return textSchema("Id", "Industry?", "Odd?", "Long?"), rows
}
