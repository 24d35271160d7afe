package pipelines

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/axisync/axisync/connector/fincome/probe"
)

// The files of the probe in the folder of a source: what it found out, and what it
// takes to put back the customer of one that was cut short.
const (
	probedFile     = "probe.json"
	unfinishedFile = "probe-restore.json"
	probedVersion  = 1
)

// probed is probe.json.
type probed struct {
	Version  int       `json:"version"`
	At       time.Time `json:"at"`
	Customer string    `json:"customer"`
	BaseURL  string    `json:"base_url"` // they hold for this account
	probe.Findings
}

// unfinished is probe-restore.json.
type unfinished struct {
	Version int `json:"version"`
	probe.Record
}

// probed is what the probe found out about the account at an address; nil when it
// has not been there.
func (s *state) probed(baseURL string) (*probed, error) {
	var found probed
	if there, err := s.read(probedFile, &found, &found.Version); !there || err != nil || found.BaseURL != baseURL {
		return nil, err
	}
	return &found, nil
}

// unfinished is the probe that was cut short; nil when none was.
func (s *state) unfinished() (*unfinished, error) {
	var left unfinished
	if there, err := s.read(unfinishedFile, &left, &left.Version); !there || err != nil {
		return nil, err
	}
	return &left, nil
}

func (s *state) read(name string, into any, version *int) (there bool, err error) {
	content, err := os.ReadFile(s.path(name))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("state: %w", err)
	}
	if err := json.Unmarshal(content, into); err != nil {
		return false, configurationf("state: %s is damaged (%v): bring it back from a backup", s.path(name), err)
	}
	if *version != probedVersion {
		return false, configurationf("state: %s has version %d, this program knows %d: use the program that wrote it", s.path(name), *version, probedVersion)
	}
	return true, nil
}

func (s *state) write(name string, content any) error {
	encoded, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	return s.put(name, append(encoded, '\n'))
}

// refuseUnfinished refuses to work on while a customer holds what a probe wrote.
func (p *Pipeline) refuseUnfinished(s *state) error {
	left, err := s.unfinished()
	if err != nil || left == nil {
		return err
	}
	return configurationf("a probe of customer %q was cut short at %s and may have left its own values there; put the customer back: %s",
		left.Customer, left.Started.UTC().Format("2006-01-02 15:04 UTC"), p.probeCommand("--restore"))
}

func (p *Pipeline) probeCommand(flags string) string {
	return "axisync fincome probe " + p.File + " " + flags
}

// adopt fills in what the file leaves unknown with what the probe found out, and
// gives the pipeline that knows it. What is said explicitly wins; contradictions
// tells where it says something else.
func (p *Pipeline) adopt(found *probed) *Pipeline {
	known := *p
	if found == nil {
		return &known
	}
	if known.Update == "unknown" {
		known.Update = found.Update
	}
	if known.Clear == "unknown" && (found.Clear != probe.ClearRemoveKey || known.Update == probe.Replace) {
		known.Clear = found.Clear
	}
	return &known
}

// contradictions are where the file says something else than the probe found.
func (p *Pipeline) contradictions(found *probed) []string {
	if found == nil {
		return nil
	}
	said, config := p.Fincome, p.Fincome.WithDefaults()
	var all []string
	for _, setting := range []struct{ name, said, file, found string }{
		{"update", p.Update, p.Update, found.Update}, {"clear", p.Clear, p.Clear, found.Clear},
		{"update_verb", said.UpdateVerb, config.UpdateVerb, found.UpdateVerb}, {"client_path", said.ClientPath, config.ClientPath, found.ClientPath},
		{"auth_header", said.AuthHeader, strings.ToLower(config.AuthHeader), strings.ToLower(found.AuthHeader)},
		{"auth_scheme", said.AuthScheme, config.AuthScheme, found.AuthScheme},
	} {
		if setting.file == setting.found || setting.file == "unknown" || setting.found == "unknown" || found.clears(setting.name, setting.file) {
			continue
		}
		by := "in the file"
		if setting.said == "" {
			by = "by default"
		}
		all = append(all, fmt.Sprintf("fincome.%s is %q %s, and the probe of %s found %q", setting.name, setting.file, by, found.At.Format("2006-01-02"), setting.found))
	}
	return all
}

// unkept are the types of values that the file has sent as they are (values: typed),
// and that Fincome does not take. One that it keeps as a text is taken.
func (p *Pipeline) unkept(found *probed) []string {
	if found == nil || !p.overAPI() {
		return nil
	}
	var typed []string
	for _, property := range p.Properties {
		if property.Typed {
			typed = append(typed, property.Names[0])
		}
	}
	if len(typed) == 0 {
		return nil
	}
	var all []string
	for _, kind := range []struct {
		name   string
		effect probe.Effect
	}{{"numbers", found.Numbers}, {"booleans", found.Booleans}} {
		switch kind.effect {
		case probe.Kept, probe.AsText, "":
		default:
			all = append(all, fmt.Sprintf("values: typed (%s) sends %s as such, and the probe of %s found what Fincome does with them: %s; write values: text",
				namesOf(typed), kind.name, found.At.Format("2006-01-02"), kind.effect.Words()))
		}
	}
	return all
}

// namesOf are the first few names, and how many more there are.
func namesOf(names []string) string {
	const few = 5
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
}

// clears reports whether a value of fincome.clear clears as well as the one that was
// chosen.
func (f *probed) clears(setting, value string) bool {
	if setting != "clear" {
		return false
	}
	switch value {
	case probe.ClearJSONNull:
		return f.Null.Empties()
	case probe.ClearEmptyText:
		return f.Empty.Empties()
	}
	return value == probe.ClearRemoveKey && f.Update == probe.Replace
}

// refuseFieldless refuses to deliver to an account where that would empty the names
// of customers.
func (p *Pipeline) refuseFieldless(found *probed) error {
	if found == nil || !found.FieldsLost || !p.overAPI() || !strings.EqualFold(p.Fincome.WithDefaults().UpdateVerb, found.UpdateVerb) {
		return nil
	}
	return configurationf("%s: the probe of %s found that an update by %s empties name, email and every other field that it does not carry: take the fincome sink out, or set update_verb to another verb",
		p.File, found.At.Format("2006-01-02"), found.UpdateVerb)
}

// useProbe takes what the probe found out into a run.
func (r *run) useProbe() error {
	if err := r.refuseUnfinished(r.state); err != nil {
		return err
	}
	found, err := r.state.probed(r.Fincome.WithDefaults().BaseURL)
	if err != nil || found == nil {
		return err
	}
	for _, text := range append(r.contradictions(found), r.unkept(found)...) {
		r.note("%s", text)
	}
	r.Pipeline = r.adopt(found)
	r.rules.Settle = found.Settle
	return r.refuseFieldless(found)
}
