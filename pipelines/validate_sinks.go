package pipelines

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/axisync/axisync/sinks/file"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/storage"
)

func (d document) delivers() bool {
	for _, sink := range d.Sinks {
		if sink.Fincome != nil {
			return true
		}
	}
	return false
}

// sinkNames are the kinds of sinks.
var sinkNames = []string{"parquet", "fincome", "file", "exec"}

func (d document) sinks(t *tree, p *Pipeline, folder string) {
	node := t.at("sinks")
	if t.isSpoiled("sinks") {
		return
	}
	if node == nil || node.Kind != yaml.SequenceNode || len(node.Content) == 0 {
		t.problem("sinks", "sinks is missing", "write: sinks: [{parquet: {path: ./snapshots}}, {fincome: {}}]")
		return
	}
	var receiver string // the first that was named
	for i, sink := range d.Sinks {
		item, path := node.Content[i], entry("sinks", i)
		var names []string
		for _, name := range sinkNames {
			if child(item, name) != nil { // `fincome:` alone means its defaults
				names = append(names, name)
			}
		}
		switch {
		case len(names) == 0 && t.isMarred(path):
			continue // the fault is told
		case len(names) == 0:
			t.add(placeOf(item), "this sink names nothing", "write parquet: {path: ...} or fincome: {}")
			continue
		case len(names) > 1:
			t.add(placeOf(item), fmt.Sprintf("a sink is either %s or %s", names[0], names[1]), "write two entries")
			continue
		}
		name := names[0]
		if name == "parquet" {
			d.snapshots(t, item, path+".parquet", sink, p, folder)
			continue
		}
		switch {
		case receiver == name && name != "exec":
			t.add(placeOf(item), "sinks names "+name+" twice", "")
			continue
		case receiver != "":
			t.add(placeOf(item), fmt.Sprintf("sinks names %s beside %s, and what a run writes is decided for one receiver", name, receiver),
				"one receiver a pipeline file; make a second file with its own source name")
			continue
		}
		receiver, p.Deliver = name, true
		switch name {
		case "file":
			sink.importFile(t, item, path+".file", p, folder)
		case "exec":
			sink.program(t, item, path+".exec", p, folder)
		}
	}
	if p.Parquet == "" {
		p.Parquet, p.Keep = p.defaultSnapshots(), keepUnlisted
	}
}

func (d document) snapshots(t *tree, item *yaml.Node, path string, sink sinkBlock, p *Pipeline, folder string) {
	switch {
	case t.isSpoiled(path + ".path"):
	case sink.Parquet == nil || sink.Parquet.Path == "":
		t.add(placeOf(item), "sinks.parquet.path is missing", "")
	case p.Parquet != "":
		t.add(placeOf(item), "sinks names parquet twice", "")
	case storage.Check(sink.Parquet.Path) != nil:
		t.add(placeOf(item), "snapshots cannot be written there: "+storage.Check(sink.Parquet.Path).Error(), "write a folder, or s3://BUCKET/PREFIX")
	default:
		p.Parquet = located(folder, sink.Parquet.Path)
	}
	if sink.Parquet == nil || sink.Parquet.Keep == "" {
		return
	}
	keep, err := parquet.ParseKeep(sink.Parquet.Keep)
	if err != nil {
		t.add(placeOf(child(child(item, "parquet"), "keep")), "sinks.parquet.keep: "+err.Error(), "")
	}
	p.Keep = keep
}

// importFile takes over a sink file.
func (s sinkBlock) importFile(t *tree, item *yaml.Node, path string, p *Pipeline, folder string) {
	f := s.File
	if t.isSpoiled(path + ".path") {
		return
	}
	if f == nil || strings.TrimSpace(f.Path) == "" {
		t.add(placeOf(item), "sinks.file.path is missing", "write the folder of the import files, such as ./enrich")
		return
	}
	if err := storage.CheckFolder(f.Path); err != nil {
		t.add(placeOf(item), "import files are written to a folder: "+err.Error(), "write a path, relative to this file")
	}
	if f.Format != "" && f.Format != file.CSV && f.Format != file.XLSX {
		t.add(placeOf(item), fmt.Sprintf("sinks.file.format does not take %q", f.Format), "choose csv, xlsx")
	}
	p.ImportFile = &ImportFile{Path: inFolder(folder, f.Path), Format: orText(f.Format, file.CSV), Rows: file.DefaultRows, IDColumn: orText(f.IDColumn, file.DefaultIDColumn), OneAxis: f.OneAxis}
	if f.Rows != nil {
		p.ImportFile.Rows = *f.Rows
		if *f.Rows < 1 || *f.Rows > file.MostRows {
			t.add(placeOf(item), fmt.Sprintf("sinks.file.rows takes 1 to %d, not %d", file.MostRows, *f.Rows), "")
		}
	}
}

// programName is a name that can be a folder.
var programName = regexp.MustCompile("^" + nameText + "$")

// program takes over a sink exec.
func (s sinkBlock) program(t *tree, item *yaml.Node, path string, p *Pipeline, folder string) {
	e := s.Exec
	if e == nil {
		e = &execBlock{}
	}
	if !programName.MatchString(e.Name) && !t.isSpoiled(path+".name") {
		t.add(placeOf(item), fmt.Sprintf("sinks.exec.name is %q, and what is remembered is kept under it", e.Name), "write small letters, digits and hyphens, such as crm")
	}
	if t.isMarred(path + ".command") {
		return
	}
	if len(e.Command) == 0 || strings.TrimSpace(e.Command[0]) == "" {
		t.add(placeOf(item), "sinks.exec.command is missing", "write a list: command: [./deliver.sh]")
		return
	}
	p.Exec = &Exec{Name: e.Name, Command: e.Command, Folder: folder, Timeout: defaultTimeout}
	if program := e.Command[0]; filepath.Base(program) != program {
		p.Exec.Command = append([]string{inFolder(folder, program)}, e.Command[1:]...)
	}
	if e.Timeout != "" {
		timeout, err := time.ParseDuration(e.Timeout)
		if err != nil || timeout <= 0 {
			t.add(placeOf(item), fmt.Sprintf("sinks.exec.timeout takes a duration such as 10m, not %q", e.Timeout), "")
		}
		p.Exec.Timeout = timeout
	}
}
