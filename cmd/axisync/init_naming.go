package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/transform"
)

// shownNames is how many names of axes a preview has.
const shownNames = 3

// naming asks how the axes are called, with the names that this gives.
func (i *initiation) naming(context.Context) error {
	n := &i.draft.Naming
	n.Tag = i.tag
	if i.tag == "new" {
		n.Tag = pipelines.NewTag()
	}
	var carried []string
	if i.seen != nil {
		carried = i.seen.Tags
	}
	if !n.NeedsTag() {
		return i.preview(n.Validate())
	}
	if i.ask == nil {
		if len(carried) > 0 {
			return usageError{fmt.Errorf("customers already carry axes with the tag %s: say --tag %s to go on with it, or --tag new for axes beside them", strings.Join(carried, ", "), carried[0])}
		}
		n.Tag = pipelines.NewTag()
		return i.preview(nil)
	}
	i.heading("the names of the axes")
	choices := i.namings(carried)
	for at, choice := range choices {
		i.ask.say("  %d %-12s %s", at+1, choice.word, i.described(choice))
	}
	picked := ""
	err := i.question("", "names", "1", &picked, func(text string) (string, error) {
		at, err := strconv.Atoi(text)
		if err != nil {
			at = 1 + slices.IndexFunc(choices, func(c naming) bool { return c.word == text })
		}
		if at < 1 || at > len(choices) {
			return "", errors.New("choose one by its number")
		}
		*n = choices[at-1].Naming
		return text, nil
	})
	if err == nil && n.Prefix != "" {
		err = i.question("", "prefix", n.Prefix, &n.Prefix, i.prefix)
	}
	return i.preview(err)
}

type naming struct {
	word string
	transform.Naming
	carried bool
}

// namings are the ways to name the axes, one with a tag that customers carry first.
func (i *initiation) namings(carried []string) []naming {
	var choices []naming
	for _, tag := range carried {
		choices = append(choices, naming{"tag " + tag, transform.Naming{Tag: tag}, true})
	}
	tag := pipelines.NewTag()
	for slices.Contains(carried, tag) {
		tag = pipelines.NewTag()
	}
	return append(choices, naming{"tag " + tag, transform.Naming{Tag: tag}, false},
		naming{"prefix", transform.Naming{Prefix: "_Axis"}, false}, naming{"bare", transform.Naming{Bare: true}, false})
}

func (i *initiation) described(choice naming) string {
	text := i.example(choice.Naming)
	if choice.carried {
		text += "   customers carry this tag already: go on with it"
	}
	return text + i.merging(choice.Naming)
}

// example are the first names that a naming gives.
func (i *initiation) example(n transform.Naming) string {
	var names []string
	for _, property := range i.draft.Properties[:min(len(i.draft.Properties), shownNames)] {
		names = append(names, n.Axis(property))
	}
	if more := len(i.draft.Properties) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %s more", count(int64(more))))
	}
	return oneLine(strings.Join(names, ", "))
}

// merging names the axes that customers carry already.
func (i *initiation) merging(n transform.Naming) string {
	if i.seen == nil {
		return ""
	}
	var there []string
	for _, property := range i.draft.Properties {
		name := n.Axis(property)
		if slices.ContainsFunc(i.seen.Axes, func(a pipelines.AxisSeen) bool { return a.Name == name }) {
			there = append(there, name)
		}
	}
	if there == nil {
		return ""
	}
	return "   merges into " + oneLine(strings.Join(there, ", ")) + ", which customers carry"
}

func (i *initiation) prefix(text string) (string, error) {
	if strings.TrimSpace(text) == "" {
		return "", errors.New("a prefix is not empty")
	}
	return text, nil
}

// preview tells the names.
func (i *initiation) preview(err error) error {
	if err != nil {
		if i.ask == nil {
			return usageError{err}
		}
		return err
	}
	i.tell("  axes: %s%s", i.example(i.draft.Naming), i.merging(i.draft.Naming))
	return nil
}
