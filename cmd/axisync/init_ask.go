package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// question asks for what a flag says, where the flag is not given. check may correct an
// answer, or refuse it: then it is asked again, and a flag is an error where nobody can
// be asked.
func (i *initiation) question(flag, prompt, standard string, into *string, check func(string) (string, error)) error {
	asks := i.ask != nil && (i.redo || !i.given(flag))
	if asks && i.redo && *into != "" {
		standard = *into
	}
	if !asks && strings.TrimSpace(*into) == "" {
		*into = standard
	}
	for {
		if asks {
			answer, err := i.ask.line(prompt, standard, nil)
			if err != nil {
				return err
			}
			*into = answer
		}
		text, err := check(strings.TrimSpace(*into))
		if err == nil {
			*into = text
			return nil
		}
		if i.ask == nil {
			return usageError{fmt.Errorf("--%s: %w", flag, err)}
		}
		i.ask.say("  %v", err)
		asks = true
	}
}

// pick asks for one of some, by its number or its name.
func (i *initiation) pick(flag, prompt, standard string, into *string, choices []string) error {
	return i.question(flag, prompt, standard, into, func(text string) (string, error) {
		if n, err := strconv.Atoi(text); err == nil && n >= 1 && n <= len(choices) {
			return choices[n-1], nil
		}
		for _, choice := range choices {
			if strings.EqualFold(text, choice) {
				return choice, nil
			}
		}
		return "", fmt.Errorf("choose %s", strings.Join(choices, ", "))
	})
}

// anything takes every answer but none.
func anything(text string) (string, error) {
	if text == "" {
		return "", errors.New("that needs an answer")
	}
	return text, nil
}

// sourceName takes a name for good: one that is the same wherever the file is read.
func sourceName(text string) (string, error) {
	if strings.Contains(text, "${") {
		return "", errors.New("a name is for good and cannot have ${, which is filled in anew by every run")
	}
	return anything(text)
}

var placeForm = regexp.MustCompile(`^(?:\$\{)?(env|file):([^{}]+?)\}?$`)

// place is where a secret is, as the file says it.
func place(text string) (string, error) {
	parts := placeForm.FindStringSubmatch(text)
	if parts == nil {
		return "", errors.New("say where it is: env:NAME or file:PATH; the secret itself never stands in the file, nor in a command line")
	}
	return "${" + parts[1] + ":" + parts[2] + "}", nil
}

// secret asks where a secret is, or for the secret itself, which goes into a file of
// the person's own.
func (i *initiation) secret(flag, name, what string, into *string) error {
	if !i.redo && (i.ask == nil || i.given(flag)) {
		return i.question(flag, what, *into, into, place)
	}
	standard := "type"
	current, err := place(*into)
	if err == nil && (i.offline || i.draft.Secret(current) == nil) {
		standard = strings.Trim(strings.TrimPrefix(current, "$"), "{}")
	}
	if i.redo && name != "client_id" { // a wrong one is typed again
		standard = "type"
	}
	*into = ""
	prompt := what + " - env:NAME, file:PATH, or type to type it now"
	var failed error
	err = i.question(flag, prompt, standard, into, func(text string) (string, error) {
		if text != "type" || i.ask == nil {
			return place(text)
		}
		typed, err := i.typed(name, what)
		if leaves(err) {
			failed = err
			return "", nil
		}
		return typed, err
	})
	return errors.Join(err, failed)
}

// typed has a secret typed, and keeps it.
func (i *initiation) typed(name, what string) (string, error) {
	secret, err := i.ask.hidden("  " + what)
	if err != nil {
		return "", err
	}
	if secret == "" {
		return "", errors.New("nothing was typed")
	}
	kept, err := i.draft.KeepSecret(name, secret, i.force || i.kept[name])
	if errors.Is(err, os.ErrExist) {
		replace, asked := i.ask.yes("  "+strings.Trim(kept, "${}")+" is there already: replace it?", false)
		if asked != nil {
			return "", asked
		}
		if replace {
			kept, err = i.draft.KeepSecret(name, secret, true)
		} else {
			err = errors.New("it was not replaced: name the place of the secret")
		}
	}
	if err != nil {
		return "", err
	}
	i.kept[name] = true
	i.ask.say("  kept in %s, which only you can read", strings.TrimPrefix(strings.Trim(kept, "${}"), "file:"))
	return kept, nil
}

// goOn decides what to do about something that did not work: the person may go on all
// the same, and answers again otherwise. Where nobody can be asked it is an error.
func (i *initiation) goOn(failed error) (bool, error) {
	if i.ask == nil || leaves(failed) || i.ask.ctx.Err() != nil {
		if i.ask == nil {
			failed = fmt.Errorf("%w\n%s was not written; --offline writes it without trying anything", failed, i.draft.File)
		}
		return false, failed
	}
	i.ask.say("  %s", strings.ReplaceAll(strings.TrimSpace(failed.Error()), "\n", "\n  "))
	return i.ask.yes("go on anyway?", false)
}

// tell says something to whoever is there.
func (i *initiation) tell(format string, args ...any) { fmt.Fprintf(i.errs, format+"\n", args...) }

// heading begins a group of questions.
func (i *initiation) heading(text string) {
	if i.ask != nil {
		i.ask.say("\n%s", text)
	}
}
