package pipelines

import (
	"context"
	"errors"
	"time"

	"github.com/axisync/axisync/connector/salesforce"
)

// pin checks that the source still belongs to the same org and to the same
// Fincome account, and remembers both the first time. file is for the message.
func (s *state) pin(file, organizationID, userID, fincomeURL string) error {
	if err := s.sameOrg(file, organizationID); err != nil {
		return err
	}
	if s.FincomeURL != "" && fincomeURL != "" && s.FincomeURL != fincomeURL {
		return configurationf("this source belongs to the Fincome account at %s, the file names %s; use another source name for another account", s.FincomeURL, fincomeURL)
	}
	s.OrganizationID, s.UserID = organizationID, userID
	if fincomeURL != "" {
		s.FincomeURL = fincomeURL
	}
	return nil
}

func (m *memory) sameOrg(file, organizationID string) error {
	if m.OrganizationID == "" || m.OrganizationID == organizationID {
		return nil
	}
	return configurationf("this source belongs to the org %s, the login leads to %s; a full sandbox has the same ids: use another source name for another org, or give the source away for good: axisync auth login %s --repin",
		m.OrganizationID, organizationID, file)
}

// belongsTo is sameOrg for what does not hold the source.
func (p *Pipeline) belongsTo(ctx context.Context, organizationID string) error {
	m, _, err := readMemory(ctx, p)
	if err != nil {
		return err
	}
	return m.sameOrg(p.File, organizationID)
}

// repin gives the source to another org. What hangs on the org before is
// forgotten: which properties it had (one that is missing now was never lost),
// the baseline of the guards, what stopped runs and what they would become the
// baseline with, up to when accounts were read, and merges. What hangs on Fincome
// stays: tag and axes, the approvals of axes, and the acknowledgements, for the
// cells hold what we wrote, wherever it came from; so what the new org says
// differently counts against the guard on cells of ours. Plans of before are not
// applied any more.
func (s *state) repin(now time.Time) {
	s.OrganizationID, s.UserID, s.Properties, s.Baseline, s.Repinned = "", "", nil, nil, now.UTC()
	s.Position, s.Deleted, s.Cost = nil, 0, nil
	for i := range s.Runs {
		s.Runs[i].Guards, s.Runs[i].Figures, s.Runs[i].Reached = nil, nil, nil
	}
}

// pinned saves a login that leads to this org: save is called once it is known
// that the source may have it, with the source locked. While a run is at work,
// a login into the org of the source is saved all the same: there is nothing to
// pin, and the run goes on with it. The pin is the last thing written: where it
// cannot be, undo brings back the login of before, and nothing is lost.
func (p *Pipeline) pinned(ctx context.Context, identity salesforce.Identity, repin bool, now time.Time, save saving) error {
	s, _, err := openState(ctx, p, "a login")
	if errors.Is(err, ErrLocked) && !repin {
		return p.pinnedMeanwhile(ctx, identity, save)
	}
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.sameOrg(p.File, identity.OrganizationID); err != nil {
		if !repin {
			return err
		}
		s.repin(now)
	}
	undo, err := save()
	if err != nil {
		return err
	}
	if s.OrganizationID != "" {
		return nil
	}
	s.OrganizationID, s.UserID = identity.OrganizationID, identity.UserID
	if err := s.save(); err != nil {
		return errors.Join(err, undo())
	}
	return nil
}

// saving saves a login so that it can be undone.
type saving func() (undo func() error, err error)

func (p *Pipeline) pinnedMeanwhile(ctx context.Context, identity salesforce.Identity, save saving) error {
	m, _, err := readMemory(ctx, p)
	if err != nil {
		return err
	}
	if err := m.sameOrg(p.File, identity.OrganizationID); err != nil {
		return err
	}
	if m.OrganizationID == "" { // the run at work is about to pin its own
		return ErrLocked
	}
	_, err = save()
	return err
}
