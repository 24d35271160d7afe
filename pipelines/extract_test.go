package pipelines_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/axisync/axisync/pipelines"
)

// An extract replaces files and nothing else, and says so before it connects.
func TestExtractReplacesOnlyFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	full := filepath.Join(dir, "full")
	for _, err := range []error{os.Mkdir(full, 0o700), os.WriteFile(filepath.Join(full, "x"), nil, 0o600), os.Symlink("nowhere", filepath.Join(dir, "dangling"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		to   pipelines.ExtractTo
		want string
	}{
		{pipelines.ExtractTo{CSV: "-"}, "goes to a file"},
		{pipelines.ExtractTo{CSV: os.DevNull}, "no regular file"},
		{pipelines.ExtractTo{CSV: dir}, "no regular file"},
		{pipelines.ExtractTo{CSV: filepath.Join(dir, "dangling")}, "cannot be written"},
		{pipelines.ExtractTo{CSV: filepath.Join(dir, "missing", "a.csv")}, "there is no folder"},
		{pipelines.ExtractTo{Parquet: full}, "is not empty"},
	} {
		_, err := pipelines.Extract(context.Background(), &pipelines.Pipeline{State: filepath.Join(dir, "state"), Slug: "s"}, pipelines.Options{}, c.to)
		if err == nil || !strings.Contains(err.Error(), c.want) || pipelines.ExitCode(err) != pipelines.ExitConfiguration {
			t.Errorf("%+v: %v, want an error of configuration with %q", c.to, err, c.want)
		}
	}
}

// An extract replaces nothing that the pipeline reads or keeps, by whatever name,
// and asks nobody first.
func TestExtractReplacesNothingOfThePipeline(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{replace: map[string]string{
		"{ api: {} }": "{ file: customers.csv }", "state: ./state": "state: ./state\nwork_dir: ./scratch",
		"flow: client_credentials": "flow: client_credentials\n    token_store: token.json"}})
	in := func(elements ...string) string { return filepath.Join(append([]string{w.dir}, elements...)...) }
	slug := pipelines.Slug("Test - Accounts")
	for _, dir := range []string{in("state", slug), in("scratch", slug), in("snapshots")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"customers.csv", "token.json", filepath.Join("state", slug, "state.json"), filepath.Join("state", slug, "lock"), filepath.Join("scratch", "mine.csv")} {
		w.put(name, "mine")
	}
	for _, err := range []error{os.Symlink("daily.yaml", in("link.csv")), os.Link(in("customers.csv"), in("hard.csv")), os.Link(in("state", slug, "state.json"), in("state.csv")), os.Symlink("state", in("elsewhere"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	asked := len(w.salesforce.Requests())
	for _, c := range []struct {
		to   pipelines.ExtractTo
		want string
	}{
		{pipelines.ExtractTo{CSV: in("daily.yaml")}, "the pipeline file"},
		{pipelines.ExtractTo{CSV: in("link.csv")}, "the pipeline file"},
		{pipelines.ExtractTo{CSV: in("customers.csv")}, "the file of the customers"},
		{pipelines.ExtractTo{CSV: in("hard.csv")}, "the file of the customers"},
		{pipelines.ExtractTo{CSV: in("token.json")}, "the token store"},
		{pipelines.ExtractTo{CSV: in("token.json.lock")}, "the lock of the token store"},
		{pipelines.ExtractTo{CSV: in("client_secret")}, "holds a value of the pipeline file"},
		{pipelines.ExtractTo{CSV: in("state.csv")}, "what the source remembers"},
		{pipelines.ExtractTo{CSV: in("state", slug, "lock")}, "the folder of the state"},
		{pipelines.ExtractTo{CSV: in("state", "new.csv")}, "the folder of the state"},
		{pipelines.ExtractTo{CSV: in("elsewhere", slug, "new.csv")}, "the folder of the state"},
		{pipelines.ExtractTo{CSV: in("scratch", slug, "new.csv")}, "the work folder"},
		{pipelines.ExtractTo{CSV: in("snapshots", "new.csv")}, "the folder of the snapshots"},
		{pipelines.ExtractTo{Parquet: in("state", slug, "new")}, "the folder of the state"},
		{pipelines.ExtractTo{Parquet: in("elsewhere", "new", "er")}, "the folder of the state"},
		{pipelines.ExtractTo{Parquet: in("snapshots")}, "the folder of the snapshots"},
	} {
		_, err := pipelines.Extract(t.Context(), w.load(), w.options(), c.to)
		if pipelines.ExitCode(err) != pipelines.ExitConfiguration || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want an error of configuration with %q", c.to, err, c.want)
		}
	}
	if now := len(w.salesforce.Requests()); now != asked {
		t.Errorf("salesforce was asked %d times", now-asked)
	}
	for _, name := range []string{"customers.csv", "token.json", filepath.Join("state", slug, "state.json")} {
		if content, err := os.ReadFile(in(name)); err != nil || string(content) != "mine" {
			t.Errorf("%s holds %q, %v", name, content, err)
		}
	}
	w.change(map[string]string{"./snapshots": "./"}) // which is where the file lies
	if err := os.Remove(in("state", slug, "state.json")); err != nil {
		t.Fatal(err)
	}
	if _, err := pipelines.Extract(t.Context(), w.load(), w.options(), pipelines.ExtractTo{CSV: in("scratch", "mine.csv")}); err != nil {
		t.Errorf("beside what the program keeps: %v", err)
	}
}

// Where an extract cannot be written is found out before anybody is asked.
func TestExtractProvesThatItCanWrite(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("this user may write everywhere")
	}
	w := newWorld(t, settings{})
	locked := filepath.Join(w.dir, "locked")
	if err := os.Mkdir(locked, 0o500); err != nil {
		t.Fatal(err)
	}
	for _, to := range []pipelines.ExtractTo{{CSV: filepath.Join(locked, "a.csv")}, {Parquet: locked}, {Parquet: filepath.Join(locked, "deep", "er")}} {
		_, err := pipelines.Extract(t.Context(), w.load(), w.options(), to)
		if pipelines.ExitCode(err) != pipelines.ExitConfiguration || !strings.Contains(err.Error(), "cannot be written: permission denied") {
			t.Errorf("%+v: %v", to, err)
		}
	}
	if asked := w.salesforce.Requests(); len(asked) > 0 {
		t.Errorf("salesforce was asked %v", asked)
	}
}

// A folder of an extract that is a file, or lies below one, is found out as well.
func TestExtractBelowAFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.put("plain", "")
	for _, dir := range []string{filepath.Join(w.dir, "plain"), filepath.Join(w.dir, "plain", "deep")} {
		_, err := pipelines.Extract(t.Context(), w.load(), w.options(), pipelines.ExtractTo{Parquet: dir})
		if pipelines.ExitCode(err) != pipelines.ExitConfiguration || len(w.salesforce.Requests()) > 0 {
			t.Errorf("%s: %v after %d requests", dir, err, len(w.salesforce.Requests()))
		}
	}
}

// A property that is not there has no column, and an extract has no axis that could
// hold anything.
func TestExtractOfAnUnknownProperty(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{accounts: 20, replace: map[string]string{"[Phone,": "[Industri,"}})
	var log bytes.Buffer
	o := w.options()
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	file := filepath.Join(w.dir, "accounts.csv")
	if _, err := pipelines.Extract(t.Context(), w.load(), o, pipelines.ExtractTo{CSV: file}); err != nil {
		t.Fatal(err)
	}
	if said := log.String(); !strings.Contains(said, "Industri does not exist or is not visible: the extract has no column of that name; did you mean Industry?") || strings.Contains(said, "axis") {
		t.Error(said)
	}
	content, err := os.ReadFile(file)
	if header, _, _ := strings.Cut(string(content), "\n"); err != nil || strings.Contains(header, "Industri") || !strings.HasPrefix(header, "Id,") || !strings.Contains(header+",", ",Name,") {
		t.Errorf("the header is %q, %v", header, err)
	}
}
