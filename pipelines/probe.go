package pipelines

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/connector/fincome/probe"
)

// ProbeOptions say on whom to probe, or to put back the customer of a probe that was
// cut short.
type ProbeOptions struct {
	Customer string
	Restore  bool
	// Timeout is how long an update may take to show; 15 minutes when 0.
	Timeout time.Duration
}

// Probed is what a probe found out.
type Probed struct {
	Source   string `json:"source"`
	Customer string `json:"customer,omitempty"`
	// Restored is the customer of an earlier probe that was put back, nil when none was.
	Restored *string `json:"restored"`
	// Findings are nil where the probe did not come to its end.
	Findings *probe.Findings `json:"findings"`
	// YAML are the lines to paste into the pipeline file.
	YAML string `json:"yaml"`
}

// Probe finds out how the Fincome account behaves, on one customer, and puts that
// back. What it found is remembered; each finding is told as it comes. A probe that
// was cut short before is put back first.
func Probe(ctx context.Context, p *Pipeline, o Options, po ProbeOptions, tell func(Tick)) (*Probed, error) {
	if p.Fincome.APIKey.IsZero() {
		return nil, configurationf("%s: fincome.api_key is missing: make one in Fincome under Settings > Developers", p.File)
	}
	s, ctx, err := openState(ctx, p, "a probe")
	if err != nil {
		return nil, err
	}
	defer s.close()
	said := &Probed{Source: p.Source}
	options := p.probing(s, po, tell)
	left, err := s.unfinished()
	if err != nil {
		return said, err
	}
	if left != nil {
		err := probe.Restore(ctx, options, left.Record)
		if isPutBack(err) {
			said.Restored = &left.Customer
		}
		if err != nil {
			return said, p.tellUnfinished(s, err, tell)
		}
	}
	if po.Restore {
		if left == nil {
			tell(Tick{Level: OK, Name: "customer", Text: "no probe was cut short: there is nothing to put back"})
		}
		return said, nil
	}
	if ctx.Err() != nil {
		return said, context.Cause(ctx)
	}
	said.Customer = po.Customer
	findings, lost := probe.Run(ctx, options)
	if _, only := lost.(*probe.LostError); lost != nil && !only {
		return said, p.tellUnfinished(s, lost, tell)
	}
	said.Findings = &findings
	found := probed{probedVersion, o.Now().UTC(), po.Customer, p.Fincome.WithDefaults().BaseURL, findings}
	if err := s.write(probedFile, found); err != nil {
		return said, err
	}
	for _, text := range append(p.contradictions(&found), p.unkept(&found)...) {
		tell(Tick{Level: Todo, Name: "pipeline file", Text: text})
	}
	said.YAML, err = p.probeLines(findings)
	return said, errors.Join(lost, err)
}

// isPutBack reports whether a customer is put back, though edits of others may be
// lost.
func isPutBack(err error) bool {
	_, lost := err.(*probe.LostError)
	return err == nil || lost
}

// probing is how the probe reaches the customer and keeps its record.
func (p *Pipeline) probing(s *state, po ProbeOptions, tell func(Tick)) probe.Options {
	return probe.Options{
		Config: p.Fincome, Customer: po.Customer, Axis: p.IdentificationAxis, Timeout: po.Timeout,
		Keep: func(r probe.Record) error { return s.write(unfinishedFile, unfinished{probedVersion, r}) },
		Forget: func() error {
			return s.drop(unfinishedFile)
		},
		Tell: func(n probe.Note) {
			level := OK
			if n.Warn {
				level = Warn
			}
			tell(Tick{Level: level, Name: n.Name, Text: n.Text})
		},
	}
}

// tellUnfinished adds what to type to a customer that is not put back. It is told as
// well: of an interrupted command the error is not shown.
func (p *Pipeline) tellUnfinished(s *state, err error, tell func(Tick)) error {
	left := (*probe.UnfinishedError)(nil)
	if !errors.As(err, &left) {
		return err
	}
	command := "put it back: " + p.probeCommand("--restore")
	tell(Tick{Level: Fail, Name: "customer", Text: left.Error() + "; " + command})
	command = "\n" + command
	if failure := (*fincome.Error)(nil); errors.As(left, &failure) && (failure.Status == http.StatusNotFound || failure.Status == http.StatusGone) {
		command += "\nwhere Fincome has that customer no more, remove " + s.path(unfinishedFile)
	}
	return &commandError{err, command}
}

// probeBlock are the keys of a pipeline file that the probe finds out.
type probeBlock struct {
	AuthHeader string       `yaml:"auth_header,omitempty"`
	AuthScheme *string      `yaml:"auth_scheme,omitempty"`
	ClientPath string       `yaml:"client_path,omitempty"`
	UpdateVerb string       `yaml:"update_verb,omitempty"`
	Update     string       `yaml:"update"`
	Clear      string       `yaml:"clear"`
	Customers  *probedUsers `yaml:"customers,omitempty"`
}

type probedUsers struct {
	API probedAPI `yaml:"api"`
}

type probedAPI struct {
	Path        string `yaml:"path,omitempty"`
	LimitParam  string `yaml:"limit_param,omitempty"`
	Limit       int    `yaml:"limit,omitempty"`
	CursorParam string `yaml:"cursor_param,omitempty"`
	DataKey     string `yaml:"data_key,omitempty"`
	CursorKey   string `yaml:"cursor_key,omitempty"`
	Paging      string `yaml:"paging,omitempty"`
	BareList    bool   `yaml:"bare_list,omitempty"`
}

// probeLines are the lines to paste: how updates are sent, and whatever else is not
// as the file, or its defaults, have it.
func (p *Pipeline) probeLines(f probe.Findings) (string, error) {
	config := p.Fincome.WithDefaults()
	block := probeBlock{Update: f.Update, Clear: f.Clear}
	if f.AuthHeader != config.AuthHeader || f.AuthScheme != config.AuthScheme {
		block.AuthHeader, block.AuthScheme = f.AuthHeader, &f.AuthScheme
	}
	if f.ClientPath != config.ClientPath {
		block.ClientPath = f.ClientPath
	}
	if f.UpdateVerb != config.UpdateVerb {
		block.UpdateVerb = f.UpdateVerb
	}
	if f.List != nil && p.CustomersFile == "" && *f.List != config.List {
		block.Customers = &probedUsers{listLines(*f.List)}
	}
	content, err := yaml.Dump(map[string]probeBlock{"fincome": block}, yaml.WithIndent(2))
	if err == nil && f.List != nil && p.CustomersFile != "" {
		var list []byte
		list, err = yaml.Dump(map[string]any{"customers": probedUsers{listLines(*f.List)}}, yaml.WithIndent(2))
		content = append(content, commented("in place of customers.file the list of the API can be read:\n"+string(list))...)
	}
	return string(content), err
}

// listLines are the keys that are not as the defaults have them.
func listLines(l fincome.List) probedAPI {
	usual, paging := fincome.Config{List: fincome.List{Offset: l.Offset}}.WithDefaults().List, ""
	if l.Offset {
		paging = "offset"
	}
	return probedAPI{
		Paging: paging, BareList: l.Bare,
		Path: unless(l.Path, usual.Path), LimitParam: unless(l.LimitName, usual.LimitName), Limit: unless(l.Limit, usual.Limit),
		CursorParam: unless(l.After, usual.After), DataKey: unless(l.DataKey, usual.DataKey), CursorKey: unless(l.NextKey, usual.NextKey),
	}
}

// unless is a value, or nothing where it is the usual one.
func unless[T comparable](value, usual T) T {
	if value == usual {
		var nothing T
		return nothing
	}
	return value
}

// commented makes comments of lines, as deep as the keys of a block.
func commented(text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	return "  # " + strings.Join(lines, "\n  # ") + "\n"
}
