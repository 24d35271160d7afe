package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/axisync/axisync/licences"
	"github.com/axisync/axisync/transform"
)

// commit and date are set by the build, as version is. Where they are not, the compiler may
// have seen a clone.
var commit, date string

// versionShape is the version of the object under --json.
const versionShape = 1

// build is what the program knows of itself. The version of DuckDB is the one that the
// library gives, the versions of the modules are those the compiler linked.
type build struct {
	Shape   int               `json:"version"`
	Program string            `json:"axisync"`
	Commit  string            `json:"commit,omitempty"`
	Date    string            `json:"date,omitempty"`
	Go      string            `json:"go"`
	System  string            `json:"system"`
	DuckDB  string            `json:"duckdb"`
	Tags    string            `json:"tags,omitempty"`
	Modules []licences.Module `json:"modules,omitempty"`
	Bundled []licences.Module `json:"bundled,omitempty"`
}

func (c *command) version() *cobra.Command {
	verbose := false
	cmd := &cobra.Command{
		Use:   "version",
		Short: "the version of the program, and what it is made of",
		Long: `Prints the version. With --verbose also the commit and its date, the versions of Go and
of DuckDB, and every module that is linked into the program with its version and licence.
--json gives one object: version (of the object, now 1), axisync, commit, date, go, system,
duckdb and tags; with --verbose also modules and bundled (the libraries inside DuckDB),
each a list of path, version and licence.`,
		Example: "  axisync version\n  axisync version --verbose\n  axisync version --verbose --json",
		Args:    exactly(),
		RunE: func(*cobra.Command, []string) error {
			b := thisBuild()
			if verbose {
				b.Modules, b.Bundled = linkedModules(), licences.Bundled()
			}
			switch {
			case c.json:
				return json.NewEncoder(c.out).Encode(b)
			case verbose:
				return c.showBuild(b)
			}
			_, err := fmt.Fprintf(c.out, "axisync %s (%s, %s)\n", b.Program, b.Go, b.System)
			return err
		},
	}
	cmd.Flags().BoolVar(&verbose, "verbose", false, "also the commit, and every linked module with its licence")
	return cmd
}

func thisBuild() build {
	b := build{
		Shape: versionShape, Program: version, Commit: commit, Date: date,
		Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH, DuckDB: transform.EngineVersion(),
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "-tags":
			b.Tags = s.Value
		case "vcs.revision":
			b.Commit = firstOf(b.Commit, s.Value)
		case "vcs.time":
			b.Date = firstOf(b.Date, s.Value)
		}
	}
	return b
}

func firstOf(given, otherwise string) string {
	if given != "" {
		return given
	}
	return otherwise
}

// linkedModules are Go and the modules of this very binary, with their licences.
func linkedModules() []licences.Module {
	all := []licences.Module{{Path: "std", Version: runtime.Version(), Licence: licences.Of("std")}}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return all
	}
	for _, m := range info.Deps {
		linked := m
		if m.Replace != nil {
			linked = m.Replace
		}
		all = append(all, licences.Module{Path: m.Path, Version: linked.Version, Licence: firstOf(licences.Of(m.Path), "not known")})
	}
	return all
}

func (c *command) showBuild(b build) error {
	table := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "axisync\t%s\n", b.Program)
	for _, line := range [][2]string{{"commit", b.Commit}, {"date", b.Date}, {"go", b.Go}, {"system", b.System}, {"duckdb", b.DuckDB}, {"tags", b.Tags}} {
		if line[1] != "" {
			fmt.Fprintf(table, "%s\t%s\n", line[0], line[1])
		}
	}
	fmt.Fprintf(table, "\n%d modules\n", len(b.Modules))
	for _, m := range b.Modules {
		fmt.Fprintf(table, "%s\t%s\t%s\n", m.Path, m.Version, m.Licence)
	}
	fmt.Fprintf(table, "\n%d libraries inside DuckDB\n", len(b.Bundled))
	for _, m := range b.Bundled {
		fmt.Fprintf(table, "%s\t%s\n", m.Path, m.Licence)
	}
	return table.Flush()
}
