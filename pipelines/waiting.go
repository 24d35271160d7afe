package pipelines

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/words"
)

// Waiting is a thing that waits for a person.
type Waiting struct {
	For     WaitingFor `json:"for"`
	Since   *time.Time `json:"since,omitempty"`
	Run     string     `json:"run,omitempty"`
	Cells   int64      `json:"cells,omitempty"` // of a plan those to write, of rejects those that are new
	Text    string     `json:"text"`
	Command string     `json:"command,omitempty"` // what to type, where one command does
	blocks  bool       // nothing is delivered before it is done
}

// WaitingFor is the kind of a Waiting.
type WaitingFor string

// The kinds.
const (
	WaitGuard         WaitingFor = "guard"         // a run was stopped: somebody decides
	WaitPlan          WaitingFor = "plan"          // a plan is not applied
	WaitCanary        WaitingFor = "canary"        // only a few customers were delivered to
	WaitReconnect     WaitingFor = "reconnect"     // nobody has logged in, or the login does not work any more
	WaitConfiguration WaitingFor = "configuration" // the file is to be mended
	WaitProbe         WaitingFor = "probe"         // how Fincome behaves is not known
	WaitRestore       WaitingFor = "restore"       // a probe was cut short: its customer is to be put back
	WaitRejects       WaitingFor = "rejects"       // the newest run had new rejects or conflicts
)

// waiting gathers what waits for a person, by what the state says.
func (a *archive) waiting(ctx context.Context, now time.Time) ([]Waiting, error) {
	all := []Waiting{}
	for _, find := range []func(context.Context, time.Time) (*Waiting, error){a.waitsForRestore, a.waitsForLogin, a.waitsForMending, a.waitsForDecision, a.waitsForApply, a.waitsForOthers, a.waitsForProbe, a.waitsForRejects} {
		found, err := find(ctx, now)
		if err != nil {
			return nil, err
		}
		if found != nil && !slices.ContainsFunc(all, func(w Waiting) bool { return w.For == WaitProbe && found.For == WaitProbe }) {
			all = append(all, *found)
		}
	}
	return all, nil
}

func (a *archive) waitsForRestore(ctx context.Context, _ time.Time) (*Waiting, error) {
	var left unfinished
	if there, err := a.read(ctx, unfinishedFile, &left); !there || err != nil {
		return nil, err
	}
	return &Waiting{For: WaitRestore, Since: moment(left.Started), Text: "a probe was cut short and may have left its own values on its customer", Command: a.probeCommand("--restore"), blocks: true}, nil
}

// newest is the newest run that tells how the source stands: not one that was
// interrupted, a rollback, or an apply of a plan that is not there or is refused.
func (a *archive) newest() *record {
	for _, r := range slices.Backward(a.Runs) {
		if !r.interrupted() && r.Kind != kindRollback && (r.Kind != "apply" || r.Exit != ExitConfiguration) && !r.refusedPlan() {
			return &r
		}
	}
	return nil
}

// refusedPlan reports whether a run is an apply of a plan that was too old, overtaken or
// of another configuration: that says nothing of the source.
func (r *record) refusedPlan() bool {
	return r.Kind == "apply" && r.Exit == ExitStopped && len(r.Guards) == 0 && r.Awaits == ""
}

func (a *archive) waitsForLogin(ctx context.Context, _ time.Time) (*Waiting, error) {
	login := "axisync auth login " + a.File
	var since *time.Time
	if a.keepsToken() {
		token, err := a.tokenStore().Stored()
		switch {
		case ExitCode(err) == ExitAuthorization || err == nil && token == nil && a.Salesforce.Flow == salesforce.FlowAuthorizationCode:
			return &Waiting{For: WaitReconnect, Text: "nobody has logged in for this source yet", Command: login, blocks: true}, nil
		case err != nil:
			return nil, err
		case token != nil:
			since = moment(token.LoggedIn)
		}
	}
	last := a.newest()
	if last == nil || last.Exit != ExitAuthorization || since != nil && since.After(last.Started) {
		return nil, nil
	}
	w, err := a.because(ctx, last, WaitReconnect)
	if err == nil && a.keepsToken() {
		w.Command = login
	}
	return w, err
}

func (a *archive) waitsForMending(ctx context.Context, _ time.Time) (*Waiting, error) {
	if last := a.newest(); last != nil && last.Exit == ExitConfiguration {
		return a.because(ctx, last, WaitConfiguration)
	}
	return nil, nil
}

// because is a run that ended with an error, which says why.
func (a *archive) because(ctx context.Context, r *record, what WaitingFor) (*Waiting, error) {
	w := &Waiting{For: what, Since: moment(r.Started), Run: r.Run, Text: "the " + r.Kind + " ended with exit code " + fmt.Sprint(r.Exit), blocks: true}
	result, err := a.result(ctx, r.Run)
	if err == nil && result != nil && result.Error != "" {
		w.Text = result.Error
	}
	return w, err
}

// waitsForDecision: the newest run that was stopped, unless one has ended well since.
func (a *archive) waitsForDecision(ctx context.Context, now time.Time) (*Waiting, error) {
	for _, r := range slices.Backward(a.Runs) {
		switch {
		case a.upToDate(r), r.Kind == "plan" && r.Exit == ExitDone:
			return nil, nil
		case r.Kind == "apply" && r.Left > 0: // somebody has decided; see waitsForOthers
			return nil, nil
		case r.Exit != ExitStopped, r.refusedPlan():
			continue
		case r.Awaits == WaitProbe:
			return a.stoppedForProbe(ctx, &r, now)
		}
		w, err := a.because(ctx, &r, WaitGuard)
		if err != nil || len(r.Guards) == 0 {
			return w, err
		}
		texts := make([]string, len(r.Guards))
		for i, guard := range r.Guards {
			texts[i] = guard.Name + ": " + guard.Text
		}
		w.Text = strings.Join(texts, "; ")
		if !a.Deliver {
			return w, nil
		}
		if w.Command = "axisync apply " + a.File + " " + r.Run; now.Sub(r.Started) > planAge {
			w.Text += "; it is too old to apply by now"
			w.Command = "axisync plan " + a.File
		}
		return w, nil
	}
	return nil, nil
}

// appliable reports whether a run is remembered whose plan is not too old to apply.
func (a *archive) appliable(run string, now time.Time) bool {
	planned := a.run(run)
	return planned != nil && now.Sub(planned.Started) <= planAge
}

// stoppedForProbe: a run that stopped because a probe is missing waits for it and, once
// it is there, to be gone on with.
func (a *archive) stoppedForProbe(ctx context.Context, r *record, now time.Time) (*Waiting, error) {
	missing, err := a.waitsForProbe(ctx, now)
	if err != nil {
		return nil, err
	}
	if missing != nil {
		w, err := a.because(ctx, r, WaitProbe)
		w.Command = missing.Command
		return w, err
	}
	if !a.appliable(r.Delivered, now) {
		return nil, nil
	}
	return &Waiting{For: WaitPlan, Since: moment(r.Started), Run: r.Delivered, Text: "the probe is there and the rest of this run is not delivered", Command: "axisync apply " + a.File + " " + r.Delivered}, nil
}

// waitsForApply: the newest plan, while it can be applied and nothing was delivered
// since.
func (a *archive) waitsForApply(ctx context.Context, now time.Time) (*Waiting, error) {
	for _, r := range slices.Backward(a.Runs) {
		switch {
		case !a.Deliver, now.Sub(r.Started) > planAge, r.Delivered != "", a.upToDate(r):
			return nil, nil
		case r.Outcome != "planned" || r.Exit != ExitDone:
			continue
		}
		result, err := a.result(ctx, r.Run)
		if err != nil || result == nil || result.Cells.NotAttempted == 0 {
			return nil, err
		}
		return &Waiting{For: WaitPlan, Since: moment(r.Started), Run: r.Run, Cells: result.Cells.NotAttempted,
			Text: fmt.Sprintf("a %s of %s cells is not applied", r.Kind, words.Count(result.Cells.NotAttempted)), Command: "axisync apply " + a.File + " " + r.Run}, nil
	}
	return nil, nil
}

// waitsForOthers: those that the newest canary left, while nothing was delivered since.
func (a *archive) waitsForOthers(_ context.Context, now time.Time) (*Waiting, error) {
	for _, r := range slices.Backward(a.Runs) {
		switch {
		case a.upToDate(r), r.Outcome == "planned" && r.Exit == ExitDone && now.Sub(r.Started) <= planAge: // it has their cells
			return nil, nil
		case r.Left == 0:
			continue
		}
		w := &Waiting{For: WaitCanary, Since: moment(r.Started), Run: r.Run, Cells: r.Left, Command: "axisync run " + a.File,
			Text: fmt.Sprintf("a canary left %s cells of other customers", words.Count(r.Left))}
		if r.Kind == "apply" && a.appliable(r.Delivered, now) {
			w.Command = fmt.Sprintf("axisync apply %s %s", a.File, r.Delivered)
		}
		return w, nil
	}
	return nil, nil
}

// waitsForProbe: as a check tells it.
func (a *archive) waitsForProbe(ctx context.Context, _ time.Time) (*Waiting, error) {
	var found probed
	there, err := a.read(ctx, probedFile, &found)
	if err != nil || !a.overAPI() {
		return nil, err
	}
	known := a.Pipeline
	if there && (a.FincomeURL == "" || a.FincomeURL == found.BaseURL) {
		known = a.adopt(&found)
	}
	w := &Waiting{For: WaitProbe, Command: a.probeCommand("--customer ID")}
	switch {
	case known.Update == "unknown":
		w.Text = "how this Fincome account behaves is not known: at most 20 customers a run are written and nothing is cleared"
	case known == a.Pipeline && known.Clear == "unknown":
		w.Text = "how a cell is cleared is not known: nothing is"
	default:
		return nil, nil
	}
	return w, nil
}

func (a *archive) waitsForRejects(ctx context.Context, _ time.Time) (*Waiting, error) {
	last := a.newest()
	if last == nil || last.Exit != ExitRejects {
		return nil, nil
	}
	w := &Waiting{For: WaitRejects, Since: moment(last.Started), Run: last.Run, Text: "the newest run had new rejects or conflicts", Command: "axisync rejects " + a.File}
	result, err := a.result(ctx, last.Run)
	if err == nil && result != nil {
		w.Cells = result.Cells.Rejected + result.Cells.Conflicts
		w.Text = fmt.Sprintf("%s cells were rejected and %s in conflict", words.Count(result.Cells.Rejected), words.Count(result.Cells.Conflicts))
	}
	return w, err
}
