package pipelines

import (
	"context"
	"fmt"
	"strings"
)

// Distinct refuses sources that would disturb each other: two of one name share what
// is remembered, and two that fill one axis of one account would write over each other
// every day.
func Distinct(ctx context.Context, sources []*Pipeline) error {
	var problems []string
	filled := make([][]filledAxis, len(sources))
	for i, p := range sources {
		filled[i] = p.fills(ctx)
		for j, other := range sources[:i] {
			if p.Source == other.Source {
				problems = append(problems, fmt.Sprintf("%s and %s are both named %q: a source has a name of its own", other.File, p.File, p.Source))
				continue
			}
			if axis, both := common(filled[j], filled[i]); both && other.account() == p.account() {
				problems = append(problems, fmt.Sprintf("%s and %s both fill the axis %q of one account: name it otherwise in one of them (axes.tag, axes.prefix, or axis of the property), or take the property out", other.File, p.File, axis))
			}
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return configurationf("%s\nnothing was run", strings.Join(problems, "\n"))
}

// account stands for where the changes go; empty: nowhere. Two API keys are taken for
// two accounts.
func (p *Pipeline) account() string {
	switch {
	case !p.Deliver:
		return ""
	case p.Exec != nil:
		return "program " + strings.Join(p.Exec.Command, "\x00")
	case p.ImportFile != nil && p.Fincome.APIKey.IsZero():
		return "folder " + p.ImportFile.Path
	}
	return "api " + p.Fincome.WithDefaults().BaseURL + "\x00" + p.Fincome.APIKey.Reveal()
}

// filledAxis is an axis that a source fills.
type filledAxis struct {
	name string
	made bool // of a property, whose letter case only Salesforce knows
}

// fills are the axes that a source fills, as far as is known before Salesforce is
// asked: of a source whose tag is nowhere, none, for it is not run.
func (p *Pipeline) fills(ctx context.Context) (axes []filledAxis) {
	naming := p.Naming
	if naming.NeedsTag() {
		m, _, _ := readMemory(ctx, p) // a state that cannot be read is told by the run
		naming.Tag = m.Tag
	}
	for _, property := range p.Properties {
		if !p.Deliver || property.Axis == "" && naming.NeedsTag() {
			continue
		}
		axes = append(axes, filledAxis{property.axisName(naming, property.Names[0]), property.Axis == ""})
	}
	return axes
}

// common is the first axis that is in both.
func common(a, b []filledAxis) (string, bool) {
	for _, one := range a {
		for _, other := range b {
			if one.name == other.name || (one.made || other.made) && strings.EqualFold(one.name, other.name) {
				return other.name, true
			}
		}
	}
	return "", false
}
