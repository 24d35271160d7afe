package salesforce

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// perhapsDone reports whether a request may have had its effect although its
// answer says nothing of it: the line broke, nobody waited for it any longer, or a
// server gave up on the way.
func perhapsDone(err error) bool {
	var broken *interruption
	var answer *Error
	unheard := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
	return unheard || errors.As(err, &broken) || errors.As(err, &answer) && answer.Status >= 500
}

// listedJob is a job in the list of jobs.
type listedJob struct {
	jobState
	Operation   string      `json:"operation"`
	Object      string      `json:"object"`
	CreatedByID string      `json:"createdById"`
	APIVersion  json.Number `json:"apiVersion"`
}

// The bounds of the search for a lost job.
const (
	mostLists    = 10 // of 1,000 jobs each
	clockError   = time.Minute
	creationTime = 15 * time.Minute
)

// findLost looks for the job whose creation was sent and never answered. The list
// of jobs does not tell their queries, so only a job is taken of which everything
// else is right, which is the only one, and whose query can differ in its columns
// alone: these the first page tells. With a condition in the query, another job of
// the same user could have another one, and none is taken.
func (r *rest) findLost(ctx context.Context, lost *record, q Query) (*jobState, error) {
	found, err := r.candidates(ctx, lost, q.Object)
	var refused *Error
	switch {
	case errors.As(err, &refused) && !refused.Temporary() && !refused.Auth():
		r.config.log().Warn("the answer to the creation of a query job was lost, and the list of jobs cannot be read: a job may stay in Salesforce for seven days", "error", err.Error())
		return nil, nil
	case err != nil || len(found) == 0:
		return nil, err
	case len(found) > 1 || q.condition() != (Query{Deleted: q.Deleted}).condition():
		r.config.log().Warn("the answer to the creation of a query job was lost, and which job of this user it made cannot be told: it stays in Salesforce for seven days",
			"candidates", len(found), "url", r.jobURL(found[0].ID))
		return nil, nil
	}
	r.config.log().Info("the answer to the creation of a query job was lost; the job was found in the list of jobs", "job", found[0].ID)
	return &found[0], nil
}

// candidates are the jobs that the lost one may be.
func (r *rest) candidates(ctx context.Context, lost *record, object string) ([]jobState, error) {
	var found []jobState
	next := request{method: http.MethodGet, path: "/jobs/query", query: url.Values{"jobType": {"V2Query"}}}
	for range mostLists {
		var list struct {
			Records []listedJob `json:"records"`
			Next    string      `json:"nextRecordsUrl"`
		}
		if err := r.once(ctx, next, &list); err != nil {
			return nil, err
		}
		for _, candidate := range list.Records {
			if r.fits(candidate, lost, object) {
				found = append(found, candidate.jobState)
			}
		}
		u, err := url.Parse(list.Next)
		if list.Next == "" || err != nil || !strings.HasPrefix(u.Path, versions+"/") {
			break
		}
		next.path, next.query = u.Path, u.Query()
	}
	return found, nil
}

func (r *rest) fits(candidate listedJob, lost *record, object string) bool {
	sent := lost.Sent.Add(r.clock.offset())
	version := strings.TrimSuffix(candidate.APIVersion.String(), ".0") + ".0"
	return identifier(candidate.ID) && candidate.Operation == lost.Operation && strings.EqualFold(candidate.Object, object) &&
		candidate.ColumnDelimiter == delimiterName && version == lost.APIVersion && sameRecord(candidate.CreatedByID, lost.UserID) &&
		candidate.created().After(sent.Add(-clockError)) && candidate.created().Before(sent.Add(creationTime))
}

// sameRecord compares two Record IDs of 15 or 18 characters.
func sameRecord(a, b string) bool {
	const significant = 15
	return len(a) >= significant && len(b) >= significant && a[:significant] == b[:significant]
}
