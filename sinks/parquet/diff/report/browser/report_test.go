package browser

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/axisync/axisync/sinks/parquet/diff/report"
)

// howMany are the lines that something is true of.
func howMany(lines []line, is func(line) bool) int {
	n := 0
	for _, l := range lines {
		if is(l) {
			n++
		}
	}
	return n
}

func holds(text string) func(line) bool {
	return func(l line) bool {
		has := func(v *string) bool { return v != nil && strings.Contains(strings.ToLower(*v), text) }
		return has(&l.key) || has(l.before) || has(l.after)
	}
}

// A report of a hundred thousand changes renders, sorts, filters and searches, and the
// page holds a screenful of them at any time.
func TestHundredThousandChanges(t *testing.T) {
	t.Parallel()
	chromium(t)
	before, after := days(t, 40_000, nil)
	w := reported(t, before, after, report.Options{Bound: report.DefaultBound})
	if len(w.lines) < 100_000 {
		t.Fatalf("there are %d changes only", len(w.lines))
	}
	b := open(t, w.path)
	b.want(len(w.lines), len(w.lines))
	b.screenshot("light")
	if got, want := b.column("key")[0], w.lines[0].key; got != want {
		t.Errorf("the first line is of %s, want %s", got, want)
	}
	b.scroll("1e9")
	if got, want := b.column("key"), w.lines[len(w.lines)-1].key; got[len(got)-1] != want {
		t.Errorf("the last line is of %s, want %s", got[len(got)-1], want)
	}
	b.filters(w)
	b.sorts(w)
	b.bars(w)
	t.Logf("%d changes: the page did not answer for %.0f ms at most", len(w.lines), eval[float64](b, "longest"))
}

func (b *tab) filters(w written) {
	b.t.Helper()
	all := len(w.lines)
	b.look("", "Industry", "")
	b.want(howMany(w.lines, func(l line) bool { return l.column == "Industry" }), all)
	for kind, is := range map[string]func(line) bool{
		"added": func(l line) bool { return l.kind == "added" }, "removed": func(l line) bool { return l.kind == "removed" },
		"changed: filled":  func(l line) bool { return l.kind == "changed" && l.before == nil },
		"changed: emptied": func(l line) bool { return l.kind == "changed" && l.after == nil },
		"changed: silent":  func(l line) bool { return l.silent },
	} {
		b.look("", "", kind)
		b.want(howMany(w.lines, is), all)
	}
	b.look("industry 12", "", "")
	b.want(howMany(w.lines, holds("industry 12")), all)
	b.look("no such thing", "", "")
	b.want(0, all)
	b.look(w.lines[77].key, "", "")
	b.want(howMany(w.lines, holds(strings.ToLower(w.lines[77].key))), all)
	b.look("", "", "")
	b.want(all, all)
}

// sorts sorts by every column, up and down.
func (b *tab) sorts(w written) {
	b.t.Helper()
	texts := func(of func(line) string) []string {
		var all []string
		for _, l := range w.lines {
			all = append(all, of(l))
		}
		slices.Sort(all)
		return all
	}
	for heading, want := range map[string][]string{
		"key": texts(func(l line) string { return l.key }), "column": texts(func(l line) string { return l.column }),
		"kind": {"added", "changed"}, "silent": {"", "silent"}, "before": {"", "Industry 9"}, "after": {"", "Industry 9"},
	} {
		for _, place := range []int{0, len(want) - 1} {
			b.sort(heading)
			if got := b.column(heading)[0]; got != want[place] {
				b.t.Errorf("sorted by %s, the first is %q, want %q", heading, got, want[place])
			}
			b.scroll("1e9")
			if all := b.column(heading); all[len(all)-1] != want[len(want)-1-place] {
				b.t.Errorf("sorted by %s, the last is %q, want %q", heading, all[len(all)-1], want[len(want)-1-place])
			}
		}
		b.sort(heading) // as in the file
	}
	if got, want := b.column("key")[0], w.lines[0].key; got != want {
		b.t.Errorf("unsorted, the first line is of %s, want %s", got, want)
	}
}

// bars chooses the bars of the chart.
func (b *tab) bars(w written) {
	b.t.Helper()
	bars := 0
	for i, c := range w.summary.Columns {
		if c.Changed == 0 {
			continue
		}
		bars++
		b.do(chromedp.Click(fmt.Sprintf(".bar[data-column='%d']", i)))
		b.settled()
		b.want(int(c.Changed), len(w.lines))
		if names := slices.Compact(b.column("column")); len(names) != 1 || names[0] != c.Name {
			b.t.Errorf("the bar of %s shows %q", c.Name, names)
		}
		if pressed := eval[int](b, `document.querySelectorAll(".bar[aria-pressed=true]").length`); pressed != 1 {
			b.t.Errorf("%d bars are pressed", pressed)
		}
	}
	if n := eval[int](b, `document.querySelectorAll(".bar").length`); n != bars || bars == 0 {
		b.t.Errorf("the chart has %d bars, want %d", n, bars)
	}
	b.do(chromedp.Click(fmt.Sprintf(".bar[data-column='%d']", len(w.summary.Columns)-1))) // once more: no filter
	b.settled()
	b.want(len(w.lines), len(w.lines))
}

// hostile are names that would be something else than text where a page is careless.
var hostile = []string{
	`<script>alert("name")</script>`, `</script><script>alert(1)</script>`, `<img src=x onerror=alert(2)>`, `<!--<script>`, `-->`, `]]>`, "a\u2028b\u2029c", `"'&amp;&lt;`,
	"nul\x00nul", "\xff\xfe", "\xed\xa0\x80", "abc\u202egnp.exe", " ", "", "  two ", "\t", "\u00a0", "👩‍👩‍👧", `\u202e`, "line\r\nline", `{{.}}`, "${alert(3)}", strings.Repeat("long ", 200_000) + "end",
}

// Whatever stands in a name stays text, and looks different where it is.
func TestMarkupStaysText(t *testing.T) {
	t.Parallel()
	chromium(t)
	before, after := days(t, 60, hostile)
	w := reported(t, before, after, report.Options{Bound: report.DefaultBound, Notes: []string{hostile[0]}, Ignored: []string{hostile[1]}})
	b := open(t, w.path)
	b.look("", "Name", "changed")
	shown := b.column("after")
	for _, want := range []string{hostile[0], hostile[1], hostile[2], hostile[3], hostile[4], hostile[5], `a\u2028b\u2029c`, `"'&amp;&lt;`, `nul\x00nul`, `\xff\xfe`, `\xed\xa0\x80`, `abc\u202egnp.exe`, "·", `""`, "··two·", `\t`,
		`\u00a0`, `👩\u200d👩\u200d👧`, `\u202e`, `line\r\nline`, `{{.}}`, "${alert(3)}"} {
		if !slices.Contains(shown, want) {
			t.Errorf("no line shows %q", want)
		}
	}
	if n := eval[int](b, `document.querySelectorAll("img, script:not([type]):not(:last-of-type), #lines script").length`); n != 0 {
		t.Errorf("%d elements were made of values", n)
	}
	if ran := eval[[]string](b, "ran"); len(ran) != 0 {
		t.Errorf("%q ran", ran)
	}
	b.look("long", "Name", "changed")
	b.do(chromedp.Click("#lines tr[data-at] td.column"))
	if n := eval[int](b, `Math.max(...["before", "after"].map((side) => document.getElementById("detail-" + side).textContent.length))`); n < 20_000 || n > 21_000 {
		t.Errorf("the detail shows %d characters at first", n)
	}
	b.do(chromedp.Click(".whole button"))
	if n := eval[int](b, `Math.max(...["before", "after"].map((side) => document.getElementById("detail-" + side).textContent.length))`); n != 1_000_003 {
		t.Errorf("the detail shows %d characters, want all", n)
	}
}

// Everything is reached by the keyboard.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	chromium(t)
	before, after := days(t, 2000, nil)
	w := reported(t, before, after, report.Options{Bound: report.DefaultBound})
	b := open(t, w.path)
	active := func(want int) {
		t.Helper()
		if got := eval[string](b, `document.getElementById(document.getElementById("lines").getAttribute("aria-activedescendant")).ariaRowIndex`); got != fmt.Sprint(want+2) {
			t.Errorf("the row of the line is %s, want %d", got, want+2)
		}
	}
	b.do(chromedp.Focus("#lines"), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown))
	active(1)
	b.do(chromedp.KeyEvent(kb.End))
	active(len(w.lines) - 1)
	b.do(chromedp.KeyEvent(kb.Enter))
	last := w.lines[len(w.lines)-1]
	if title := eval[string](b, `document.querySelector("dialog[open] h2").textContent`); !strings.Contains(title, last.key) || !strings.Contains(title, last.column) {
		t.Errorf("the detail is of %q", title)
	}
	b.do(chromedp.KeyEvent(kb.Escape))
	if eval[bool](b, `document.getElementById("detail").open`) {
		t.Error("Escape does not close the detail")
	}
	b.do(chromedp.KeyEvent(kb.Home), chromedp.KeyEvent(kb.PageDown), chromedp.KeyEvent(kb.PageUp))
	active(0)
	b.do(chromedp.Focus("#lines button[data-sort=key]"), chromedp.KeyEvent(kb.Enter))
	b.settled()
	if sort := eval[string](b, `document.querySelector("th.key").ariaSort`); sort != "ascending" {
		t.Errorf("the order is %q", sort)
	}
	b.do(chromedp.Focus(".bar"), chromedp.KeyEvent(" "))
	b.settled()
	if eval[int](b, `document.querySelectorAll(".bar[aria-pressed=true]").length`) != 1 {
		t.Error("a bar is not chosen by the keyboard")
	}
}

// On paper there are the figures, the chart and the first lines of what was chosen.
func TestPaper(t *testing.T) {
	t.Parallel()
	chromium(t)
	before, after := days(t, 4000, nil)
	w := reported(t, before, after, report.Options{Bound: report.DefaultBound})
	b := open(t, w.path)
	b.look("", "Industry", "")
	n := howMany(w.lines, func(l line) bool { return l.column == "Industry" })
	pages := func() int {
		pdf, err := chromedp.Run(b.ctx, chromedp.PrintToPDF(chromedp.PDFPrintBackground()))
		if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
			t.Fatalf("%.20q, %v", pdf, err)
		}
		if dir := os.Getenv("AXISYNC_SCREENSHOTS"); dir != "" {
			_ = os.WriteFile(dir+"/paper.pdf", pdf, 0o600)
		}
		return bytes.Count(pdf, []byte("/Type /Page\n")) + bytes.Count(pdf, []byte("/Type /Page "))
	}
	if got := pages(); got < 10 || got > 60 {
		t.Errorf("a thousand lines are on %d pages", got)
	}
	if got, want := eval[string](b, `document.getElementById("printed").textContent`), fmt.Sprintf("printed are the first 1,000 of the %s changes that were chosen", grouped(n)); got != want {
		t.Errorf("the paper says %q, want %q", got, want)
	}
	b.look(w.lines[0].key, "", "")
	if got := pages(); got < 1 || got > 3 {
		t.Errorf("one account is on %d pages", got)
	}
	if got := eval[string](b, `document.getElementById("printed").textContent`); got != "" {
		t.Errorf("the paper says %q of a few lines", got)
	}
	b.look("", "", "")
	b.want(len(w.lines), len(w.lines))
	b.column("key") // a screenful again
}

func TestDarkMode(t *testing.T) {
	t.Parallel()
	chromium(t)
	before, after := days(t, 500, nil)
	b := open(t, reported(t, before, after, report.Options{Bound: report.DefaultBound}).path)
	const colours = `["body", "section", ".bar .label", "#lines td.kind .mark"].map((s) => getComputedStyle(document.querySelector(s))).map((s) => s.backgroundColor + s.color)`
	seen := map[string][]string{}
	for _, scheme := range []string{"light", "dark"} {
		call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		seen[scheme] = eval[[]string](b, colours)
		b.screenshot(scheme + " mode")
	}
	for i := range seen["light"] {
		if seen["light"][i] == seen["dark"][i] {
			t.Errorf("the colours %s are the same by night", seen["dark"][i])
		}
	}
}
