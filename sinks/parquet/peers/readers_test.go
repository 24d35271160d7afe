package peers_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/duckdb/duckdb-go/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/axisync/axisync/sinks/parquet"
)

// relation is what is read of a Parquet file: types as manifests name them, values as
// canonical texts, nil for null.
type relation struct {
	Names    []string    `json:"names"`
	Types    []string    `json:"types"`
	Nullable []bool      `json:"nullable"` // nil where the reader does not tell
	Rows     [][]*string `json:"rows"`
}

// readers are those that share no code with the writer, nor with each other.
var readers = map[string]func(t *testing.T, path string) relation{"duckdb": byDuckDB, "arrow-go": byArrow, "hyparquet": byHyparquet}

// TestReadersReadTheSame: every file of a snapshot, all columns, with types, nulls and
// values, as Reader.Read gives them.
func TestReadersReadTheSame(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(testing.TB) snapshot{"of every type and table": everything, "of many accounts": many} {
		written := write(t)
		for reader, read := range readers {
			t.Run(reader+" "+name, func(t *testing.T) {
				t.Parallel()
				for table, m := range written.Manifest().Tables {
					sameAsOurs(t, written, table, m, read)
				}
			})
		}
	}
}

func sameAsOurs(t *testing.T, snapshot snapshot, table string, m parquet.TableManifest, read func(*testing.T, string) relation) {
	t.Helper()
	want := ours(t, snapshot.Reader, table)
	if int64(len(want)) != m.Rows {
		t.Fatalf("%s has %d rows, its manifest says %d", table, len(want), m.Rows)
	}
	for _, part := range m.Files {
		got := read(t, filepath.Join(snapshot.dir, part.Path))
		for i, column := range m.Columns {
			if got.Names[i] != column.Name || got.Types[i] != column.Type || got.Nullable != nil && got.Nullable[i] != column.Nullable {
				t.Errorf("%s: column %d is %q, %s; want %q, %s, nullable %v", part.Path, i, got.Names[i], got.Types[i], column.Name, column.Type, column.Nullable)
			}
		}
		if len(got.Names) != len(m.Columns) || int64(len(got.Rows)) != part.Rows {
			t.Fatalf("%s: %d columns and %d rows are read, want %d and %d", part.Path, len(got.Names), len(got.Rows), len(m.Columns), part.Rows)
		}
		for i, row := range got.Rows {
			if !slices.EqualFunc(want[i], row, sameCell) {
				t.Fatalf("%s: row %d (-ours +theirs):\n%s", part.Path, i, cmp.Diff(want[i], row))
			}
		}
		want = want[part.Rows:]
	}
}

func sameCell(a, b *string) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

// ours are the rows that Read gives.
func ours(t *testing.T, snapshot *parquet.Reader, table string) (rows [][]*string) {
	t.Helper()
	reader, err := snapshot.Read(table)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Release()
	for reader.Next() {
		batch := reader.RecordBatch()
		for i := range int(batch.NumRows()) {
			row := make([]*string, batch.NumCols())
			for c := range row {
				if column := batch.Column(c).(*array.String); column.IsValid(i) {
					text := strings.Clone(column.Value(i))
					row[c] = &text
				}
			}
			rows = append(rows, row)
		}
	}
	if err := reader.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

// needs skips a test that needs a tool which is not there; where all tools have to be,
// it fails.
func needs(t *testing.T, there bool, sentence string) {
	t.Helper()
	switch {
	case there:
	case os.Getenv("AXISYNC_ALL_TOOLS") == "1":
		t.Fatal(sentence)
	default:
		t.Skip(sentence)
	}
}

func byHyparquet(t *testing.T, path string) (read relation) {
	t.Helper()
	_, err := exec.LookPath("node")
	needs(t, err == nil, "node is missing: install nodejs and npm")
	_, err = os.Stat("node_modules/hyparquet-compressors")
	needs(t, err == nil, "hyparquet is missing: run npm install in sinks/parquet/peers, or make test")
	var errors strings.Builder
	node := exec.Command("node", "read.mjs", path)
	node.Stderr = &errors
	output, err := node.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", path, err, errors.String())
	}
	if err := json.Unmarshal(output, &read); err != nil {
		t.Fatal(err)
	}
	return read
}

func byArrow(t *testing.T, path string) (read relation) {
	t.Helper()
	f, err := file.OpenParquetFile(path, false)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	reader, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	table, err := reader.ReadTable(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer table.Release()
	read.Rows = make([][]*string, table.NumRows())
	for c, field := range table.Schema().Fields() {
		named := map[string]string{"bool": "boolean", "date32": "date", "timestamp[us, tz=UTC]": "timestamp[us, UTC]"}
		kind := field.Type.String()
		if ours, ok := named[kind]; ok {
			kind = ours
		}
		read.Names, read.Types, read.Nullable = append(read.Names, field.Name), append(read.Types, kind), append(read.Nullable, field.Nullable)
		row := 0
		for _, chunk := range table.Column(c).Data().Chunks() {
			for i := range chunk.Len() {
				read.Rows[row] = append(read.Rows[row], arrowText(chunk, i))
				row++
			}
		}
	}
	return read
}

func arrowText(a arrow.Array, i int) *string {
	if a.IsNull(i) {
		return nil
	}
	text := ""
	switch a := a.(type) {
	case *array.Timestamp:
		text = a.Value(i).ToTime(arrow.Microsecond).Format(moment)
	case *array.Decimal128:
		text = plain(a.Value(i).ToString(a.DataType().(*arrow.Decimal128Type).Scale))
	default:
		text = strings.Clone(a.ValueStr(i))
	}
	return &text
}

// moment is the canonical form of a timestamp.
const moment = "2006-01-02T15:04:05.999999Z"

// plain is a decimal without zeros at the end of its fraction.
func plain(text string) string {
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// inDuckDB is a database in memory.
func inDuckDB(t *testing.T) *sql.DB {
	t.Helper()
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { db.Close() })
	return db
}

func byDuckDB(t *testing.T, path string) (read relation) {
	t.Helper()
	rows, err := inDuckDB(t).QueryContext(t.Context(), fmt.Sprintf("FROM read_parquet('%s')", path))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.ColumnTypes()
	if err != nil {
		t.Fatal(err)
	}
	cells := make([]any, len(columns))
	for i, column := range columns {
		named := map[string]string{"VARCHAR": "utf8", "BIGINT": "int64", "TIMESTAMPTZ": "timestamp[us, UTC]", "TIMESTAMP WITH TIME ZONE": "timestamp[us, UTC]"}
		kind, ok := named[column.DatabaseTypeName()]
		if !ok {
			kind = strings.ReplaceAll(strings.ToLower(column.DatabaseTypeName()), ",", ", ")
		}
		read.Names, read.Types = append(read.Names, column.Name()), append(read.Types, kind)
		cells[i] = new(any)
	}
	for rows.Next() {
		if err := rows.Scan(cells...); err != nil {
			t.Fatal(err)
		}
		row := make([]*string, len(cells))
		for i := range cells {
			row[i] = duckText(t, *cells[i].(*any), read.Types[i])
		}
		read.Rows = append(read.Rows, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return read
}

func duckText(t *testing.T, value any, kind string) *string {
	t.Helper()
	text := ""
	switch v := value.(type) {
	case nil:
		return nil
	case string:
		text = v
	case bool, int64:
		text = fmt.Sprint(v)
	case duckdb.Decimal:
		text = plain(v.String())
	case time.Time:
		if text = v.UTC().Format(moment); kind == "date" {
			text = v.UTC().Format(time.DateOnly)
		}
	default:
		t.Fatalf("DuckDB gives a %T", value)
	}
	return &text
}
