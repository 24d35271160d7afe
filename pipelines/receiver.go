package pipelines

import (
	"os"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/axisync/axisync/connector"
	connectorfincome "github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/exec"
	"github.com/axisync/axisync/sinks/file"
	"github.com/axisync/axisync/sinks/fincome"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/transform"
)

// ImportFile says how the files are written that a person uploads to Fincome.
type ImportFile struct {
	Path     string // the folder, absolute
	Format   string // csv or xlsx
	Rows     int    // of a file at most
	IDColumn string // the header of the customers' ids
	OneAxis  bool   // every axis has files of its own
}

// Exec is a program that takes the changes.
type Exec struct {
	Name    string
	Command []string // the program, absolute unless it is looked for in PATH, and its arguments
	Folder  string   // in which it runs: that of the pipeline file
	Timeout time.Duration
}

// defaultTimeout is how long a program may do nothing that can be seen.
const defaultTimeout = 10 * time.Minute

// targetFincome is the name of the target that is Fincome's API.
const targetFincome = "fincome"

// targetFile is the name of the target that is files for a person to upload.
const targetFile = "file"

// offers reports whether a delivery only offered its cells, in files that a person may
// upload or not. One of an older version does not say where it went: then the file of
// the pipeline says it.
func (p *Pipeline) offers(delivery parquet.Manifest) bool {
	return orText(delivery.Target, p.targetName()) == targetFile
}

// named is a sentence about Fincome with the name of the target where that is another.
func (p *Pipeline) named(sentence string) string {
	if p.Exec == nil {
		return sentence
	}
	return strings.ReplaceAll(sentence, "Fincome", "the program "+p.Exec.Name)
}

// targetName is the name of the target under which its memory is kept; that of
// Fincome's API also where nothing is delivered.
func (p *Pipeline) targetName() string {
	switch {
	case p.ImportFile != nil:
		return targetFile
	case p.Exec != nil:
		return "exec-" + p.Exec.Name
	}
	return targetFincome
}

// overAPI: the changes go to Fincome's API.
func (p *Pipeline) overAPI() bool { return p.Deliver && p.ImportFile == nil && p.Exec == nil }

// receiver is how the target tells what it holds.
func (p *Pipeline) receiver() transform.Receiver {
	switch {
	case p.ImportFile != nil:
		return transform.Offered
	case p.Exec != nil:
		return transform.Unreadable
	}
	return transform.Read
}

// receives is who holds the cells: an import file goes to Fincome too.
func (p *Pipeline) receives() string {
	if p.Exec != nil {
		return p.targetName()
	}
	return targetFincome
}

// target opens the target for the snapshot of a run. The caller calls close.
func (r *run) target(snapshot string) (target sinks.Target, close func(), err error) {
	none := func() {}
	switch {
	case r.ImportFile != nil:
		f := r.ImportFile
		target, err = file.New(file.Config{Dir: f.Path, Slug: r.Slug, Run: snapshot, Format: f.Format, Rows: f.Rows, IDColumn: f.IDColumn, OneAxis: f.OneAxis, Now: r.Now})
		return target, none, err
	case r.Exec != nil:
		e := r.Exec
		target, err = exec.New(exec.Config{Name: e.Name, Command: e.Command, Dir: e.Folder, Env: r.withoutSecrets(os.Environ()), Timeout: e.Timeout, Run: snapshot, Source: r.Source, Log: r.Log, Now: r.Now})
		return target, none, err
	}
	client, err := connectorfincome.New(r.Fincome, nil)
	if err != nil {
		return nil, nil, err
	}
	target, err = fincome.New(client, fincome.Config{
		Update: r.Update, Clear: r.Clear, Limit: r.state.limit(targetFincome, r.Now()), Now: r.Now, Log: r.Log, Lists: "axisync rejects " + r.File,
	})
	if err != nil {
		client.Close()
		return nil, nil, err
	}
	return target, client.Close, nil
}

// noteNewAxes tells which axes an import file will make, as far as the file of
// customers shows: there is no read before the write that would tell it from an axis
// that was left out of the export.
func (r *run) noteNewAxes(schema *arrow.Schema) {
	if r.ImportFile == nil {
		return
	}
	var names []string
	for i, axis := range r.rules.Axes {
		if !schema.HasField(connector.ValueColumn(i)) {
			names = append(names, axis.Name)
		}
	}
	if len(names) > 0 {
		r.note("the file of customers has no column for %s: taken as new in Fincome; where an axis exists, name its column under fincome.customers.columns or export it too", strings.Join(names, ", "))
	}
}

// tellFiles puts into the result which import files were written.
func (r *run) tellFiles(target sinks.Target) {
	if files, ok := target.(*file.Target); ok {
		r.result.Files = files.Files()
	}
}

// generation is the number of the file of acknowledgements of a target and of the
// journal that goes on from it; 0: no file yet.
func (m *memory) generation(target string) int64 {
	if target == targetFincome {
		return m.Acknowledgements
	}
	return m.Targets[target]
}

// turn notes that a target has a new file of acknowledgements.
func (m *memory) turn(target string, generation int64) {
	delete(m.Journaled, target)
	if target == targetFincome {
		m.Acknowledgements = generation
		return
	}
	if m.Targets == nil {
		m.Targets = map[string]int64{}
	}
	m.Targets[target] = generation
}
