package pipelines

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/axisync/axisync/transform"
)

// guard holds the run against its guards. Those that an allowance lifts do not stop
// it.
func (r *run) guard() {
	evidence := transform.Evidence{Limits: r.Limits, Now: r.figures(), Matching: r.matching, Axes: r.rules.Axes, Decisions: r.decisions, RolledBack: r.state.RolledBack}
	if r.state.Baseline != nil {
		evidence.Before = &r.state.Baseline.History
	}
	for _, guard := range transform.Guards(evidence) {
		if r.lifted(guard) {
			r.result.Lifted = append(r.result.Lifted, guard)
			r.note("the guard %s was lifted by --allow: %s", guard.Name, guard.Text)
			continue
		}
		r.noteAllowance(guard)
		result := GuardResult{Guard: guard}
		if r.Deliver && r.result.Kind == "run" {
			result.Lift = fmt.Sprintf("axisync run %s --allow %s@%s", r.File, guard.Name, r.id)
		}
		r.result.Guards = append(r.result.Guards, result)
	}
}

// stopped is the error of a run that guards hold back, with the commands that lift
// them, and the one that delivers it as it is.
func (r *run) stopped() error {
	text := fmt.Sprintf("stopped by %d guards, nothing was sent", len(r.result.Guards))
	if len(r.result.Guards) == 1 {
		text = "stopped by 1 guard, nothing was sent"
	}
	for _, guard := range r.result.Guards {
		text += fmt.Sprintf("\n  %s: %s", guard.Name, guard.Text)
		if guard.Lift != "" {
			text += "\n    once: " + guard.Lift
		}
	}
	if r.Deliver {
		text += fmt.Sprintf("\ndeliver anyway: axisync apply %s %s", r.File, r.id)
	}
	return &StoppedError{text}
}

// figures are what a later run compares itself with.
func (r *run) figures() transform.History {
	h := transform.History{
		Accounts: r.matching.Accounts, Identified: r.matching.Identified, MatchRate: r.matching.MatchRate(),
		Nulls: map[string]float64{}, Lost: r.lost, User: r.state.UserID, Configuration: r.meaning(),
	}
	nulls := r.accounts.Nulls()
	for _, axis := range r.rules.Axes {
		if axis.State != transform.Usable || r.matching.Accounts == 0 {
			continue
		}
		for _, source := range axis.Properties {
			h.Nulls[source.Property] = float64(nulls[source.Property]) / float64(r.matching.Accounts)
		}
	}
	return h
}

// meaning is what of the file says what rows and cells mean, by its keys. The list
// of properties is not part of it: one more or less changes no other cell.
func (p *Pipeline) meaning() map[string]string {
	customers := "api " + p.CustomersIDColumn
	if p.CustomersFile != "" {
		customers = "file " + p.CustomersIDColumn
	}
	if len(p.CustomersColumns) > 0 || p.CustomersSheet != "" {
		customers += fmt.Sprintf(" %q %v", p.CustomersSheet, p.CustomersColumns)
	}
	return map[string]string{
		"salesforce.object": p.Object, "salesforce.where": p.Where, "match.key": p.Key,
		"match.accept": strconv.FormatBool(p.Strict), "match.trim": strconv.FormatBool(p.Trim), "match.fold_case": strconv.FormatBool(p.Fold),
		"fincome.identification_axis": p.IdentificationAxis, "fincome.customers": customers,
		"sinks":                    p.receives(),
		"axes (tag, prefix, bare)": fmt.Sprint(p.Naming.Tag, "|", p.Naming.Prefix, "|", p.Naming.Bare),
	}
}

// Allowance lifts a guard that stopped an earlier run: once, and only if no figure
// of it is worse than it was in that run.
type Allowance struct{ Guard, Run string }

// ParseAllowance reads GUARD@RUN. The error says what is wrong with it.
func ParseAllowance(text string) (Allowance, error) {
	guard, run, ok := strings.Cut(text, "@")
	switch {
	case !ok || !runIDForm.MatchString(run):
		return Allowance{}, fmt.Errorf("%q is not GUARD@RUN, such as rows_fell@20261123-0600-k3f7: the run is the one that the guard stopped", text)
	case !slices.Contains(transform.GuardNames(), guard):
		return Allowance{}, fmt.Errorf("there is no guard %q; there are %s", guard, strings.Join(transform.GuardNames(), ", "))
	}
	return Allowance{guard, run}, nil
}

func (a Allowance) String() string { return a.Guard + "@" + a.Run }

// checkAllowances refuses, before anything is contacted, those that can lift
// nothing.
func (r *run) checkAllowances() error {
	var problems []error
	for _, a := range r.Allow {
		record := r.state.run(a.Run)
		switch {
		case slices.Contains(r.state.Allowed, a.String()):
			problems = append(problems, configurationf("--allow %s has lifted its guard already, and holds once; if it trips again, look at it again", a))
		case record == nil:
			problems = append(problems, configurationf("--allow %s: this source knows no run %s", a, a.Run))
		case !slices.ContainsFunc(record.Guards, func(g transform.Guard) bool { return g.Name == a.Guard }):
			problems = append(problems, configurationf("--allow %s: the guard %s did not stop the run %s", a, a.Guard, a.Run))
		}
	}
	return errors.Join(problems...)
}

// lifted reports whether an allowance lifts a guard: it stopped the run that the
// allowance names, over the same thing, and is no worse now.
func (r *run) lifted(guard transform.Guard) bool {
	for _, a := range r.Allow {
		record := r.state.run(a.Run)
		if a.Guard != guard.Name || record == nil {
			continue
		}
		for _, then := range record.Guards {
			if then.Name == guard.Name && then.Subject == guard.Subject && guard.Figure <= then.Figure {
				return true
			}
		}
	}
	return false
}

// noteAllowance says why an allowance of a guard does not lift it.
func (r *run) noteAllowance(guard transform.Guard) {
	for _, a := range r.Allow {
		record := r.state.run(a.Run)
		if a.Guard != guard.Name || record == nil {
			continue
		}
		text := "it is about something else now"
		for _, then := range record.Guards {
			if then.Name == guard.Name && then.Subject == guard.Subject {
				text = "it is worse now than in that run: " + then.Text
			}
		}
		r.note("--allow %s does not lift the guard: %s", a, text)
	}
}

// useAllowances notes that those were used that lifted a guard.
func (r *run) useAllowances() {
	for _, a := range r.Allow {
		if slices.ContainsFunc(r.result.Lifted, func(g transform.Guard) bool { return g.Name == a.Guard }) {
			r.state.Allowed = remember(r.state.Allowed, a.String())
		}
	}
}

// approve remembers the axes whose merge was lifted: a person has seen what is
// replaced there.
func (r *run) approve() error {
	before := r.state.RolledBack
	for _, guard := range r.result.Lifted {
		switch {
		case guard.Name == transform.GuardMerge && slices.Contains(r.foreignAxes(), guard.Subject):
			r.approveAxes(guard.Subject)
		case guard.Name == transform.GuardRolledBack:
			r.state.RolledBack = ""
		}
	}
	if len(r.approved) == 0 && r.state.RolledBack == before {
		return nil
	}
	return r.state.save()
}

// approveAxes lets axes replace values that we did not write, from this run on.
func (r *run) approveAxes(axes ...string) {
	for _, axis := range axes {
		if !slices.Contains(r.state.Approved, axis) {
			r.state.Approved = remember(r.state.Approved, axis)
			r.approved = append(r.approved, axis)
		}
	}
}

// record remembers the run, and makes it the baseline when it ended well.
func (r *run) record() {
	record := record{Run: r.id, Kind: r.result.Kind, Outcome: r.result.Outcome, Exit: r.result.Exit, Started: r.result.Started, Approved: r.approved, Delivered: r.delivered, Awaits: r.awaits}
	if r.first != nil && r.deliveredBefore() == "" {
		record.Left = r.result.Cells.NotAttempted
	}
	for _, guard := range r.result.Guards {
		record.Guards = append(record.Guards, guard.Guard)
	}
	if r.result.Snapshot != "" && r.result.Kind != "apply" && r.result.Kind != "rollback" {
		figures := r.figures()
		record.Figures = &figures
		if len(record.Guards) > 0 {
			record.Reached = r.reading.reached
		}
	}
	r.state.Runs = append(r.state.Runs, record)
	if r.result.Exit != ExitDone && r.result.Exit != ExitRejects {
		return
	}
	if r.LimitCustomers > 0 { // a canary is no baseline
		r.useAllowances()
		return
	}
	switch r.result.Kind {
	case "run":
		r.useAllowances()
		r.state.Baseline = &baseline{Run: r.id, Started: record.Started, History: *record.Figures}
	case "apply":
		if !r.rollsBack { // which says nothing of the accounts
			r.state.Baseline = r.appliedBaseline()
			r.adoptPosition()
		}
	}
}

// appliedBaseline is the baseline that the plan of an earlier run becomes. When the
// state has forgotten that run, its snapshot says the least.
func (r *run) appliedBaseline() *baseline {
	if r.applied != nil && r.applied.Figures != nil {
		return &baseline{Run: r.applied.Run, Started: r.applied.Started, History: *r.applied.Figures}
	}
	return &baseline{Run: r.id, Started: r.result.Started, History: transform.History{
		Accounts: r.result.Accounts, Identified: r.result.Identified, MatchRate: r.matching.MatchRate(),
		User: r.state.UserID, Configuration: maps.Clone(r.meaning())}}
}
