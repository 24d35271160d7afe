package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/axisync/axisync/pipelines"
)

// fieldList are the properties that the connected user can see, by what leads to them:
// asked for once, when they are needed.
type fieldList struct {
	ctx    context.Context
	p      *pipelines.Pipeline
	listed map[string][]pipelines.Field
}

// under lists the properties behind a path such as "Owner.", or of the account itself.
func (l *fieldList) under(path string) ([]pipelines.Field, error) {
	if fields, known := l.listed[strings.ToLower(path)]; known {
		return fields, nil
	}
	fields, err := pipelines.Fields(l.ctx, l.p, pipelines.Options{}, path)
	if err == nil {
		l.listed[strings.ToLower(path)] = fields
	}
	return fields, err
}

// find is the property of a name in any letter case; nil where there is none, with
// the name that may have been meant.
func (l *fieldList) find(name string) (found *pipelines.Field, near string, err error) {
	path := name[:strings.LastIndex(name, ".")+1]
	fields, err := l.under(path)
	var wrong *pipelines.ConfigurationError
	if errors.As(err, &wrong) { // the path leads nowhere
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	names := make([]string, len(fields))
	for at, f := range fields {
		if names[at] = f.Name; strings.EqualFold(f.Name, name) {
			return &fields[at], "", nil
		}
	}
	return nil, pipelines.Nearest(name, names), nil
}

// candidates are what a list of names may be completed to.
func (l *fieldList) candidates(line string) []string {
	head, word := line[:strings.LastIndex(line, ",")+1], strings.TrimLeft(line[strings.LastIndex(line, ",")+1:], " ")
	if head != "" {
		head += " "
	}
	fields, err := l.under(word[:strings.LastIndex(word, ".")+1])
	if err != nil || strings.HasPrefix(word, "?") {
		return nil
	}
	var found []string
	for _, f := range fields {
		for _, name := range []string{f.Name, f.Leads} {
			if name != "" && (f.Reason == "" || name == f.Leads) && strings.HasPrefix(strings.ToLower(name), strings.ToLower(word)) {
				found = append(found, head+name)
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// chooseProperties asks for the properties: names, or numbers of a search.
func (i *initiation) chooseProperties(ctx context.Context) error {
	i.heading("the properties of accounts that fill axes")
	if i.connected {
		p, err := i.draft.ForSalesforce()
		if err != nil {
			return err
		}
		i.fields = &fieldList{ctx, p, map[string][]pipelines.Field{}}
		fields, err := i.fields.under("")
		if err != nil {
			i.fields = nil
			if on, failed := i.goOn(err); !on {
				return orError(failed, err)
			}
		} else if i.ask != nil && !i.given("properties") {
			able := slices.DeleteFunc(slices.Clone(fields), func(f pipelines.Field) bool { return f.Reason != "" })
			i.ask.say("  %s can be extracted. API names, separated by commas; Tab completes them,\n  ?billing city searches names and labels, and a number takes one of what was found", count(int64(len(able))))
		}
	}
	if i.given("properties") || i.ask == nil {
		return i.givenProperties()
	}
	return i.askProperties()
}

// givenProperties takes those of the flag, all at once.
func (i *initiation) givenProperties() error {
	for _, name := range strings.Split(i.properties, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if err := i.add(name); err != nil {
			if i.ask == nil {
				return usageError{fmt.Errorf("--properties: %w", err)}
			}
			i.ask.say("  %v", err)
			return i.askProperties()
		}
	}
	if len(i.draft.Properties) == 0 {
		return usageError{errors.New("--properties names none")}
	}
	return nil
}

// askProperties asks until an empty answer ends the list.
func (i *initiation) askProperties() error {
	var found []string // by the last search
	var complete func(string) []string
	if i.fields != nil {
		complete = i.fields.candidates
	}
	for {
		prompt := "properties"
		if n := len(i.draft.Properties); n > 0 {
			i.ask.say("  chosen: %s", oneLine(strings.Join(i.draft.Properties, ", ")))
			prompt = "more, -NAME to drop one, or Enter"
		}
		line, err := i.ask.line(prompt, "", complete)
		if err != nil {
			return err
		}
		switch {
		case line == "" && len(i.draft.Properties) > 0:
			return nil
		case line == "":
			i.ask.say("  at least one is needed")
		case strings.HasPrefix(line, "?"):
			if found, err = i.search(strings.Fields(strings.TrimPrefix(line, "?"))); err != nil {
				i.ask.say("  %v", err)
			}
		default:
			if err := i.take(line, found); err != nil {
				return err
			}
		}
	}
}

// take adds what a line names, and drops what it names with a hyphen.
func (i *initiation) take(line string, found []string) error {
	for _, name := range strings.Split(line, ",") {
		name = strings.TrimSpace(name)
		if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= len(found) {
			name = found[n-1]
		}
		if dropped, drops := strings.CutPrefix(name, "-"); drops {
			i.draft.Properties = slices.DeleteFunc(i.draft.Properties, func(p string) bool { return strings.EqualFold(p, dropped) })
			continue
		}
		if name == "" {
			continue
		}
		err := i.add(name)
		if leaves(err) {
			return err
		}
		if err != nil {
			i.ask.say("  %v", err)
		}
	}
	return nil
}

// search shows the properties that have all words, with numbers.
func (i *initiation) search(args []string) ([]string, error) {
	if i.fields == nil {
		return nil, errors.New("salesforce was not reached: the names stand in Setup > Object Manager > Account > Fields & Relationships")
	}
	path, words := splitPath(args)
	fields, err := i.fields.under(path)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, f := range fields {
		if f.Reason != "" || !hasWords(f, words) {
			continue
		}
		if found = append(found, f.Name); len(found) <= shownCandidates {
			i.ask.say("  %2d %-32s %-32s %s", len(found), f.Name, oneLine(f.Label), kind(f))
		}
	}
	if more := len(found) - shownCandidates; more > 0 {
		i.ask.say("  and %s more: another word narrows it", count(int64(more)))
	}
	if len(found) == 0 {
		i.ask.say("  nothing has these words")
	}
	return found, nil
}

// add puts a property on the list, in describe's spelling.
func (i *initiation) add(name string) error {
	if strings.ContainsAny(name, " \t'\"()${}#") {
		return fmt.Errorf("%q is not the API name of a property, which is the column Field Name in Salesforce", name)
	}
	if i.fields != nil {
		found, near, err := i.fields.find(name)
		switch {
		case err != nil:
			return err
		case found == nil:
			if add, err := i.unknown(name, near); !add {
				return err
			}
		case found.Reason != "":
			text := fmt.Sprintf("%s: %s", found.Name, found.Reason)
			if len(found.Instead) > 0 {
				text += "; ask for " + strings.Join(found.Instead, ", ")
			}
			return errors.New(text)
		default:
			name = found.Name
		}
	}
	if !slices.ContainsFunc(i.draft.Properties, func(p string) bool { return strings.EqualFold(p, name) }) {
		i.draft.Properties = append(i.draft.Properties, name)
	}
	return nil
}

// unknown decides about a property that Salesforce does not show.
func (i *initiation) unknown(name, near string) (bool, error) {
	text := name + " does not exist or is not visible"
	if near != "" {
		text += "; did you mean " + near + "?"
	}
	switch {
	case i.others:
		i.tell("  %s its axis will hold None", text)
		return true, nil
	case i.ask == nil:
		return false, fmt.Errorf("%s --unknown-properties takes it all the same: its axis holds None", text)
	}
	i.ask.say("  %s", text)
	return i.ask.yes("take it all the same? its axis will hold None", false)
}
