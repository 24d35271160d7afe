package pipelines_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	salesforce "github.com/axisync/axisync/connector/salesforce/simulator"
	"github.com/axisync/axisync/durable"
	"github.com/axisync/axisync/pipelines"
)

// TestKilledCostsNoSecondJob kills a run, or an extract, with SIGKILL at random
// requests, and runs the same command again: no second job is made for a purpose, no
// page that was kept is asked for again, and what comes out is what an undisturbed
// run gives.
func TestKilledCostsNoSecondJob(t *testing.T) {
	t.Parallel()
	kills := 5
	if os.Getenv("AXISYNC_LARGE") != "" {
		kills = 50
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	s := settings{accounts: 400, customers: 60, salesforce: salesforce.Config{PageRows: 30}}
	for _, command := range []string{"run", "extract"} {
		whole, requests := newCountedWorld(t, s)
		want := whole.outcomeOf(command)
		total := requests.Load()
		for kill := range kills {
			at := 1 + random.Int64N(total)
			t.Run(fmt.Sprintf("%s %d at request %d of %d", command, kill, at, total), func(t *testing.T) {
				t.Parallel()
				w, requests := newCountedWorld(t, s)
				w.killed(command, at, requests)
				committed := len(w.snapshots()) > 0
				kept := w.keptPages()
				w.age()
				requests.begin()
				if got := w.outcomeOf(command); got != want {
					t.Errorf("it ended as\n%s\nundisturbed as\n%s", clipped(got), clipped(want))
				}
				made, most := w.salesforce.Count("POST", "jobs/query"), map[string]int{"run": 2, "extract": 1}[command]
				if committed {
					most *= 2 // the jobs of a committed snapshot are deleted
				}
				if made > most {
					t.Errorf("%d jobs were made, want %d", made, most)
				}
				for _, page := range requests.pages() {
					if slices.Contains(kept, page) && !committed {
						t.Errorf("%s was kept and asked for again", page)
					}
				}
				if left := w.keptPages(); len(left) > 0 {
					t.Errorf("pages are left: %v", left)
				}
				w.checkLeftOvers()
			})
		}
	}
}

// age makes what is pending look as old as what an extract sweeps beside its file,
// which no lock guards.
func (w *world) age() {
	w.t.Helper()
	before := time.Now().Add(-7 * time.Hour)
	for _, path := range w.pending() {
		if err := os.Chtimes(path, before, before); err != nil {
			w.t.Fatal(err)
		}
	}
}

func clipped(text string) string { return text[:min(len(text), 2000)] }

// outcomeOf runs a command to its end and tells what came of it.
func (w *world) outcomeOf(command string) string {
	w.t.Helper()
	if command == "run" {
		if _, err := w.run(); err != nil {
			w.t.Fatal(err)
		}
		return jsonText(w.t, w.properties())
	}
	file := filepath.Join(w.dir, "accounts.csv")
	if _, err := pipelines.Extract(context.Background(), w.load(), w.options(), pipelines.ExtractTo{CSV: file}); err != nil {
		w.t.Fatal(err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		w.t.Fatal(err)
	}
	lines := strings.Split(string(content), "\n0") // before an id: a value may hold line breaks
	slices.Sort(lines)
	return strings.Join(lines, "\n0")
}

// keptPages are the pages in the work folder, as the paths they were asked for.
func (w *world) keptPages() []string {
	w.t.Helper()
	var pages []string
	err := filepath.WalkDir(filepath.Join(w.dir, "state"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasPrefix(entry.Name(), "750") || filepath.Ext(path) != ".json" {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var card struct{ Locator string }
		if err := json.Unmarshal(content, &card); err != nil {
			return err
		}
		job, _, _ := strings.Cut(entry.Name(), "-")
		pages = append(pages, job+" "+card.Locator)
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return pages
}

// note remembers a page that is asked for.
func (c *counted) note(r *http.Request) {
	parts := strings.Split(r.URL.Path, "/")
	if len(parts) < 2 || parts[len(parts)-1] != "results" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, parts[len(parts)-2]+" "+r.URL.Query().Get("locator"))
}

// begin forgets the pages; nobody kills any more.
func (c *counted) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = nil
	c.Store(-1 << 40)
}

func (c *counted) pages() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.asked)
}

// What is pending is swept by the next run, each file by who holds its lock; what
// an extract is writing at this moment is not.
func TestLeftPending(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.mustRun()
	state := filepath.Dir(w.tokenFile())
	csv := filepath.Join(w.dir, "accounts.csv")
	w.leftPending(csv)
	other, err := durable.Pending(csv) // of an extract at work
	if err != nil {
		t.Fatal(err)
	}
	defer other.Cleanup()
	for _, name := range []string{"state.json", "result.json", ".writable", "runs/x.json"} {
		w.leftPending(filepath.Join(state, name))
	}
	before := time.Now().Add(-7 * time.Hour)
	if err := os.Chtimes(other.Name(), before, before); err != nil {
		t.Fatal(err)
	}
	w.mustRun()
	w.outcomeOf("extract")
	if left := w.pending(); !slices.Equal(left, []string{other.Name()}) {
		t.Errorf("left are %q, want %q", left, other.Name())
	}
}

// leftPending is what a process leaves that is killed while it writes the file.
func (w *world) leftPending(path string) string {
	w.t.Helper()
	file, err := durable.Pending(path)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		w.t.Fatal(err)
	}
	return file.Name()
}
