package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/axisync/axisync/pipelines"
)

// axis asks for the identification axis, of those that customers carry.
func (i *initiation) axis(context.Context) error {
	d := &i.draft
	i.heading("the identification axis: its value says which account a customer is")
	var names []string
	if i.seen != nil {
		for _, axis := range i.seen.Axes {
			names = append(names, axis.Name)
		}
		if i.ask != nil && !i.given("identification-axis") && len(names) > 0 {
			i.ask.say("%s", axisList(i.seen.Axes))
		}
		if len(names) == 0 && i.ask != nil {
			i.ask.say("  no customer carries an axis: create one in Fincome and fill it with the 18-character Record IDs")
		}
	}
	standard := ""
	if len(names) > 0 && i.seen.Axes[0].IDs > 0 && !i.seen.Axes[0].Filled {
		standard = names[0]
	}
	if err := i.question("identification-axis", "identification axis", standard, &d.IdentificationAxis, func(text string) (string, error) { return i.knownAxis(text, names) }); err != nil {
		return err
	}
	return i.matchKey()
}

// axisList shows the first axes, a line each.
func axisList(axes []pipelines.AxisSeen) string {
	var text bytes.Buffer
	table := tabwriter.NewWriter(&text, 0, 0, 3, ' ', 0)
	axes = axes[:min(len(axes), shownCandidates)]
	width := 0
	for _, axis := range axes {
		width = max(width, len(count(int64(axis.Customers))))
	}
	for n, axis := range axes {
		fmt.Fprintf(table, "  %2d %s\t%*s carry it\t%s\n", n+1, oneLine(axis.Name), width, count(int64(axis.Customers)), exampleOf(axis))
	}
	table.Flush()
	return strings.TrimSuffix(text.String(), "\n")
}

// exampleOf is what an axis holds, shortly.
func exampleOf(axis pipelines.AxisSeen) string {
	if axis.Filled {
		return "filled by a synchronisation: it identifies nobody"
	}
	if axis.IDs > 0 {
		return percent(int64(axis.IDs), int64(axis.Customers)) + " are Record IDs of accounts"
	}
	const shown = 40
	if runes := []rune(axis.Example); len(runes) > shown {
		return fmt.Sprintf("such as %q...", string(runes[:shown]))
	}
	return fmt.Sprintf("such as %q", axis.Example)
}

// knownAxis takes the name of an axis, or its number; another one only where the
// person insists.
func (i *initiation) knownAxis(text string, names []string) (string, error) {
	var n int
	if _, err := fmt.Sscanf(text, "%d", &n); err == nil && fmt.Sprint(n) == text && n >= 1 && n <= len(names) && !slices.Contains(names, text) {
		return names[n-1], nil
	}
	if text == "" || i.seen == nil || slices.Contains(names, text) {
		return anything(text)
	}
	missing := fmt.Errorf("no customer of those looked at carries %q", text)
	if near := pipelines.Nearest(text, names); near != "" {
		missing = fmt.Errorf("%w; did you mean %q?", missing, near)
	}
	if on, err := i.goOn(missing); err != nil || !on {
		return "", orError(err, errors.New("name an axis that customers carry"))
	}
	return text, nil
}

func orError(err, standard error) error {
	if err != nil {
		return err
	}
	return standard
}

// matchKey asks what the axis holds, where that is no Record ID.
func (i *initiation) matchKey() error {
	if i.seen != nil && i.ask != nil && !i.given("match-key") {
		at := slices.IndexFunc(i.seen.Axes, func(a pipelines.AxisSeen) bool { return a.Name == i.draft.IdentificationAxis })
		if at >= 0 && 2*i.seen.Axes[at].IDs >= i.seen.Axes[at].Customers {
			return nil
		}
		i.ask.say("  these are hardly Record IDs: which property of the account do they hold? it has to be unique and complete;\n" +
			"  where you do not know, keep Id, and axisync check --suggest-key finds it")
	} else if !i.given("match-key") {
		return nil
	}
	return i.question("match-key", "match key", "Id", &i.draft.Key, anything)
}
