package pipelines_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/transform/recordid"
)

// fixable is a world whose customers come from a file: of each way to write an id
// one, under ids that an import must leave alone. want is its fix.csv, without the
// reasons.
func fixable(t *testing.T, replace map[string]string) (w *world, want map[string]string) {
	t.Helper()
	if replace == nil {
		replace = map[string]string{}
	}
	replace["customers: { api: {} }"] = "customers: { file: customers.csv }"
	w = newWorld(t, settings{replace: replace})
	var live []string
	var loser, winner string
	masters := map[string]string{}
	for a := range w.salesforce.All() {
		switch {
		case a.Deleted() && a.MasterRecordID() != "":
			masters[a.ID()] = a.MasterRecordID()
		case !a.Deleted() && recordid.Read(strings.ToLower(a.ID())).Shape == recordid.CaseRepairable:
			live = append(live, a.ID())
		}
	}
	alive := map[string]bool{}
	for a := range w.salesforce.All() {
		alive[a.ID()] = !a.Deleted()
	}
	for lost, won := range masters {
		if alive[won] && (loser == "" || lost < loser) {
			loser, winner = lost, won
		}
	}
	if loser == "" || len(live) < 6 {
		t.Fatalf("the org has %d usable accounts and the merge %q", len(live), loser)
	}
	bad := live[5][:15] + "AAA"
	if recordid.Valid(bad) {
		bad = live[5][:15] + "ABA"
	}
	var b bytes.Buffer
	writer := csv.NewWriter(&b)
	for _, row := range [][]string{
		{"Customer ID", "Salesforce ID"},
		{"exact", live[0]}, {"short", live[1][:15]}, {"wrong", bad}, {"none", "n/a"}, {"nothing", ""},
		{"=1+1", strings.ToLower(live[2])}, {"-5", " " + live[3] + " "}, {"@a, \"b\"", "https://x.lightning.force.com/lightning/r/Account/" + live[4][:15] + "/view"}, {"+lost", loser},
	} {
		if err := writer.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	writer.Flush()
	w.put("customers.csv", b.String())
	return w, map[string]string{"=1+1": live[2], "-5": live[3], "@a, \"b\"": live[4], "+lost": winner}
}

func (w *world) fix(r *pipelines.Result) [][]string {
	w.t.Helper()
	if r.Fix == nil || r.Fix.Path != filepath.Join(r.Snapshot, pipelines.FixName) {
		w.t.Fatalf("the result names %+v", r.Fix)
	}
	file, err := os.Open(r.Fix.Path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		w.t.Fatal(err)
	}
	return rows
}

func TestFixListsWhatIsCertain(t *testing.T) {
	t.Parallel()
	for name, replace := range map[string]map[string]string{
		"repaired": nil,
		"strict":   {"axes:\n": "match:\n  accept: strict\naxes:\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, want := fixable(t, replace)
			result, err := w.plan()
			if err != nil {
				t.Fatal(err)
			}
			rows := w.fix(result)
			if got, want := strings.Join(rows[0], "|"), "customer_id|Salesforce ID|why"; got != want {
				t.Errorf("the header is %s, want %s", got, want)
			}
			got := map[string]string{}
			for _, row := range rows[1:] {
				got[row[0]] = row[1]
				if row[2] == "" {
					t.Errorf("%q has no reason", row)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) || result.Fix.Rows != int64(len(want)) {
				t.Errorf("got %v and %d rows, want %v", got, result.Fix.Rows, want)
			}
			snapshot, err := parquet.Open(t.Context(), result.Snapshot)
			if err != nil {
				t.Fatal(err)
			}
			if plain := snapshot.Manifest().Plain; len(plain) != 1 || plain[0].Name != pipelines.FixName || plain[0].Rows != int64(len(want)) {
				t.Errorf("the manifest lists %+v", plain)
			}
			again, err := w.plan()
			if err != nil {
				t.Fatal(err)
			}
			if a, b := content(t, result.Fix.Path), content(t, again.Fix.Path); a != b {
				t.Errorf("another plan of the same data gives %q after %q", b, a)
			}
		})
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// What fix.csv lists is what the matches say, over all customers of an org.
func TestFixAgreesWithTheMatches(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{accounts: 1500, customers: 300})
	result := w.mustRun()
	var want int64
	for _, verdict := range []string{"case_repaired", "trimmed", "from_url", "merged"} {
		want += result.Verdicts[verdict]
	}
	got := map[string]string{}
	for _, row := range w.fix(result)[1:] {
		got[row[0]] = row[1]
	}
	if want == 0 || result.Fix.Rows != want || int64(len(got)) != want {
		t.Fatalf("%d rows, the verdicts say %d", result.Fix.Rows, want)
	}
	snapshot, err := parquet.Open(t.Context(), result.Snapshot)
	if err != nil {
		t.Fatal(err)
	}
	matches, err := snapshot.Read("matches", "id", "side", "account_id")
	if err != nil {
		t.Fatal(err)
	}
	defer matches.Release()
	for matches.Next() {
		batch := matches.RecordBatch()
		text := func(column, row int) string { return batch.Column(column).(*array.String).Value(row) }
		for row := range int(batch.NumRows()) {
			if id, listed := got[text(0, row)]; listed && text(1, row) == "customer" && id != text(2, row) {
				t.Errorf("%s is to be %s, the matches say %s", text(0, row), id, text(2, row))
			}
		}
	}
	if err := matches.Err(); err != nil {
		t.Error(err)
	}
}

// Under another match key nothing says what the right identifier is.
func TestNoFixUnderAnotherKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{replace: map[string]string{"axes:\n": "match:\n  key: External_Id__c\naxes:\n"}})
	result, err := w.plan()
	if err != nil {
		t.Fatal(err)
	}
	if _, statErr := os.Stat(filepath.Join(result.Snapshot, pipelines.FixName)); result.Fix != nil || !os.IsNotExist(statErr) {
		t.Errorf("the result names %+v, the file: %v", result.Fix, statErr)
	}
}
