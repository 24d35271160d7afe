// Package transcript replays HTTP exchanges that were written by hand, from what
// a remote system documents, against both sides that we wrote ourselves: a client
// must send the requests and understand the answers, a simulator must give the
// answers to the requests. It is for tests only.
//
// The format of the files is described beside them, in
// testdata/transcripts/README.md.
package transcript

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// Story is one file: exchanges in order, and what the sides are told in between.
type Story struct {
	Name string
	// Client and Simulator report on which sides the story is played.
	Client, Simulator bool

	anyOrder bool
	after    string
	steps    []step
	values   map[string]value
}

// step is one section of a story, or a request with its response.
type step struct {
	kind     kind
	lines    []string  // of setup, call and expect
	exchange *exchange // of an exchange
}

type kind string

// The kinds of steps; the first three are named as their sections are.
const (
	setup     kind = "setup"
	call      kind = "call"
	expect    kind = "expect"
	exchanged kind = "exchange"
)

// exchange is a request and its response, with placeholders.
type exchange struct {
	client, simulator bool // where it is played
	optional          bool // the client may leave it out

	method, target string
	asked          message
	status         string
	answered       message
}

// message is the headers and the body of a request or a response.
type message struct {
	header  http.Header       // named as written
	absent  []string          // headers that must not be there
	queries map[string]string // parameters that may be there, of a request
	body    string
}

// Load reads the stories of a folder, each with the exchanges of the story that
// it comes after, and with the values of values.txtar in that folder.
func Load(folder string) ([]*Story, error) {
	names, err := fs.Glob(os.DirFS(folder), "*.txtar")
	if err != nil {
		return nil, err
	}
	stories := map[string]*Story{}
	for _, file := range names {
		archive, err := txtar.ParseFile(path.Join(folder, file))
		if err != nil {
			return nil, err
		}
		story, err := parse(strings.TrimSuffix(file, ".txtar"), archive)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		stories[story.Name] = story
	}
	return link(stories)
}

// link gives every story the common values and the exchanges before its own.
func link(stories map[string]*Story) ([]*Story, error) {
	common := stories["values"]
	delete(stories, "values")
	var linked []*Story
	for _, story := range stories {
		whole := *story
		whole.steps, whole.values = nil, map[string]value{}
		chain := []*Story{story}
		for first := story; first.after != ""; {
			if first = stories[first.after]; first == nil || len(chain) > len(stories) {
				return nil, fmt.Errorf("%s: comes after a story that does not exist, or after itself", story.Name)
			}
			chain = append(chain, first)
		}
		if common != nil {
			chain = append(chain, common)
		}
		for _, part := range slices.Backward(chain) {
			whole.steps = append(whole.steps, part.steps...)
			for name, v := range part.values {
				whole.values[name] = v
			}
		}
		linked = append(linked, &whole)
	}
	slices.SortFunc(linked, func(a, b *Story) int { return strings.Compare(a.Name, b.Name) })
	return linked, nil
}

// setups are all lines of all setup sections: a simulator has to know some of
// them before it starts.
func (s *Story) setups() []string {
	var lines []string
	for _, step := range s.steps {
		if step.kind == setup {
			lines = append(lines, step.lines...)
		}
	}
	return lines
}
