package pipelines

import (
	"cmp"
	"slices"
	"time"
)

// choose takes the snapshots of the window, oldest first. One whose manifest cannot be
// read stands where the time in the id of its run puts it.
func (t *trending) choose(window Window) error {
	for _, f := range slices.Concat(t.found, t.damaged) {
		if f.Err != nil {
			f.ObservedAt = timeOfRun(f.RunID)
		}
		t.steps = append(t.steps, trendStep{found: f, err: f.Err})
	}
	t.warnings = nil // the damaged ones are told in their places
	slices.SortFunc(t.steps, func(a, b trendStep) int {
		return cmp.Or(a.found.ObservedAt.Compare(b.found.ObservedAt), cmp.Compare(a.found.RunID, b.found.RunID))
	})
	if len(t.steps) == 0 {
		return t.none()
	}
	t.Found = len(t.steps)
	all := t.steps
	t.steps = slices.DeleteFunc(slices.Clone(all), func(s trendStep) bool {
		at := s.found.ObservedAt
		return !window.Since.IsZero() && at.Before(window.Since) || !window.Until.IsZero() && !at.Before(window.Until.AddDate(0, 0, 1))
	})
	if len(t.steps) == 0 {
		return configurationf("none of the %d snapshots in %s was observed in that time; they are from %s to %s (UTC)", len(all), t.Parquet,
			all[0].found.ObservedAt.UTC().Format(time.DateOnly), all[len(all)-1].found.ObservedAt.UTC().Format(time.DateOnly))
	}
	if window.Last > 0 && len(t.steps) > window.Last {
		t.steps = t.steps[len(t.steps)-window.Last:]
	}
	t.LeftOut = len(all) - len(t.steps)
	return nil
}

// timeOfRun is the time in the id of a run, to the minute; zero where it has none.
func timeOfRun(id string) time.Time {
	const form = "20060102-1504"
	at, err := time.Parse(form, id[:min(len(id), len(form))])
	if err != nil {
		return time.Time{}
	}
	return at
}
