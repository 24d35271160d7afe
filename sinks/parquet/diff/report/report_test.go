package report_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/axisync/axisync/sinks/parquet/diff"
	"github.com/axisync/axisync/sinks/parquet/diff/report"
)

// hostile would be more than text where a page is careless.
var hostile = []string{
	`<script>alert(1)</script>`, `</script><img src=x onerror=alert(1)>`, `<!--<script>`, `-->`, `]]>`, "a\u2028b\u2029c", `"'` + "`&amp;", "nul\x00nul", "\xff\xed\xa0\x80", "\u202egnp", "", " ",
	`{{.}}`, "${a}", `\u003cscript\u003e`, "line\r\nline\ttab", strings.Repeat("<", 1<<17),
}

func value(text string) diff.Value { return diff.Value{Set: true, Text: []byte(text)} }

// hostileSummary has such a text wherever one can stand.
func hostileSummary(changed int64) *diff.Summary {
	bad, silent := strings.Join(hostile[:5], " "), changed
	where := []diff.Concentration{{Column: bad, Value: &bad, Rows: 9, Of: 10, Share: 0.9, Usual: 0.01}}
	side := diff.Side{Run: bad, Kind: bad, LogicalDate: bad, ObservedAt: time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC), Rows: changed}
	return &diff.Summary{Table: bad, Key: []string{bad}, Before: side, After: side, Changed: changed, Silent: &silent,
		Columns: []diff.Column{{Name: bad, Changed: changed, TypeBefore: bad, TypeAfter: "text", Movements: []diff.Movement{{Before: &bad, After: nil, Rows: changed}}, Where: where}},
		Gone:    []string{bad}, New: []string{bad}, Renamed: []diff.Renamed{{From: bad, To: bad}}, AddedWhere: where, RemovedWhere: where}
}

func hostileReport(t *testing.T) []byte {
	t.Helper()
	bad := strings.Join(hostile[:5], " ")
	var to bytes.Buffer
	w, err := report.New(&to, report.Options{Table: bad, Before: bad, After: bad, Ignored: []string{bad}, Notes: []string{bad}, Bound: report.DefaultBound})
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range hostile {
		row := diff.Row{Kind: diff.Changed, Silent: true, Key: [][]byte{fmt.Append(nil, i, text)}, Cells: []diff.Cell{{Before: diff.Value{}, After: value(text)}, {Before: value(text), After: value("")}}}
		if err := w.Row(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(hostileSummary(int64(len(hostile)))); err != nil {
		t.Fatal(err)
	}
	return to.Bytes()
}

// elements are all elements of a page.
func elements(t *testing.T, content []byte) []*html.Node {
	t.Helper()
	root, err := html.ParseWithOptions(bytes.NewReader(content), html.ParseOptionEnableScripting(false))
	if err != nil {
		t.Fatal(err)
	}
	var all []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			all = append(all, n)
		}
		if n.Type == html.CommentNode {
			t.Errorf("a comment: %.80q", n.Data)
		}
	}
	return all
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func inner(n *html.Node) string {
	if n.FirstChild == nil {
		return ""
	}
	return n.FirstChild.Data
}

// No text makes an element or an attribute, and the policy allows the script and the
// style that are there.
func TestMarkupStaysText(t *testing.T) {
	t.Parallel()
	scripts, policy, allowed := 0, "", ""
	for _, n := range elements(t, hostileReport(t)) {
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" || a.Key == "href" {
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			}
		}
		sum := sha256.Sum256([]byte(inner(n)))
		hash := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
		switch n.Data {
		case "script":
			if attribute(n, "type") == "application/json" {
				if !json.Valid([]byte(inner(n))) {
					t.Errorf("no JSON: %.80q", inner(n))
				}
				continue
			}
			scripts++
			allowed += "script-src " + hash + ";"
		case "style":
			allowed += "style-src " + hash + ";"
		case "meta":
			if attribute(n, "http-equiv") != "" {
				policy = attribute(n, "content")
			}
		case "img", "iframe", "link", "object", "base":
			t.Errorf("there is a <%s>", n.Data)
		}
	}
	if scripts != 1 {
		t.Errorf("%d scripts run, want ours alone", scripts)
	}
	for part := range strings.SplitSeq(strings.TrimSuffix(allowed, ";"), ";") {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy %q lacks %q", policy, part)
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") {
		t.Errorf("the policy is %q", policy)
	}
}

var brokenByte = regexp.MustCompile(`\\udc[89a-f][0-9a-f]`)

// unquoted is the text of a JSON string as Writer writes it.
func unquoted(t testing.TB, quoted string) string {
	t.Helper()
	body := strings.TrimSuffix(strings.TrimPrefix(quoted, `"`), `"`)
	var all []byte
	part := func(of string) {
		var text string
		if err := json.Unmarshal([]byte(`"`+of+`"`), &text); err != nil {
			t.Fatalf("%q: %v", of, err)
		}
		all = append(all, text...)
	}
	from := 0
	for _, at := range brokenByte.FindAllStringIndex(body, -1) {
		part(body[from:at[0]])
		var b byte
		fmt.Sscanf(body[at[1]-2:at[1]], "%x", &b)
		all = append(all, b)
		from = at[1]
	}
	part(body[from:])
	return string(all)
}

// Every row comes back as it was told, whatever its bytes.
func TestRowsComeBack(t *testing.T) {
	t.Parallel()
	row := 0
	for _, n := range elements(t, hostileReport(t)) {
		if attribute(n, "class") != "rows" {
			continue
		}
		var rows [][4]json.RawMessage
		if err := json.Unmarshal([]byte(inner(n)), &rows); err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			var key, cells []json.RawMessage
			if err := json.Unmarshal(r[2], &key); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(r[3], &cells); err != nil {
				t.Fatal(err)
			}
			want := hostile[row]
			if string(r[0]) != "2" || string(r[1]) != "1" || len(cells) != 6 || string(cells[1]) != "null" || string(cells[5]) != `""` {
				t.Fatalf("the row is %.200s", r)
			}
			if got := unquoted(t, string(cells[2])); got != want || unquoted(t, string(cells[4])) != want || unquoted(t, string(key[0])) != fmt.Sprint(row, want) {
				t.Errorf("%.80q came back as %.80q", want, got)
			}
			row++
		}
	}
	if row != len(hostile) {
		t.Errorf("%d rows came back, want %d", row, len(hostile))
	}
}

func TestSameBytes(t *testing.T) {
	t.Parallel()
	if !bytes.Equal(hostileReport(t), hostileReport(t)) {
		t.Error("the same rows gave other bytes")
	}
}

// part is the warning of a report of n rows with two cells of ten bytes each, and how
// many rows are in it.
func part(t *testing.T, n int, bound report.Bound) (string, int) {
	t.Helper()
	var to bytes.Buffer
	w, err := report.New(&to, report.Options{Table: "accounts", Bound: bound})
	if err != nil {
		t.Fatal(err)
	}
	cell := diff.Cell{Before: value("abcd"), After: value("efghij")}
	for range n {
		if err := w.Row(diff.Row{Kind: diff.Changed, Key: [][]byte{{}}, Cells: []diff.Cell{cell, cell}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(&diff.Summary{Table: "accounts", Key: []string{"Id"}, Changed: int64(n)}); err != nil {
		t.Fatal(err)
	}
	rows, note := 0, ""
	for _, e := range elements(t, to.Bytes()) {
		if attribute(e, "class") == "rows" {
			var held []json.RawMessage
			if err := json.Unmarshal([]byte(inner(e)), &held); err != nil {
				t.Fatal(err)
			}
			rows += len(held)
		}
		if attribute(e, "id") == "part" {
			for text := range e.Descendants() {
				if text.Type == html.TextNode {
					note += text.Data
				}
			}
		}
	}
	return note, rows
}

// What is not in the file is told, whichever bound it is beyond.
func TestBounds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		bound report.Bound
		held  int
	}{
		{"rows", report.Of(1000), 1000}, {"no rows", report.Of(0), 0}, {"lines", report.Bound{Rows: 9000, Lines: 3001, Bytes: 1 << 30}, 1500},
		{"bytes", report.Bound{Rows: 9000, Lines: 9000, Bytes: 199}, 9}, {"a row that is too much", report.Bound{Rows: 9000, Lines: 9000, Bytes: 19}, 0},
		{"just enough", report.Bound{Rows: 4000, Lines: 8000, Bytes: 80_000}, 4000}, {"default", report.DefaultBound, 4000},
	} {
		note, held := part(t, 4000, c.bound)
		want := fmt.Sprintf("holds %s of 8,000 changes (%s of the 4,000 rows that differ)", grouped(2*c.held), grouped(c.held))
		if c.held == 4000 {
			want = ""
		}
		if held != c.held || !strings.Contains(note, want) || (want == "") != (note == "") {
			t.Errorf("%s: %d rows are held, want %d; the page says %q, want %q", c.name, held, c.held, note, want)
		}
	}
}

func grouped(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}

// A summary of other rows is no end of a report, and nothing else writes its end.
func TestNotWhole(t *testing.T) {
	t.Parallel()
	var to bytes.Buffer
	w, err := report.New(&to, report.Options{Table: "accounts", Bound: report.DefaultBound})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Row(diff.Row{Kind: diff.Added, Key: [][]byte{[]byte("a")}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(&diff.Summary{Table: "accounts", Added: 2}); err == nil || err.Error() != "the report was given 1 rows, and the summary tells of 2" {
		t.Error(err)
	}
	if strings.Contains(to.String(), `id="whole"`) {
		t.Error("it looks whole")
	}
}

// failing takes some bytes.
type failing struct{ left int }

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

// A disk that is full is told by Close at the latest.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	for _, room := range []int{0, 5000, 30_000, 100_000} {
		w, err := report.New(&failing{room}, report.Options{Table: "accounts", Bound: report.DefaultBound})
		row := diff.Row{Kind: diff.Added, Key: [][]byte{[]byte("a")}}
		n := int64(0)
		for ; err == nil && n < 50_000; n++ {
			err = w.Row(row)
		}
		if err == nil {
			err = w.Close(&diff.Summary{Table: "accounts", Added: n})
		}
		if err == nil {
			t.Errorf("room for %d bytes was enough", room)
		}
	}
}

// Rows leave no memory behind, held or not.
func TestMemoryDoesNotGrow(t *testing.T) {
	for _, bound := range []report.Bound{report.Of(1 << 40), report.Of(10)} {
		w, err := report.New(io.Discard, report.Options{Table: "accounts", Bound: report.Bound{Rows: bound.Rows, Lines: 1 << 40, Bytes: 1 << 60}})
		if err != nil {
			t.Fatal(err)
		}
		row := diff.Row{Kind: diff.Changed, Key: [][]byte{[]byte("0015g0000000001AAA")}, Cells: []diff.Cell{{Before: value("Retail"), After: value("<Consumer> goods")}, {Column: 1, After: value("2026")}}}
		if allocs := testing.AllocsPerRun(100_000, func() {
			if err := w.Row(row); err != nil {
				t.Fatal(err)
			}
		}); allocs != 0 {
			t.Errorf("a row takes %v allocations", allocs)
		}
	}
}

func BenchmarkRow(b *testing.B) {
	w, err := report.New(io.Discard, report.Options{Table: "accounts", Bound: report.Bound{Rows: 1 << 60, Lines: 1 << 60, Bytes: 1 << 60}})
	if err != nil {
		b.Fatal(err)
	}
	row := diff.Row{Kind: diff.Changed, Key: [][]byte{[]byte("0015g0000000001AAA")}, Cells: []diff.Cell{{Before: value("Retail"), After: value("Consumer goods")}}}
	for b.Loop() {
		if err := w.Row(row); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, text := range hostile[:len(hostile)-1] {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var to bytes.Buffer
		w, err := report.New(&to, report.Options{Bound: report.DefaultBound})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Row(diff.Row{Kind: diff.Added, Key: [][]byte{text}}); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(&diff.Summary{Added: 1}); err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(to.String(), `class="rows">[[0,0,[`)
		quoted, _, found := strings.Cut(rest, "],[]]]</script>\n")
		if !found || strings.ContainsAny(quoted, "<>&\u2028\u2029\x00\r\n") || unquoted(t, quoted) != string(text) {
			t.Errorf("%q stands as %q", text, quoted)
		}
	})
}
