package peers_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/parquet"
)

// An engine skips what the bounds and the bloom filters of a file say it need not read.
// TestEnginesSkipNothingTheyNeed asks DuckDB for every value of every column, which it
// has to find as often as it is there.
func TestEnginesSkipNothingTheyNeed(t *testing.T) {
	t.Parallel()
	written, db := everything(t), inDuckDB(t)
	for table, m := range written.Manifest().Tables {
		rows := ours(t, written.Reader, table)
		for i, column := range m.Columns {
			counts := map[string]int{}
			for _, row := range rows {
				if row[i] != nil {
					counts[*row[i]]++
				}
			}
			asked := 0
			for value, want := range counts {
				if asked++; asked > 50 {
					break
				}
				kind := column.Type
				if kind == "utf8" {
					kind = "VARCHAR"
				} else if strings.HasPrefix(kind, "timestamp") {
					kind = "TIMESTAMPTZ"
				}
				got := 0
				query := fmt.Sprintf(`SELECT count(*) FROM read_parquet('%s') WHERE "%s" = CAST(? AS %s)`, filepath.Join(written.dir, table, "*.parquet"), strings.ReplaceAll(column.Name, `"`, `""`), kind)
				if err := db.QueryRowContext(t.Context(), query, value).Scan(&got); err != nil {
					t.Fatalf("%s: %v", query, err)
				}
				if got != want {
					t.Errorf("%s: %s is %q in %d rows, DuckDB finds %d", table, column.Name, value, want, got)
				}
			}
		}
	}
}

// TestBoundsOfTypedColumns: of every column of numbers, dates and times DuckDB finds in
// the footer the least and the greatest value, so that it can skip what it need not read.
// Decimals of more than eighteen digits have none.
func TestBoundsOfTypedColumns(t *testing.T) {
	t.Parallel()
	written, db := everything(t), inDuckDB(t)
	bounded := 0
	for _, column := range written.Manifest().Tables["accounts"].Columns {
		kind, wide := engineType(column.Type)
		if kind == "" {
			continue
		}
		path := filepath.Join(written.dir, "accounts", "part-00000.parquet")
		var same, any bool
		query := fmt.Sprintf(`SELECT coalesce(bool_and(CAST(stats_min_value AS %[1]s) = least AND CAST(stats_max_value AS %[1]s) = greatest), false), count(least) > 0
			FROM parquet_metadata('%[2]s'), (SELECT min(v) AS least, max(v) AS greatest FROM (SELECT unnest(list("%[3]s")) AS v FROM read_parquet('%[2]s')))
			WHERE path_in_schema = '%[3]s'`, kind, path, column.Name)
		if err := db.QueryRowContext(t.Context(), query).Scan(&same, &any); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		if any && same == wide {
			t.Errorf("%s (%s): its bounds in the footer are those of its values: %t", column.Name, column.Type, same)
		}
		if any && !wide {
			bounded++
		}
	}
	if bounded < 5 {
		t.Errorf("only %d typed columns were looked at", bounded)
	}
}

// engineType is the type of a typed column in DuckDB, empty for a text; wide is a decimal
// that has no bounds.
func engineType(of string) (kind string, wide bool) {
	var precision, scale int
	switch n, _ := fmt.Sscanf(of, "decimal(%d, %d)", &precision, &scale); {
	case of == "utf8":
		return "", false
	case n == 2:
		return fmt.Sprintf("DECIMAL(%d,%d)", precision, scale), precision > 18
	case strings.HasPrefix(of, "timestamp"):
		return "TIMESTAMPTZ", false
	}
	return of, false // boolean, int64, date
}

// TestFiltersKnowTheIds: DuckDB probes the bloom filters. They let every id pass that is
// there, and of others a few in a hundred at most, but for those that belong to the
// bucket of a part of several. No other column has a filter.
func TestFiltersKnowTheIds(t *testing.T) {
	t.Parallel()
	everything, many := everything(t), many(t)
	for _, c := range []struct {
		snapshot
		table   string
		columns []string
	}{
		{many, "accounts", []string{"Id"}},
		{everything, "accounts", []string{"Id"}}, {everything, "accounts_dirty", []string{"Id"}}, {everything, "customers", []string{"customer_id"}}, {everything, "axes", []string{"customer_id"}},
		{everything, "matches", []string{"id", "account_id"}}, {everything, "changes", []string{"customer_id"}}, {everything, "kept", []string{"customer_id"}},
	} {
		m := c.Manifest().Tables[c.table]
		path := filepath.Join(c.dir, m.Files[0].Path)
		if got := filtered(t, path); !slices.Equal(got, c.columns) {
			t.Errorf("%s has filters of %q, want %q", c.table, got, c.columns)
		}
		rows := ours(t, c.Reader, c.table)[:m.Files[0].Rows] // of bucket 0
		for _, column := range c.columns {
			probeFilter(t, path, column, slices.IndexFunc(m.Columns, func(of parquet.Column) bool { return of.Name == column }), rows, m.Depth)
		}
	}
}

// filtered are the columns of a file that have a bloom filter, as DuckDB reads its footer.
func filtered(t *testing.T, path string) (columns []string) {
	t.Helper()
	rows, err := inDuckDB(t).QueryContext(t.Context(), "SELECT path_in_schema FROM parquet_metadata(?) WHERE bloom_filter_offset IS NOT NULL ORDER BY column_id", path)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		columns = append(columns, name)
	}
	return columns
}

func probeFilter(t *testing.T, path, column string, place int, rows [][]*string, depth int) {
	t.Helper()
	db := inDuckDB(t)
	passes := func(id string) bool {
		var excluded bool
		query := fmt.Sprintf("SELECT bloom_filter_excludes FROM parquet_bloom_probe('%s', '%s', '%s')", path, column, strings.ReplaceAll(id, "'", "''"))
		if err := db.QueryRowContext(t.Context(), query).Scan(&excluded); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return !excluded
	}
	passed, probes := 0, 0
	for i := 0; i < len(rows); i += max(1, len(rows)/200) {
		if rows[i][place] == nil || strings.Contains(*rows[i][place], "\x00") {
			continue
		}
		if probes++; !passes(*rows[i][place]) {
			t.Errorf("%s: the filter of %s does not know %q", path, column, *rows[i][place])
		}
		if id := fmt.Sprintf("absent %d", i); (depth == 0 || sinks.Bucket(sinks.Hash(id), depth) > 0) && passes(id) {
			passed++
		}
	}
	if probes == 0 || passed > probes/20+1 {
		t.Errorf("%s: the filter of %s lets %d of %d pass that are not there", path, column, passed, probes)
	}
}
