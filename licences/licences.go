// Package licences says under which licences the program may be passed on: those of the
// modules that are linked into it, and those of the C++ libraries inside DuckDB.
package licences

import (
	_ "embed"
	"slices"
	"strings"
)

// Module is something that is linked into the program.
type Module struct {
	Path    string `json:"path"`
	Version string `json:"version,omitempty"`
	Licence string `json:"licence"` // SPDX identifiers, with AND between them
}

// modules.tsv is written by `make licences` and holds the modules of every system that
// the program is built for. `make lint` and a test keep it equal to what is linked.
//
//go:embed modules.tsv
var modules string

// bundled.tsv is kept by hand: a test names what is missing.
//
//go:embed bundled.tsv
var bundled string

// Modules are the Go modules, by path; Version is the one that go.mod asks for. The
// first is Go itself, without a version: it is that of the compiler.
func Modules() []Module { return read(modules) }

// Bundled are the libraries in C and C++ that come inside DuckDB. Version is the archive
// that the linker takes them from, where they have one of their own.
func Bundled() []Module { return read(bundled) }

// Of is the licence of a module, or nothing where it is not known.
func Of(path string) string {
	for _, m := range Modules() {
		if m.Path == path {
			return m.Licence
		}
	}
	return ""
}

// read takes lines of three columns with tabs between them; a # begins a remark.
func read(table string) []Module {
	var all []Module
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(cells) != 3 || strings.HasPrefix(line, "#") {
			continue
		}
		all = append(all, Module{Path: cells[0], Version: cells[1], Licence: cells[2]})
	}
	return all
}

// allowed are the licences under which the program can be given to anybody, as a binary,
// together with the texts. What is not here is for a person to look at.
var allowed = []string{
	"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "ISC", "MIT",
	"MPL-2.0", "PostgreSQL", "Unicode-3.0", "Unlicense", "Zlib",
}

// excepted were looked at one by one: the path and its licence.
var excepted = map[string]string{
	// The generators of two benchmarks, which DuckDB's archives for Go bring along whether
	// they are wanted or not. Their licence lets them be passed on, not sold by themselves.
	"duckdb/extension/tpch/dbgen":   "LicenseRef-TPC",
	"duckdb/extension/tpcds/dsdgen": "LicenseRef-TPC",
}

// Refused are the identifiers of a module's licence that are not allowed.
func Refused(m Module) []string {
	var refused []string
	for _, id := range strings.Split(m.Licence, " AND ") {
		if !slices.Contains(allowed, id) && (id == "" || excepted[m.Path] != id) {
			refused = append(refused, id)
		}
	}
	return refused
}
