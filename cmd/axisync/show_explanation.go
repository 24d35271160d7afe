package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/words"
)

// field is the width of the names before the texts.
const field = "  %-13s %s\n"

func showExplanation(w io.Writer, e *pipelines.Explanation) {
	fmt.Fprintf(w, "%s   customer %s\n%s\n", e.Source, words.Quoted(e.Customer), snapshotLine(e.Snapshot))
	if !e.Newest {
		fmt.Fprintln(w, "there are newer snapshots; what is remembered is told as it is now")
	}
	showWarnings(w, e.Warnings)
	showIdentity(w, e.Identity)
	for _, axis := range e.Axes {
		showAxis(w, axis, e.Identity.Account != nil)
	}
}

func showWarnings(w io.Writer, warnings []string) {
	for _, warning := range warnings {
		fmt.Fprintf(w, "warning   %s\n", oneLine(warning))
	}
}

// snapshotLine is a snapshot and what became of it in one line.
func snapshotLine(s pipelines.SnapshotTold) string {
	text := fmt.Sprintf("run %s (%s), observed %s, %s", s.Run, s.Kind, moment(s.ObservedAt), outcomeText(s))
	if n := len(s.Deliveries); n > 0 {
		last := s.Deliveries[n-1]
		text += " at " + moment(last.At)
		if last.Run != s.Run {
			text += " by the run " + last.Run
		}
	}
	return text
}

// outcomeText is what became of a snapshot.
func outcomeText(s pipelines.SnapshotTold) string {
	text := strings.ReplaceAll(s.Outcome, "_", " ")
	if s.Outcome == "stopped" {
		text += " by " + guardsText(s.Guards)
	}
	return text
}

// guardsText names guards, of which some stop once for each axis.
func guardsText(guards []string) string {
	return strings.Join(slices.Compact(slices.Clone(guards)), ", ")
}

func showIdentity(w io.Writer, i pipelines.Identity) {
	fmt.Fprintf(w, "\n%s   %s\n", oneLine(i.Axis), quoted(i.Value))
	for _, step := range i.Steps {
		fmt.Fprintf(w, "  %s\n", oneLine(step))
	}
	outcome := "not matched"
	if i.Matched {
		outcome = "matched"
	}
	fmt.Fprintf(w, field, outcome, strings.ReplaceAll(string(i.Verdict), "_", " ")+": "+i.Reason)
	if i.Account != nil {
		fmt.Fprintf(w, field, "account", accountText(*i.Account, i.AccountName))
	}
	if i.Candidate != nil {
		near := i.Near()
		if near == "" {
			near = "the nearest account"
		}
		fmt.Fprintf(w, field, "candidate", accountText(*i.Candidate, i.CandidateName)+": "+near)
	}
	if i.Todo != "" {
		fmt.Fprintf(w, field, "to do", oneLine(i.Todo))
	}
}

func accountText(id string, name *string) string {
	if name == nil {
		return oneLine(id)
	}
	return oneLine(id) + " " + quoted(name)
}

// showAxis shows one axis; hasAccount: there is an account whose properties have
// values.
func showAxis(w io.Writer, a pipelines.AxisTold, hasAccount bool) {
	fmt.Fprintf(w, "\n%s\n", oneLine(a.Axis))
	for i, p := range a.Properties {
		name := "property"
		if i > 0 {
			name = "or"
		}
		text := oneLine(p.Property)
		switch {
		case !p.Visible:
			text += " does not exist or is not visible"
		case hasAccount:
			text += " " + quoted(p.Value)
		}
		fmt.Fprintf(w, field, name, text)
	}
	fmt.Fprintf(w, field, "desired", typed(a.Desired, a.DesiredType)+desiredBy(a, hasAccount))
	held := typed(a.Held, a.HeldType)
	if a.Unread {
		held = "(not read)"
	}
	fmt.Fprintf(w, field, "held", held)
	acknowledged := "nothing"
	if a.Acknowledged != nil || a.AcknowledgedAt != nil {
		acknowledged = quoted(a.Acknowledged)
	}
	if a.AcknowledgedAt != nil {
		acknowledged += " at " + moment(*a.AcknowledgedAt)
	}
	fmt.Fprintf(w, field, "acknowledged", acknowledged)
	if a.Case != "" {
		fmt.Fprintf(w, field, fmt.Sprintf("rule %d", a.Row), fmt.Sprintf("%s: %s", strings.ReplaceAll(string(a.Case), "_", " "), a.Rule))
	} else {
		fmt.Fprintf(w, field, "rule", a.Rule)
	}
	if a.Action == "unchanged" {
		showSent(w, a)
		return
	}
	action := actions[a.Action] + policy(a)
	if a.Since != nil {
		action += ", since " + oneLine(*a.Since)
	}
	fmt.Fprintf(w, field, "so it is", action)
	showSent(w, a)
}

// typed is a cell with its JSON type, where it is no text.
func typed(text *string, kind string) string {
	if kind == "" {
		return quoted(text)
	}
	return quoted(text) + " (" + oneLine(kind) + ")"
}

// desiredBy says where a desired text comes from that no property has.
func desiredBy(a pipelines.AxisTold, hasAccount bool) string {
	visible := false
	for _, p := range a.Properties {
		if p.Value != nil {
			return ""
		}
		visible = visible || p.Visible
	}
	switch {
	case !hasAccount || len(a.Properties) == 0 || a.Desired == nil:
		return ""
	case !visible:
		return ", as the property does not exist"
	}
	return ", by nulls: " + string(a.Nulls)
}

// actions are what is done with a cell, in words.
var actions = map[string]string{
	"write": "to be written", "keep": "left as it is", "pending": "not sent again yet", "refused": "not sent again", "rejected": "given up", "not_recorded": "not recorded",
}

// policy is the setting that decides in the rows of the table that ask for one.
func policy(a pipelines.AxisTold) string {
	switch {
	case a.Row == 13 && a.Merge != "":
		return ", by merge: " + string(a.Merge)
	case a.Row == 14 && a.OnEdit != "":
		return ", by on_edit: " + string(a.OnEdit)
	}
	return ""
}

// shownSendings is how many deliveries of a cell are shown.
const shownSendings = 3

func showSent(w io.Writer, a pipelines.AxisTold) {
	sent := a.Sent
	if more := len(sent) - shownSendings; more > 0 {
		sent = sent[more:]
		fmt.Fprintf(w, field, "sent", fmt.Sprintf("%s before these; axisync history has all", times(more)))
	}
	for _, s := range sent {
		fmt.Fprintf(w, field, s.Outcome, sendingText(s))
	}
	m := a.Remembered
	if m == nil {
		return
	}
	if m.SentAt != nil {
		how := "sent"
		if m.Offered {
			how = "offered in an import file"
		}
		fmt.Fprintf(w, field, "waiting", fmt.Sprintf("%s was %s at %s and no read has confirmed it yet", quoted(m.Sent), how, moment(*m.SentAt)))
	}
	if m.RefusedAt != nil {
		fmt.Fprintf(w, field, "refused", fmt.Sprintf("%s at %s: %s", quoted(m.Refused), moment(*m.RefusedAt), because(m.Code, m.Reason)))
	}
	if m.Left != "" && a.Since == nil && m.LeftAt != nil {
		fmt.Fprintf(w, field, m.Left, "since "+moment(*m.LeftAt))
	}
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return count(int64(n)) + " times"
}

// sendingText is what became of a cell in a delivery.
func sendingText(s pipelines.Sending) string {
	text := fmt.Sprintf("%s  %s -> %s  by %s", moment(s.At), quoted(s.Before), quoted(s.After), s.Run)
	switch s.Outcome {
	case "conflict":
		text += fmt.Sprintf(": it held %s, nothing was sent", quoted(s.Now))
	case "rejected":
		text += ": " + because(s.Code, s.Reason)
	case "acknowledged":
		text += ": it held the value already"
	}
	return text
}

func because(code, reason string) string {
	if reason == "" {
		return oneLine(code)
	}
	return strings.TrimSpace(oneLine(code) + " " + words.Quoted(reason))
}
