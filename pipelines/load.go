package pipelines

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/connector/salesforce"
)

// Load reads a pipeline file. What is wrong with it comes as Problems, all at
// once; nothing is contacted. Paths in the file are relative to the file.
func Load(path string) (*Pipeline, error) { return load(path, false) }

// LoadOffline reads a pipeline file for a command that contacts nobody: secrets and
// the addresses of Salesforce and Fincome are not looked up and stay empty in what
// it gives, but for the flow. Everything else is as in Load; it cannot be run.
func LoadOffline(path string) (*Pipeline, error) {
	p, err := load(path, true)
	if err != nil {
		return nil, err
	}
	p.Salesforce, p.Fincome, p.RefreshToken = salesforce.Config{Flow: p.Salesforce.Flow}, fincome.Config{}, connector.Secret{}
	return p, nil
}

func load(path string, offline bool) (*Pipeline, error) {
	content, err := readFile(path)
	if err != nil {
		return nil, Problems{{File: path, Text: "cannot be read: " + cause(err)}}
	}
	return loadContent(path, content, offline)
}

// loadContent is load for what stands at path, or is to stand there.
func loadContent(path string, content []byte, offline bool) (*Pipeline, error) {
	t, err := parse(path, content)
	if err != nil {
		return nil, err
	}
	t.offline = offline
	folder, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	t.resolve(t.root, "", "", folder)
	t.check(t.root, reflect.TypeFor[document](), "")
	var d document
	if err := t.root.Load(&d, yaml.WithKnownFields()); err != nil {
		if known := t.result(); known != nil {
			return nil, known
		}
		return nil, Problems{{File: path, Text: err.Error()}}
	}
	return d.pipeline(t, path, folder)
}

// cause is the last word of an error of the file system, without the path that
// stands before it already.
func cause(err error) string {
	if path := (*os.PathError)(nil); errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

func parse(path string, content []byte) (*tree, error) {
	t := &tree{reporter: &reporter{file: path, lines: strings.Split(string(content), "\n")}}
	if !utf8.Valid(content) {
		t.add(place{}, "is not UTF-8", "save it as UTF-8")
		return nil, t.result()
	}
	var documentNode yaml.Node
	if err := yaml.Load(content, &documentNode); err != nil {
		t.syntax(err)
		return nil, t.result()
	}
	if documentNode.Kind == yaml.DocumentNode && len(documentNode.Content) == 1 {
		t.root = documentNode.Content[0]
	}
	if t.root == nil || t.root.Kind != yaml.MappingNode {
		t.add(place{}, "holds no pipeline: it has to be a mapping of keys to values", "")
		return nil, t.result()
	}
	return t, nil
}

var quotedPart = regexp.MustCompile(`'[^']*'`)

var markOf = regexp.MustCompile(`at L(\d+)\.C(\d+)(?:-L\d+\.C\d+)?: `)

// syntax reports an error of the YAML parser with its place, in its words.
func (t *tree) syntax(err error) {
	text := err.Error()
	var one *yaml.LoadError
	switch {
	case strings.Contains(text, "no documents"):
		t.add(place{}, "is empty", "")
		return
	case strings.Contains(text, "found multiple"):
		t.add(place{}, "holds more than one YAML document", "one source, one file")
		return
	case !errors.As(err, &one):
		t.add(place{}, strings.TrimPrefix(text, "yaml: "), "")
		return
	}
	mark := one.Mark
	if one.ContextMark.Line > 0 && strings.Contains(one.ContextMsg, "quoted scalar") {
		mark = one.ContextMark // the quote that is not closed: the end of what it takes in may be far away
	}
	at := place{line: mark.Line, column: mark.Column, width: 1}
	if m := markOf.FindStringIndex(text); m != nil {
		text = text[m[1]:]
	}
	if line := at.line; line > 0 && line <= len(t.lines) && t.excerpt(line) != t.lines[line-1] {
		text = quotedPart.ReplaceAllString(text, "'"+dots+"'") // of a line that may hold a secret
	}
	t.add(at, "this is not YAML: "+text, "")
}
