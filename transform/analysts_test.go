package transform_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	salesforce "github.com/axisync/axisync/connector/salesforce/simulator"
	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/pipelines/examples"
)

// analysts is the page whose blocks are run.
const analysts = "../docs/analysts.md"

// demoDays makes the snapshots of `axisync demo --accounts 2000 --customers 400` below dir.
func demoDays(t *testing.T, dir string) {
	t.Helper()
	crm := salesforce.New(salesforce.Config{Seed: 1, Accounts: 2000})
	billing := fincome.New(fincome.Config{Seed: 1, Customers: 400, Accounts: func(yield func(fincome.Account) bool) {
		for a := range crm.All() {
			name, _ := a.Value("Name")
			number, _ := a.Value("External_Id__c")
			if !yield(fincome.Account{ID: a.ID(), Name: name, Deleted: a.Deleted(), MasterID: a.MasterRecordID(), Number: number}) {
				return
			}
		}
	}})
	left, right := httptest.NewServer(crm), httptest.NewServer(billing)
	t.Cleanup(func() { crm.Close(); left.Close(); right.Close() })
	text := string(examples.Demo)
	for name, value := range map[string]string{"SALESFORCE_URL": left.URL, "FINCOME_URL": right.URL + "/product"} {
		text = strings.ReplaceAll(text, "${env:"+name+"}", value)
	}
	for name, value := range map[string]string{"SALESFORCE_CLIENT_ID": crm.Credentials().ClientID, "SALESFORCE_CLIENT_SECRET": crm.Credentials().ClientSecret, "FINCOME_API_KEY": fincome.DefaultAPIKey} {
		text = strings.ReplaceAll(text, "${env:"+name+"}", "${file:"+name+"}")
		if err := os.WriteFile(filepath.Join(dir, name), []byte(value), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "demo.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := pipelines.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	o := pipelines.Options{Log: slog.New(slog.DiscardHandler), Now: time.Now, Version: "test"}
	first, err := pipelines.Run(t.Context(), p, o)
	var stopped *pipelines.StoppedError
	if errors.As(err, &stopped) {
		_, err = pipelines.Apply(t.Context(), p, first.Run, o)
	}
	if err != nil {
		t.Fatal(err)
	}
	billing.Settle()
	crm.Advance()
	if _, err := pipelines.Run(t.Context(), p, o); err != nil {
		t.Fatal(err)
	}
}

// block is a fenced block of the page.
type block struct{ kind, text string }

var fence = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")

func blocksOf(page string) (blocks []block) {
	for _, found := range fence.FindAllStringSubmatch(page, -1) {
		blocks = append(blocks, block{found[1], found[2]})
	}
	return blocks
}

// The DuckDB blocks of the page, one after the other in one session, give what the page
// says. With AXISYNC_UPDATE the page is rewritten.
func TestAnalystsSQL(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	demoDays(t, dir)
	content, err := os.ReadFile(analysts)
	if err != nil {
		t.Fatal(err)
	}
	page := string(content)
	db := session(t)
	blocks := blocksOf(page)
	ran := 0
	for i, b := range blocks {
		if b.kind != "sql" {
			continue
		}
		if i+1 == len(blocks) || blocks[i+1].kind != "text" {
			t.Fatalf("no output stands below\n%s", b.text)
		}
		ran++
		got, err := query(t.Context(), db, strings.ReplaceAll(b.text, "snapshots/source=", filepath.Join(dir, "snapshots")+"/source="))
		if err != nil {
			t.Errorf("%v, in\n%s", err, b.text)
			continue
		}
		if want := blocks[i+1].text; got != want {
			if os.Getenv("AXISYNC_UPDATE") == "" {
				t.Errorf("\n%s gives\n%s\nthe page says\n%s", b.text, got, want)
			}
			old := "```sql\n" + b.text + "```\n\n```text\n"
			page = strings.Replace(page, old+want, old+got, 1)
		}
	}
	if ran < 7 {
		t.Errorf("only %d blocks were found", ran)
	}
	if os.Getenv("AXISYNC_UPDATE") != "" {
		if err := os.WriteFile(analysts, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// session is one connection to a DuckDB in memory.
func session(t *testing.T) *sql.Conn {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// query runs the statements of a block and gives the rows of the last one as a table.
func query(ctx context.Context, conn *sql.Conn, text string) (string, error) {
	statements := strings.Split(strings.TrimSpace(text), ";\n")
	last := len(statements) - 1
	for _, statement := range statements[:last] {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return "", err
		}
	}
	rows, err := conn.QueryContext(ctx, statements[last])
	if err != nil {
		return "", err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return "", err
	}
	lines := [][]string{names}
	for rows.Next() {
		values, places := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			places[i] = &values[i]
		}
		if err := rows.Scan(places...); err != nil {
			return "", err
		}
		line := make([]string, len(names))
		for i, value := range values {
			line[i] = cellText(value)
		}
		lines = append(lines, line)
	}
	return aligned(lines), rows.Err()
}

func cellText(value any) string {
	switch v := value.(type) {
	case nil:
		return "NULL"
	case time.Time:
		return v.UTC().Format(time.DateOnly)
	case fmt.Stringer:
		return v.String()
	}
	return fmt.Sprint(value)
}

// aligned are lines of columns, two blanks between them.
func aligned(lines [][]string) string {
	widths := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	var text strings.Builder
	for _, line := range lines {
		var row strings.Builder
		for i, cell := range line {
			row.WriteString(cell + strings.Repeat(" ", widths[i]-len([]rune(cell))+2))
		}
		text.WriteString(strings.TrimRight(row.String(), " ") + "\n")
	}
	return text.String()
}

// Engines make text columns of the folders, also where the id of a run looks like a
// number or a date, and see no run that is at work.
func TestFoldersArePartitions(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	demoDays(t, dir)
	runs, err := filepath.Glob(filepath.Join(dir, "snapshots", "source=*", "run=*"))
	if err != nil || len(runs) != 2 {
		t.Fatal(runs, err)
	}
	const likeNumber = "20261127-0944-2345"
	parts, err := filepath.Glob(filepath.Join(runs[0], "accounts", "*.parquet"))
	if err != nil || len(parts) == 0 {
		t.Fatal(parts, err)
	}
	part, err := os.ReadFile(parts[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{filepath.Join(filepath.Dir(runs[0]), "run="+likeNumber, "accounts"), filepath.Join(filepath.Dir(runs[0]), "run=20261128-0944-aaaa", ".partial", "accounts")} {
		if err := errors.Join(os.MkdirAll(folder, 0o700), os.WriteFile(filepath.Join(folder, "part-00000.parquet"), part, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	slug := strings.TrimPrefix(filepath.Base(filepath.Dir(runs[0])), "source=")
	got, err := query(t.Context(), session(t), fmt.Sprintf(`SELECT concat_ws(' ', typeof(run), typeof(source), source, run) AS folder, count(*) AS accounts
		FROM read_parquet('%s/snapshots/source=*/run=*/accounts/*.parquet', hive_partitioning = true, union_by_name = true)
		GROUP BY ALL ORDER BY folder`, dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range []string{strings.TrimPrefix(filepath.Base(runs[0]), "run="), strings.TrimPrefix(filepath.Base(runs[1]), "run="), likeNumber} {
		if !strings.Contains(got, "VARCHAR VARCHAR "+slug+" "+run+"  20") {
			t.Errorf("%s is not in\n%s", run, got)
		}
	}
	if lines := strings.Count(got, "\n"); lines != 4 {
		t.Errorf("%d lines:\n%s", lines, got)
	}
}

// The Python block runs, where Python has what it needs. Debian 12 has no
// package of pyarrow, so it is asked of no machine, whatever AXISYNC_ALL_TOOLS says.
func TestAnalystsPython(t *testing.T) {
	t.Parallel()
	if err := exec.Command("python3", "-c", "import pandas, pyarrow").Run(); err != nil {
		t.Skip("the Python block of docs/analysts.md was not run: pip install pandas pyarrow")
	}
	dir := t.TempDir()
	demoDays(t, dir)
	content, err := os.ReadFile(analysts)
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, b := range blocksOf(string(content)) {
		if b.kind != "python" {
			continue
		}
		ran++
		cmd := exec.Command("python3", "-c", b.text)
		cmd.Dir = dir
		if output, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(output), "C-1000001") {
			t.Errorf("%v\n%s", err, output)
		}
	}
	if ran == 0 {
		t.Error("no block was found")
	}
}

// What the page calls the latest snapshot is none that a guard stopped, unless it was
// delivered since.
func TestAnalystsLatest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	demoDays(t, dir)
	runs, err := filepath.Glob(filepath.Join(dir, "snapshots", "source=*", "run=*"))
	if err != nil || len(runs) != 2 {
		t.Fatal(runs, err)
	}
	content, err := os.ReadFile(analysts)
	if err != nil {
		t.Fatal(err)
	}
	latest := func() string {
		t.Helper()
		for _, b := range blocksOf(string(content)) {
			if b.kind == "sql" {
				text := strings.ReplaceAll(b.text, "snapshots/source=", filepath.Join(dir, "snapshots")+"/source=")
				got, err := query(t.Context(), session(t), text+"SELECT parse_filename(getvariable('latest'));\n")
				if err != nil {
					t.Fatal(err)
				}
				return strings.Fields(got)[1]
			}
		}
		t.Fatal("no block was found")
		return ""
	}
	path := filepath.Join(runs[1], "manifest.json")
	manifest, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := latest(); got != filepath.Base(runs[1]) {
		t.Errorf("%s is the latest, want %s", got, runs[1])
	}
	stopped := strings.Replace(string(manifest), `"version": 1,`, `"version": 1, "guards": ["rows_fell"],`, 1)
	if err := os.WriteFile(path, []byte(stopped), 0o600); err != nil {
		t.Fatal(err)
	}
	deliveries := filepath.Join(filepath.Dir(runs[1]), "deliveries", strings.TrimPrefix(filepath.Base(runs[1]), "run="))
	if err := os.RemoveAll(deliveries); err != nil {
		t.Fatal(err)
	}
	if got := latest(); got != filepath.Base(runs[0]) {
		t.Errorf("once it is stopped: %s, want %s", got, runs[0])
	}
}
