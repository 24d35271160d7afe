package main

import (
	"fmt"
	"strings"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/sinks/file"
)

// offered says what a person has to do with the import files of a run.
func offered(p *pipelines.Pipeline, r *pipelines.Result) string {
	var b strings.Builder
	cells := map[string]int64{}
	for _, f := range r.Files {
		cells[f.Kind] += f.Cells
		what := "to upload"
		if f.Kind == file.Clear {
			what = "to empty by hand"
		}
		fmt.Fprintf(&b, "file      %s   %s rows %s\n", f.Path, count(f.Rows), what)
	}
	if n := cells[file.Import]; n > 0 {
		fmt.Fprintf(&b, "%s cells are offered; upload in Fincome: Data > Clients > Enrich your data. What has not arrived when the customers are exported again is offered again\n", count(n))
	}
	if n := cells[file.Clear]; n > 0 {
		fmt.Fprintf(&b, "%s cells are to be emptied by hand in Fincome: an import cannot say that\n", count(n))
	}
	if n := r.Cells.Rejected; n > 0 {
		fmt.Fprintf(&b, "%s cells cannot stand in such a file\n", count(n))
	}
	return strings.TrimSuffix(b.String(), "\n")
}
