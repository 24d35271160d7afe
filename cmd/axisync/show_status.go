package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/axisync/axisync/pipelines"
)

// showStandings tells a person how sources stand: a line each, and beneath them what
// waits.
func showStandings(w io.Writer, all []*pipelines.Standing) {
	var lines strings.Builder
	table := tabwriter.NewWriter(&lines, 0, 0, 3, ' ', 0)
	fmt.Fprint(table, "source\tstatus\tlast good run\tage\tfile\n")
	for _, s := range all {
		at, age := "-", "-"
		if s.LastGood != nil {
			at, age = s.LastGood.Started.UTC().Format("2006-01-02 15:04 UTC"), ago(*s.Age)
		}
		if s.Stale {
			age += ", stale"
		}
		name := "-"
		if s.Source != "" {
			name = clip(oneLine(s.Source))
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", name, strings.ReplaceAll(string(s.Status), "_", " "), at, age, s.File)
	}
	table.Flush()
	rows := strings.SplitAfter(strings.TrimSuffix(lines.String(), "\n"), "\n")
	fmt.Fprint(w, rows[0])
	waiting := 0
	for i, s := range all {
		fmt.Fprintln(w, strings.TrimSuffix(rows[i+1], "\n"))
		showStanding(w, s)
		waiting += len(s.Waiting)
	}
	switch waiting {
	case 0:
		fmt.Fprintln(w, "nothing waits for a person")
	case 1:
		fmt.Fprintln(w, "1 thing waits for a person")
	default:
		fmt.Fprintf(w, "%d things wait for a person\n", waiting)
	}
}

// showStanding tells what waits, and who is at work.
func showStanding(w io.Writer, s *pipelines.Standing) {
	for _, waiting := range s.Waiting {
		since := ""
		if waiting.Since != nil {
			since = " since " + waiting.Since.UTC().Format("2006-01-02 15:04 UTC")
		}
		fmt.Fprintf(w, "  %s%s\n%s\n", waiting.For, since, indented("  "+waiting.Text))
		if waiting.Command != "" && !strings.Contains(waiting.Text, waiting.Command) {
			fmt.Fprintf(w, "    to do: %s\n", waiting.Command)
		}
	}
	if s.Status == pipelines.Failing && s.LastRun != nil {
		fmt.Fprintf(w, "  %s: axisync runs %s %s\n", whatFailed(s), s.File, s.LastRun.Run)
	}
	if s.Held != nil {
		fmt.Fprintf(w, "  at work: %s since %s (process %d on %s)\n", s.Held.What, moment(s.Held.Since), s.Held.PID, s.Held.Host)
	}
	if c := s.Connection; c != nil && c.Problem == "" {
		fmt.Fprintf(w, "  %s as %s in %s\n", statuses[c.Status], c.Username, orgText(c))
	}
}

// whatFailed says why a source is failing.
func whatFailed(s *pipelines.Standing) string {
	text := "the newest run failed"
	switch {
	case s.LastRun.Interrupted():
		text = "the newest run was interrupted"
	case s.LastRun.Exit == pipelines.ExitStopped:
		text = "the newest run was stopped"
	}
	if s.LastGood == nil {
		text += " and no run was ever good"
	}
	return text
}

// indented moves the lines of a text to the right.
func indented(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ")
}

// ago is an age as people say it.
func ago(seconds float64) string {
	switch age := time.Duration(seconds * float64(time.Second)); {
	case age < time.Minute:
		return "now"
	case age < time.Hour:
		return fmt.Sprintf("%d min", int(age.Minutes()))
	case age < 48*time.Hour:
		return fmt.Sprintf("%d h", int(age.Hours()))
	default:
		return fmt.Sprintf("%d days", int(age.Hours()/24))
	}
}
