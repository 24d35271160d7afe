package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/axisync/axisync/"

// arrows are the imports that each package may have of this module (design.md
// section 5): implementations know their contract only, simulators are known to
// cmd and to tests, and only pipelines knows the whole way.
var arrows = map[string][]string{
	"cmd/axisync":             {"pipelines", "pipelines/examples", "sinks", "sinks/parquet/diff", "sinks/parquet/diff/report", "transform/suggest", "connector/faults", "connector/fincome", "connector/salesforce/simulator", "connector/fincome/simulator", "durable", "sinks/file", "transform", "transform/recordid", "grace", "progress", "words", "licences"},
	"pipelines/examples/exec": {},
	"pipelines":               {"connector", "connector/salesforce", "connector/salesforce/tokens", "connector/fincome", "connector/fincome/probe", "transform", "transform/recordid", "transform/suggest", "sinks", "sinks/exec", "sinks/file", "sinks/fincome", "sinks/parquet", "sinks/parquet/diff", "durable", "grace", "progress", "storage", "words"},

	"durable":                            {},
	"grace":                              {},
	"words":                              {},
	"progress":                           {"words"},
	"licences":                           {},
	"packaging":                          {"licences"}, // a module of its own
	"connector":                          {},
	"connector/transcript":               {},
	"connector/gzip":                     {},
	"connector/faults":                   {},
	"connector/salesforce":               {"connector", "connector/gzip", "connector/salesforce/csv", "durable", "grace"},
	"connector/salesforce/csv":           {"connector"},
	"connector/salesforce/tokens":        {"connector", "connector/salesforce", "durable", "storage"},
	"connector/salesforce/simulator":     {"connector/faults", "connector/salesforce/simulator/org", "connector/salesforce/simulator/soql", "transform/recordid"},
	"connector/salesforce/simulator/org": {"transform/recordid"},
	"connector/fincome":                  {"connector", "connector/gzip"},
	"connector/fincome/simulator":        {"connector/faults", "transform/recordid"},
	"connector/fincome/openapitest":      {"connector/fincome"},
	"connector/fincome/probe":            {"connector/fincome", "grace"},
	"transform":                          {"connector", "sinks", "transform/recordid", "words"},
	"transform/suggest":                  {"connector", "transform/recordid"},
	"sinks":                              {"connector"},
	"sinks/conformance":                  {"connector", "sinks"},
	"sinks/exec":                         {"connector", "grace", "sinks"},
	"sinks/file":                         {"sinks", "durable"},
	"sinks/fincome":                      {"connector", "sinks", "connector/fincome", "grace"},
	"sinks/parquet":                      {"connector", "sinks", "durable", "storage"},
	"storage":                            {"durable"},
	"storage/storagetest":                {},
	"sinks/parquet/diff":                 {"sinks", "sinks/parquet", "words"},
	"sinks/parquet/diff/report":          {"sinks/parquet/diff", "words"},
}

// owners are the only packages that may import a library.
var owners = map[string][]string{
	"github.com/duckdb/duckdb-go":            {"transform"},
	"github.com/parquet-go/":                 {"sinks/parquet"},
	"go.yaml.in/yaml":                        {"pipelines", "connector/faults"}, // the file of a pipeline, the file of faults
	"github.com/spf13/cobra":                 {"cmd/axisync"},
	"gocloud.dev":                            {"storage"},
	"github.com/getkin/kin-openapi":          {"connector/fincome/openapitest"}, // which tests alone import
	"github.com/apache/arrow-go/v18/parquet": {},                                // nobody: for tests
}

func TestImportsFollowTheArrows(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	packages := 0
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		relative, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		packages++
		from := path.Dir(filepath.ToSlash(relative))
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			checkImport(t, relative, from, imported)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if packages < 50 {
		t.Fatalf("only %d files were looked at", packages)
	}
}

func checkImport(t *testing.T, file, from, imported string) {
	t.Helper()
	if to, ours := strings.CutPrefix(imported, module); ours && !slices.Contains(arrows[from], to) {
		t.Errorf("%s imports %s: no arrow leads there", file, to)
	}
	for library, allowed := range owners {
		if strings.HasPrefix(imported, library) && !slices.Contains(allowed, from) {
			t.Errorf("%s imports %s, which only %q may", file, imported, allowed)
		}
	}
}
