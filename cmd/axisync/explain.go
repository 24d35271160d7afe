package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/axisync/axisync/pipelines"
)

func (c *command) explain() *cobra.Command {
	var run string
	cmd := &cobra.Command{
		Use:   "explain PIPELINE CUSTOMER",
		Short: "why a customer has these values, or none",
		Long: `Says which account a customer is and what became of its identifier on the way, and
for each axis: the property that fills it, what is desired, held and acknowledged,
the rule that decided, and what was sent when. It reads the newest snapshot, stopped
by a guard or not, and what is remembered; it contacts nobody, needs no secret and
does not wait for a run at work.

--json gives one object: source, customer, snapshot (run, kind, observed_at, outcome,
guards, deliveries), newest, identification (axis, value, steps, verdict, reason,
account, account_name, matched, candidate, candidate_reason, todo), axes (axis,
properties, desired, held, acknowledged, acknowledged_at, row, case, rule, action,
since, sent, remembered) and warnings. A null text is an empty cell.`,
		Example: "  axisync explain daily.yaml C-104233\n  axisync explain daily.yaml C-104233 --run 20261123-0600-k3f7 --json",
		Args:    exactly("PIPELINE", "CUSTOMER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := c.loadWith(pipelines.LoadOffline, args[0])
			if err != nil {
				return err
			}
			e, err := pipelines.Explain(cmd.Context(), p, args[1], run)
			if err != nil {
				return err
			}
			if c.json {
				return json.NewEncoder(c.out).Encode(e)
			}
			showExplanation(c.out, e)
			return nil
		},
	}
	cmd.Flags().StringVar(&run, "run", "", "the run whose snapshot is asked, instead of the newest")
	return cmd
}

// field is the width of the names before the texts.
const field = "  %-13s %s\n"

func showExplanation(w io.Writer, e *pipelines.Explanation) {
	fmt.Fprintf(w, "%s   customer %s\n%s\n", e.Source, quotedText(e.Customer), snapshotLine(e.Snapshot))
	if !e.Newest {
		fmt.Fprintln(w, "there are newer snapshots; what is remembered is told as it is now")
	}
	showWarnings(w, e.Warnings)
	showIdentity(w, e.Identity)
	for _, axis := range e.Axes {
		showAxis(w, axis)
	}
}

func showWarnings(w io.Writer, warnings []string) {
	for _, warning := range warnings {
		fmt.Fprintf(w, "warning   %s\n", oneLine(warning))
	}
}

// snapshotLine is a snapshot and what became of it in one line.
func snapshotLine(s pipelines.SnapshotTold) string {
	text := fmt.Sprintf("run %s (%s), observed %s, %s", s.Run, s.Kind, moment(s.ObservedAt), strings.ReplaceAll(s.Outcome, "_", " "))
	if s.Outcome == "stopped" {
		text += " by " + strings.Join(s.Guards, ", ")
	}
	if n := len(s.Deliveries); n > 0 {
		last := s.Deliveries[n-1]
		text += " at " + moment(last.At)
		if last.Run != s.Run {
			text += " by the run " + last.Run
		}
	}
	return text
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

func showAxis(w io.Writer, a pipelines.AxisTold) {
	fmt.Fprintf(w, "\n%s\n", oneLine(a.Axis))
	for i, p := range a.Properties {
		name := "property"
		if i > 0 {
			name = "or"
		}
		text := oneLine(p.Property) + " " + quoted(p.Value)
		if !p.Visible {
			text = oneLine(p.Property) + " does not exist or is not visible"
		}
		fmt.Fprintf(w, field, name, text)
	}
	fmt.Fprintf(w, field, "desired", quoted(a.Desired))
	held := quoted(a.Held)
	if a.Unread {
		held = "(not read)"
	} else if a.HeldType != "" {
		held += " (" + a.HeldType + ")"
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
	action := strings.ReplaceAll(a.Action, "_", " ")
	if a.Since != nil {
		action += ", since " + oneLine(*a.Since)
	}
	fmt.Fprintf(w, field, "so it is", action)
	showSent(w, a)
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
		fmt.Fprintf(w, field, "waiting", fmt.Sprintf("%s was sent at %s and no read has confirmed it yet", quoted(m.Sent), moment(*m.SentAt)))
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
	return strings.TrimSpace(oneLine(code) + " " + quotedText(reason))
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// width is how much of a text is shown; --json has it whole.
const width = 120

// quoted is a cell for the terminal: quoted, so that control characters cannot do
// harm, and clipped.
func quoted(text *string) string {
	if text == nil {
		return "(empty)"
	}
	return quotedText(*text)
}

func quotedText(text string) string {
	if runes := []rune(text); len(runes) > width {
		return fmt.Sprintf("%q and %s characters more", string(runes[:width]), count(int64(len(runes)-width)))
	}
	return fmt.Sprintf("%q", text)
}

// oneLine is a text that is shown without quotes: a name, or words that may hold
// one. What cannot be printed is shown as the escape that it is in Go.
func oneLine(text string) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}
