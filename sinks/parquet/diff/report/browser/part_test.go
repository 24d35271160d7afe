package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/axisync/axisync/sinks/parquet/diff"
	"github.com/axisync/axisync/sinks/parquet/diff/report"
)

func (b *tab) visible(selector string) bool {
	b.t.Helper()
	return eval[bool](b, fmt.Sprintf(`[...document.querySelectorAll(%q)].some((e) => e.checkVisibility() && e.textContent.trim() !== "")`, selector))
}

// A file that holds a part of the changes says so before anything else.
func TestPart(t *testing.T) {
	t.Parallel()
	chromium(t)
	before, after := days(t, 500, nil)
	whole := reported(t, before, after, report.Options{Bound: report.DefaultBound})
	w := reported(t, before, after, report.Options{Bound: report.Of(10)})
	b := open(t, w.path)
	held := eval[int](b, `document.getElementById("lines").getAttribute("aria-rowcount") - 1`)
	want := fmt.Sprintf("the table below holds %s of %s changes (10 of the %s rows that differ)", grouped(held), grouped(len(w.lines)), grouped(int(w.summary.Added+w.summary.Removed+w.summary.Changed)))
	if got := eval[string](b, `document.getElementById("part").textContent`); !strings.Contains(got, want) || !b.visible("#part") {
		t.Errorf("the page says %q, want %q", got, want)
	}
	if got := b.state(); !strings.Contains(got, "not in it") {
		t.Errorf("the table says %q", got)
	}
	b.screenshot("part")
	if b := open(t, whole.path); b.visible("#part") {
		t.Error("a whole report says that it is a part")
	}
}

// A file that was cut off, wherever, says so.
func TestTorn(t *testing.T) {
	t.Parallel()
	chromium(t)
	before, after := days(t, 500, nil)
	whole := reported(t, before, after, report.Options{Bound: report.DefaultBound})
	content, err := os.ReadFile(whole.path)
	if err != nil {
		t.Fatal(err)
	}
	b := blank(t)
	for _, size := range []int{len(content) / 20, len(content) / 3, len(content) * 9 / 10, len(content) - 60} {
		path := filepath.Join(t.TempDir(), "torn.html")
		if err := os.WriteFile(path, content[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		b.do(chromedp.Navigate("file://" + path))
		if !b.visible("#torn") && eval[int](b, "document.body.innerText.length") > 0 {
			t.Errorf("%d of %d bytes look whole", size, len(content))
		}
	}
	b.do(chromedp.Navigate("file://" + whole.path))
	if b.visible("#torn") {
		t.Error("a whole file says that it is not")
	}
}

// Without scripts there are the figures, and a word on the table.
func TestWithoutScripts(t *testing.T) {
	t.Parallel()
	chromium(t)
	before, after := days(t, 500, nil)
	b := blank(t)
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.load(reported(t, before, after, report.Options{Bound: report.DefaultBound}).path)
	for _, selector := range []string{"noscript", ".tiles", ".bars", ".figures"} {
		if !b.visible(selector) {
			t.Errorf("%s is not seen", selector)
		}
	}
}

// More lines than a page is high: each is reached all the same.
func TestHigherThanAPage(t *testing.T) {
	t.Parallel()
	chromium(t)
	const n = 400_000
	path := filepath.Join(t.TempDir(), "changes.html")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	to, err := report.New(file, report.Options{Table: "axes", Before: "a", After: "b", Bound: report.Of(n)})
	if err != nil {
		t.Fatal(err)
	}
	value := func(s string) diff.Value { return diff.Value{Set: true, Text: []byte(s)} }
	for i := range n {
		if err := to.Row(diff.Row{Kind: diff.Changed, Key: [][]byte{fmt.Appendf(nil, "C-%06d", i)}, Cells: []diff.Cell{{Before: value("a"), After: value("b")}}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := to.Close(&diff.Summary{Table: "axes", Key: []string{"customer"}, Changed: n, Before: diff.Side{Rows: n}, After: diff.Side{Rows: n}, Columns: []diff.Column{{Name: "Industry", Changed: n}}}); err != nil {
		t.Fatal(err)
	}
	b := open(t, path)
	b.want(n, n)
	seen := func(key string) {
		t.Helper()
		const inside = `(() => { const box = document.getElementById("scroll").getBoundingClientRect(); return [...document.querySelectorAll("#lines tr[data-at]")].filter((r) => { const b = r.getBoundingClientRect(); return b.top >= box.top && b.bottom <= box.bottom + 1; }).map((r) => r.querySelector(".key").textContent).join(" "); })()`
		if got := eval[string](b, inside); !strings.Contains(got, key) {
			t.Errorf("%s is not among what is seen: %s", key, got)
		}
	}
	seen("C-000000")
	b.scroll("1e9")
	seen("C-399999")
	b.do(chromedp.Focus("#lines"), chromedp.KeyEvent(kb.Home))
	seen("C-000000")
	b.do(chromedp.KeyEvent(kb.End))
	seen("C-399999")
	b.do(chromedp.KeyEvent(kb.PageUp))
	b.do(chromedp.SendKeys("#search", "C-123456"))
	b.settledAfter(`document.getElementById("state").textContent`)
	seen("C-123456")
}
