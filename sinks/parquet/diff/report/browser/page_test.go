package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// tab is a report in a browser.
type tab struct {
	t   *testing.T
	ctx context.Context
	url string

	mutex    sync.Mutex
	requests []string
	faults   []string
}

// chromium is the path of the browser. A test is skipped where there is none, unless
// the environment says that all tools are there.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const missing = "there is no Chromium to open the report in: apt-get install chromium"
	if os.Getenv("AXISYNC_ALL_TOOLS") != "" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}

// blank opens a tab of a browser of its own. There is no network for it: what is not a
// file goes to a proxy that does not exist.
func blank(t *testing.T) *tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.ProxyServer("127.0.0.1:9"), chromedp.WindowSize(1280, 1000))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, end := context.WithTimeout(allocator, 3*time.Minute)
	t.Cleanup(end)
	ctx, cancel := chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, b.heard); err != nil {
		t.Fatal(err)
	}
	call(b, network.Enable, network.EnableParams{})
	call(b, log.Enable, cdp.Empty{})
	call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watcher})
	return b
}

// watcher keeps the longest time for which the page did not answer.
const watcher = `window.longest = 0; new PerformanceObserver((list) => { for (const e of list.getEntries()) longest = Math.max(longest, e.duration); }).observe({type: "longtask", buffered: true});
window.ran = []; window.alert = (what) => ran.push(what);`

// call runs a command of the protocol.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, command, params); err != nil {
		b.t.Fatal(err)
	}
}

// do runs actions.
func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// eval is what an expression is in the page.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// heard notes what a report must not do.
func (b *tab) heard(event any) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	case *network.EventWebSocketCreated:
		b.requests = append(b.requests, e.URL)
	case *runtime.EventExceptionThrown:
		b.faults = append(b.faults, fmt.Sprintf("exception: %+v", e.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		b.faults = append(b.faults, fmt.Sprintf("console: %s", e.Type))
	case *log.EventEntryAdded:
		b.faults = append(b.faults, fmt.Sprintf("%s %s: %s", e.Entry.Level, e.Entry.Source, e.Entry.Text))
	}
}

// open opens a file and waits until all of it was read. When the test ends, nothing may
// have been asked for but the file, and nothing may have gone wrong.
func open(t *testing.T, path string) *tab {
	t.Helper()
	b := blank(t)
	b.load(path)
	b.settled()
	return b
}

func (b *tab) load(path string) {
	b.t.Helper()
	b.url = "file://" + path
	b.do(chromedp.Navigate(b.url))
	b.t.Cleanup(func() {
		b.mutex.Lock()
		defer b.mutex.Unlock()
		if len(b.requests) != 1 || b.requests[0] != b.url {
			b.t.Errorf("asked for were %q, want the file alone", b.requests)
		}
		for _, fault := range b.faults {
			b.t.Error(fault)
		}
	})
}

// settled waits until the table shows what is looked for.
func (b *tab) settled() {
	b.t.Helper()
	const ready = `document.getElementById("broken").hidden === false || document.getElementById("lines").ariaBusy === "false"`
	if _, err := chromedp.Run(b.ctx, chromedp.Poll[bool](ready)); err != nil {
		b.t.Fatal(err)
	}
	if why := eval[string](b, `document.getElementById("broken").textContent`); why != "" {
		b.t.Fatal(why)
	}
	if n := eval[int](b, `document.querySelectorAll("*").length`); n > 2500 {
		b.t.Errorf("the page has %d elements", n)
	}
}

// state is how many lines are shown of how many.
func (b *tab) state() string {
	b.t.Helper()
	return eval[string](b, `document.getElementById("state").textContent`)
}

// want checks the state.
func (b *tab) want(shown, of int) {
	b.t.Helper()
	if got, want := b.state(), fmt.Sprintf("%s of the %s changes in this file", grouped(shown), grouped(of)); got != want {
		b.t.Errorf("the page says %q, want %q", got, want)
	}
}

func grouped(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// look types into the search, and chooses.
func (b *tab) look(text, property, kind string) {
	b.t.Helper()
	b.do(chromedp.Click("#all"))
	b.settled()
	choose := func(id, label string) {
		if label != "" {
			eval[bool](b, fmt.Sprintf(`(() => { const s = document.getElementById(%q); s.selectedIndex = [...s.options].findIndex((o) => o.label.startsWith(%q)); s.dispatchEvent(new Event("change")); return true; })()`, id, label))
		}
	}
	choose("property", property)
	choose("kind", kind)
	if text != "" {
		b.do(chromedp.SendKeys("#search", text))
		b.settledAfter(`document.getElementById("state").textContent`)
	}
	b.settled()
}

// settledAfter waits until an expression has changed: a search begins a moment after the
// last letter.
func (b *tab) settledAfter(expression string) {
	b.t.Helper()
	was := eval[string](b, expression)
	if _, err := chromedp.Run(b.ctx, chromedp.Poll[bool](fmt.Sprintf("(%s) !== %q", expression, was))); err != nil {
		b.t.Fatal(err)
	}
	b.settled()
}

// sort clicks a heading.
func (b *tab) sort(heading string) {
	b.t.Helper()
	b.do(chromedp.Click(fmt.Sprintf("#lines th button[data-sort=%s]", heading)))
	b.settled()
}

// column are the texts of a column of the lines that are in the page.
func (b *tab) column(class string) []string {
	b.t.Helper()
	rows := eval[[]string](b, fmt.Sprintf(`[...document.querySelectorAll("#lines tr[data-at] td.%s")].map((td) => td.textContent)`, class))
	if len(rows) > 80 {
		b.t.Errorf("%d lines are in the page", len(rows))
	}
	return rows
}

// scroll scrolls the table and waits until it was drawn.
func (b *tab) scroll(top string) {
	b.t.Helper()
	eval[bool](b, fmt.Sprintf(`new Promise((go) => { const s = document.getElementById("scroll"); s.scrollTop = %s; requestAnimationFrame(() => requestAnimationFrame(() => go(true))); })`, top))
}

// screenshot keeps a picture where AXISYNC_SCREENSHOTS names a folder.
func (b *tab) screenshot(name string) {
	b.t.Helper()
	dir := os.Getenv("AXISYNC_SCREENSHOTS")
	if dir == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".png"), picture, 0o600); err != nil {
		b.t.Fatal(err)
	}
}
