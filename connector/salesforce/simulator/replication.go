package simulator

import (
	"net/http"
	"strings"
	"time"

	"github.com/axisync/axisync/connector/salesforce/simulator/org"
	"github.com/axisync/axisync/connector/salesforce/simulator/soql"
)

const (
	// replicationDays is how far back a span may begin, deletionDays how far the
	// log of deletions reaches.
	replicationDays = 30
	deletionDays    = 15
)

// PurgeDeletions empties the log of deletions, as Salesforce does when it grows
// large: of what happened until now it tells nothing any more.
func (s *Server) PurgeDeletions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.purged = s.now()
}

// span is what a list of deleted or updated records is asked for.
type span struct {
	view *org.View
	// from and to are whole minutes, to is not part of it.
	from, to time.Time
	covered  time.Time // latestDateCovered
	earliest time.Time // of the log of deletions
	limit    int
}

func replicationDate(message string) error { return badRequest("INVALID_REPLICATION_DATE", message) }

// span reads and checks the span of a request. Seconds are ignored, as
// documented.
func (s *Server) span(c *call) (span, error) {
	if !strings.EqualFold(c.args[0], "Account") {
		return span{}, errNotFound
	}
	query := c.r.URL.Query()
	from, fromOK := soql.ParseDatetime(query.Get("start"))
	to, toOK := soql.ParseDatetime(query.Get("end"))
	if !fromOK || !toOK {
		return span{}, badRequest("INVALID_FIELD", "start and end have to be date-times such as 2026-06-01T00:00:00Z")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	asked := span{view: s.view, from: from.Truncate(time.Minute), to: to.Truncate(time.Minute), earliest: now.AddDate(0, 0, -deletionDays),
		limit: s.config.ReplicationLimit}
	switch {
	case asked.from.Before(now.AddDate(0, 0, -replicationDays).Truncate(time.Minute)):
		return span{}, replicationDate("startDate cannot be more than 30 days ago")
	case !asked.to.After(asked.from):
		return span{}, replicationDate("endDate must be at least one minute greater than startDate")
	}
	if s.purged.After(asked.earliest) {
		asked.earliest = s.purged
	}
	asked.covered = s.covered(asked.to, now)
	return asked, nil
}

// covered is how far an answer reaches: not past the beginning of a transaction
// that is open. The caller holds the mutex.
func (s *Server) covered(to, now time.Time) time.Time {
	if now.Before(to) {
		to = now
	}
	for t := range s.open {
		if t.at.Before(to) {
			to = t.at
		}
	}
	return to
}

// changed yields the accounts of the span that were deleted, or that were not.
func (p *span) changed(deleted bool, yield func(org.Account, time.Time)) error {
	count := 0
	for a := range p.view.All() {
		if a.Deleted() != deleted {
			continue
		}
		if at := a.Stamp(); !at.Before(p.from) && at.Before(p.to) && (!deleted || !at.Before(p.earliest)) {
			if count++; count > p.limit {
				return badRequest("EXCEEDED_ID_LIMIT", "too many results in this span: ask for a shorter one")
			}
			yield(a, at)
		}
	}
	return nil
}

// deleted lists the accounts deleted in a span of time, hard deletes and losers
// of merges among them. Who came back is not in it.
func (s *Server) deleted(c *call) error {
	asked, err := s.span(c)
	if err != nil {
		return err
	}
	if s.logStartsAfter(asked) {
		return replicationDate("the log of deletions was purged after startDate")
	}
	records := []map[string]string{}
	if err := asked.changed(true, func(a org.Account, at time.Time) {
		records = append(records, map[string]string{"id": a.ID(), "deletedDate": at.Format(timeLayout)})
	}); err != nil {
		return err
	}
	writeJSON(c.w, http.StatusOK, map[string]any{"deletedRecords": records, "earliestDateAvailable": asked.earliest.Format(timeLayout),
		"latestDateCovered": asked.covered.Format(timeLayout)})
	return nil
}

// logStartsAfter reports whether the log was purged within the span. A span that
// only begins before the fifteen days is answered, and earliestDateAvailable
// tells how far back.
func (s *Server) logStartsAfter(asked span) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.purged.After(asked.from)
}

// updated lists the accounts that live and appeared, changed or came back in a
// span of time.
func (s *Server) updated(c *call) error {
	asked, err := s.span(c)
	if err != nil {
		return err
	}
	list := []string{}
	if err := asked.changed(false, func(a org.Account, _ time.Time) { list = append(list, a.ID()) }); err != nil {
		return err
	}
	writeJSON(c.w, http.StatusOK, map[string]any{"ids": list, "latestDateCovered": asked.covered.Format(timeLayout)})
	return nil
}
