package pipelines

import (
	"errors"
	"strings"
	"testing"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/words"
)

func TestReserve(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"5%": 500, "10 %": 1000, "0.5%": 50, "0": 0, "5000": 5000, " 12 ": 12} {
		if reserve, ok := parseReserve(text); !ok || reserve.of(10_000) != want {
			t.Errorf("%q: %+v, %v", text, reserve, ok)
		}
	}
	for _, text := range []string{"", "-5", "5 calls", "101%", "100%", "1e3", "NaN%", "99999999999999999999"} {
		if _, ok := parseReserve(text); ok {
			t.Errorf("%q was taken", text)
		}
	}
	_, err := Load(write(t, strings.Replace(whole, "  properties:", "  quota: { reserve: some }\n  properties:", 1)))
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 1 || problems[0].Line != 9 || !strings.Contains(problems[0].Text, `not "some"`) {
		t.Errorf("got %v", err)
	}
}

func TestBand(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		rows, before, after int64
		want                bool
	}{
		{0, 0, 0, true}, {5, 0, 0, true}, {6, 0, 0, false}, {1000, 1000, 1000, true}, {985, 1000, 1000, true}, {984, 1000, 1000, false},
		{1015, 1000, 1000, true}, {1016, 1000, 1000, false}, {1500, 1000, 2000, true}, {1_000_000, 990_096, 990_096, true}, {1_000_000, 990_000, 980_000, false},
	} {
		if got := within(test.rows, test.before, test.after); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
}

func TestNumbersAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1000: "-1,000", 12402: "12,402", 1234567: "1,234,567"} {
		if got := words.Count(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
	for n, want := range map[int64]string{0: "0 MB", 300 << 20: "300 MB", 1288490188: "1.2 GB", 64 << 30: "64 GB"} {
		if got := inBytes(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

// A disk that is too small is told with both figures before a job is spent.
func TestDiskThatIsTooSmall(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	free, known := freeDisk(dir)
	if !known {
		t.Skip("the free disk is not known on this system")
	}
	r := &run{Pipeline: &Pipeline{State: dir, Slug: "s"}, state: &state{}, properties: []connector.Property{{Type: "string"}}}
	r.counted = free/26 - 4<<20 // 26 bytes a row
	if err := r.checkDisk(r.workDir("jobs", "accounts")); err != nil {
		t.Error(err)
	}
	r.counted = free/20 + 10<<20
	err := r.checkDisk(r.workDir("jobs", "accounts"))
	if err == nil || !strings.Contains(err.Error(), " free and the result pages of ") || !strings.Contains(err.Error(), "work_dir") || ExitCode(err) != ExitFailed {
		t.Errorf("got %v", err)
	}
	r.state.Cost = &cost{BytesPerRow: 1, Columns: 1} // the last run knows better
	if err := r.checkDisk(r.workDir("jobs", "accounts")); err != nil {
		t.Error(err)
	}
	r.counted = uncounted
	if err := r.checkDisk(dir); err != nil {
		t.Error(err)
	}
}

// A run that reads what has changed needs room for that, not for all accounts, and
// jobs for what it reads of all accounts beside.
func TestBudgetOfAReadingOfChanges(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	free, known := freeDisk(dir)
	r := &run{Pipeline: &Pipeline{State: dir, Slug: "s"}, state: &state{}, properties: []connector.Property{{Type: "textarea"}}, counted: free / 20}
	pages := r.workDir("jobs", "accounts")
	if err := r.checkDisk(pages); known && err == nil || r.jobsNeeded() != 3 {
		t.Errorf("all accounts: %v, %d jobs", err, r.jobsNeeded())
	}
	r.reading.revision = &parquet.Revision{}
	if err := r.checkDisk(pages); err != nil || r.jobsNeeded() != 3 {
		t.Errorf("what has changed: %v, %d jobs", err, r.jobsNeeded())
	}
	r.Where = "Name != null"
	if err := r.checkDisk(pages); err != nil || r.jobsNeeded() != 5 {
		t.Errorf("under a condition: %v, %d jobs", err, r.jobsNeeded())
	}
	r.Where, r.reading.whole = "", []connector.Property{{Type: "string"}}
	if err := r.checkDisk(pages); known && err == nil || r.jobsNeeded() != 5 {
		t.Errorf("with a formula: %v, %d jobs", err, r.jobsNeeded())
	}
}
