package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/pipelines"
)

// fincomeSetup is how the simulated Fincome behaves, and who edits in it.
type fincomeSetup struct {
	fincome.Config
	editors float64 // edits a second
	edited  []string
}

// fincomeSwitch is one key of --fincome.
type fincomeSwitch struct {
	name, values, meaning string
	set                   func(*fincomeSetup, string) error
}

// fincomeSwitches are the keys of --fincome in groups, in the order in which a
// user reads them.
var fincomeSwitches = []struct {
	title    string
	switches []fincomeSwitch
}{
	{"where it is and what opens it", []fincomeSwitch{
		word("base", "/product", "base path", func(s *fincomeSetup) *string { return &s.BasePath }),
		word("path", "/clients/{id}", "path of a customer", func(s *fincomeSetup) *string { return &s.ClientPath }),
		choice("verb", "verb of an update", func(s *fincomeSetup) *string { return &s.UpdateVerb }, "PATCH", "PATCH", "PUT", "PUT", "POST", "POST"),
		word("header", "Authorization", "header of the key; another one takes the bare key", func(s *fincomeSetup) *string { return &s.AuthHeader }),
		word("scheme", "Bearer", "what precedes the key", func(s *fincomeSetup) *string { return &s.AuthScheme }),
		choice("denied", "answers a wrong key", func(s *fincomeSetup) *int { return &s.DeniedStatus }, "401", 401, "403", 403),
	}},
	{"the list of customers", []fincomeSwitch{
		word("list", "/clients", "path of the list", func(s *fincomeSetup) *string { return &s.List.Path }),
		choice("no_list", "answers where there is no list; there is one unless this is given", func(s *fincomeSetup) *int { return &s.List.Refused }, "404", 404, "405", 405),
		word("limit", "limit", "parameter for the size of a page", func(s *fincomeSetup) *string { return &s.List.LimitName }),
		word("cursor", "cursor", "parameter for the next page", func(s *fincomeSetup) *string { return &s.List.After }),
		word("data", "data", "key of a page that holds its customers", func(s *fincomeSetup) *string { return &s.List.DataKey }),
		word("next", "next_cursor", "key of a page that tells the next one", func(s *fincomeSetup) *string { return &s.List.NextKey }),
		flag("numbered", "pages have numbers in place of cursors", func(s *fincomeSetup) *bool { return &s.List.Numbered }),
		flag("offset", "pages are asked for by the number of customers before them (offset), and none tells of the next", func(s *fincomeSetup) *bool { return &s.List.Offset }),
		flag("bare", "a page is its customers alone, without a key; with offset", func(s *fincomeSetup) *bool { return &s.List.Bare }),
	}},
	{"what an update does", []fincomeSwitch{
		choice("update", "to properties that it does not carry: kept, or removed", func(s *fincomeSetup) *fincome.Update { return &s.Update }, "merge", fincome.Merge, "replace", fincome.Replace),
		choice("null", "what null does to its key", func(s *fincomeSetup) *fincome.Effect { return &s.Null },
			"removes", fincome.Removes, "stores", fincome.Stores, "ignores", fincome.Ignores, "refuses", fincome.Refuses),
		choice("empty", `what "" does to its key`, func(s *fincomeSetup) *fincome.Effect { return &s.Empty },
			"stores", fincome.Stores, "removes", fincome.Removes, "ignores", fincome.Ignores, "refuses", fincome.Refuses),
		keep("numbers", func(s *fincomeSetup) *fincome.Keep { return &s.Numbers }),
		keep("booleans", func(s *fincomeSetup) *fincome.Keep { return &s.Booleans }),
		keep("structures", func(s *fincomeSetup) *fincome.Keep { return &s.Structures }),
		flag("trim", "texts lose outer blanks", func(s *fincomeSetup) *bool { return &s.Trim }),
		flag("retype", "texts that read as a number or boolean become one", func(s *fincomeSetup) *bool { return &s.Retype }),
		flag("renotate", "dates and numbers in texts get another notation", func(s *fincomeSetup) *bool { return &s.Renotate }),
		choice("unknown", "an update of an unknown customer", func(s *fincomeSetup) *fincome.Unknown { return &s.Unknown },
			"404", fincome.UnknownNotFound, "422", fincome.UnknownInvalid, "created", fincome.UnknownCreated),
		number("refuse_every", "about one customer in so many is refused with 422", func(s *fincomeSetup) *int { return &s.RejectEvery }),
		{"refuse_axis", "AXIS", "an axis that takes no other value: 422; may be given several times", func(s *fincomeSetup, value string) error {
			s.RefuseAxes = append(s.RefuseAxes, value)
			return nil
		}},
	}},
	{"how it answers", []fincomeSwitch{
		choice("status", "answers an update", func(s *fincomeSetup) *int { return &s.UpdateStatus }, "202", 202, "200", 200, "204", 204),
		flag("silent", "the answer to an update has no body", func(s *fincomeSetup) *bool { return &s.Silent }),
		duration("delay", "an update shows so much later", func(s *fincomeSetup) *time.Duration { return &s.Delay.After }),
		number("delay_reads", "an update shows after so many reads", func(s *fincomeSetup) *int { return &s.Delay.Reads }),
		duration("latency", "of every answer", func(s *fincomeSetup) *time.Duration { return &s.Latency }),
		{"rate", "N | N@TIME", "requests a second, or from that time on (20@1m); may be given several times", setRate},
		number("burst", "requests above the rate at once", func(s *fincomeSetup) *int { return &s.Limit.Burst }),
		choice("retry_after", "how a 429 tells how long to wait", func(s *fincomeSetup) *fincome.RetryAfter { return &s.Limit.RetryAfter },
			"seconds", fincome.RetrySeconds, "date", fincome.RetryDate, "untold", fincome.RetryUntold),
	}},
	{"people at work", []fincomeSwitch{
		{"editors", "N", "edits a second, from the start on", func(s *fincomeSetup, value string) (err error) {
			s.editors, err = rate(value)
			return err
		}},
		{"edited", "AXIS", "an axis that they edit (Industry, Région, Segment); may be given several times", func(s *fincomeSetup, value string) error {
			s.edited = append(s.edited, value)
			return nil
		}},
	}},
}

// word is a switch that takes any text.
func word(name, usual, meaning string, at func(*fincomeSetup) *string) fincomeSwitch {
	return fincomeSwitch{name, usual, meaning, func(s *fincomeSetup, value string) error {
		if value == "" {
			return errors.New("it is empty")
		}
		*at(s) = value
		return nil
	}}
}

func flag(name, meaning string, at func(*fincomeSetup) *bool) fincomeSwitch {
	return fincomeSwitch{name, "", meaning, func(s *fincomeSetup, value string) error {
		if value != "" {
			return errors.New("it takes no value")
		}
		*at(s) = true
		return nil
	}}
}

func number(name, meaning string, at func(*fincomeSetup) *int) fincomeSwitch {
	return fincomeSwitch{name, "N", meaning, func(s *fincomeSetup, value string) error {
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 {
			return fmt.Errorf("%q is no whole number above 0", value)
		}
		*at(s) = n
		return nil
	}}
}

func duration(name, meaning string, at func(*fincomeSetup) *time.Duration) fincomeSwitch {
	return fincomeSwitch{name, "TIME", meaning, func(s *fincomeSetup, value string) error {
		d, err := time.ParseDuration(value)
		if err != nil || d <= 0 {
			return fmt.Errorf("%q is no time, write it like 30s or 20ms", value)
		}
		*at(s) = d
		return nil
	}}
}

// choice is a switch of so many values, given as pairs of word and value.
func choice[T any](name, meaning string, at func(*fincomeSetup) *T, pairs ...any) fincomeSwitch {
	var words []string
	values := map[string]T{}
	for i := 0; i < len(pairs); i += 2 {
		words = append(words, pairs[i].(string))
		values[pairs[i].(string)] = pairs[i+1].(T)
	}
	return fincomeSwitch{name, strings.Join(words, " | "), meaning, func(s *fincomeSetup, value string) error {
		chosen, known := values[value]
		if !known {
			return fmt.Errorf("%q is none of %s%s", value, strings.Join(words, ", "), guess(value, words))
		}
		*at(s) = chosen
		return nil
	}}
}

func keep(name string, at func(*fincomeSetup) *fincome.Keep) fincomeSwitch {
	return choice(name, "how they are kept", at, "sent", fincome.KeptAsSent, "text", fincome.KeptAsText, "refused", fincome.KeptNot)
}

func rate(value string) (float64, error) {
	r, err := strconv.ParseFloat(value, 64)
	if err != nil || !(r > 0) {
		return 0, fmt.Errorf("%q is no number above 0", value)
	}
	return r, nil
}

func setRate(s *fincomeSetup, value string) error {
	value, from, later := strings.Cut(value, "@")
	r, err := rate(value)
	if err != nil {
		return err
	}
	if !later {
		s.Limit.PerSecond = r
		return nil
	}
	after, err := time.ParseDuration(from)
	if err != nil || after <= 0 {
		return fmt.Errorf("%q is no time, write it like 30s", from)
	}
	if n := len(s.Limit.Phases); n > 0 && s.Limit.Phases[n-1].From >= after {
		return fmt.Errorf("%s comes before the rate above it", from)
	}
	s.Limit.Phases = append(s.Limit.Phases, fincome.Phase{From: after, PerSecond: r})
	return nil
}

// readSwitches reads the values of --fincome.
func readSwitches(given []string) (fincomeSetup, error) {
	var setup fincomeSetup
	known := map[string]fincomeSwitch{}
	var names []string
	for _, group := range fincomeSwitches {
		for _, s := range group.switches {
			known[s.name] = s
			names = append(names, s.name)
		}
	}
	var problems []error
	for _, pair := range given {
		name, value, _ := strings.Cut(pair, "=")
		if s, there := known[name]; !there {
			problems = append(problems, fmt.Errorf("--fincome: there is no key %q%s", name, guess(name, names)))
		} else if err := s.set(&setup, value); err != nil {
			problems = append(problems, fmt.Errorf("--fincome %s: %w", name, err))
		}
	}
	if strings.Count(setup.ClientPath, "{id}") != 1 && setup.ClientPath != "" {
		problems = append(problems, fmt.Errorf("--fincome path: %q has to hold {id} once", setup.ClientPath))
	}
	return setup, errors.Join(problems...)
}

func guess(word string, names []string) string {
	if near := pipelines.Nearest(word, names); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

// switchTable lists the keys of --fincome for the help of simulate.
func switchTable() string {
	var b strings.Builder
	for _, group := range fincomeSwitches {
		fmt.Fprintf(&b, "  %s\n", group.title)
		for _, s := range group.switches {
			example := s.name
			if s.values != "" {
				example += "=" + s.values
			}
			fmt.Fprintf(&b, "    %-46s %s\n", example, s.meaning)
		}
	}
	return strings.TrimRight(b.String(), "\n")
}
