package simulator

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The states of a job.
const (
	stateUploadComplete = "UploadComplete"
	stateInProgress     = "InProgress"
	stateAborted        = "Aborted"
	stateJobComplete    = "JobComplete"
	stateFailed         = "Failed"
)

const (
	// pollPatience is how long a poll waits for a result that is about to be ready,
	// so that a small job is complete at the poll it should be complete at.
	pollPatience = 2 * time.Second
	// retentionDays is how long a job is kept.
	retentionDays = 7
	timeLayout    = "2006-01-02T15:04:05.000-0700"
)

// job is a query job. Its fields below created are guarded by the server's mutex.
type job struct {
	id, resultID          string
	operation, query      string
	delimiter, lineEnding string
	creator               string
	version, day          int
	chunkable             bool
	created               time.Time
	result                *result

	state    string
	message  string // why it failed, may be empty
	polls    int
	stuck    bool // it never completes
	modified time.Time
	// issued are the rows that locators were given for.
	issued map[int]bool
}

func (j *job) terminated() bool {
	return j.state == stateJobComplete || j.state == stateAborted || j.state == stateFailed
}

func (j *job) enter(state string, at time.Time) {
	if j.state != state {
		j.state, j.modified = state, at
	}
}

// short is what creation and abortion answer, in part.
func (j *job) short() map[string]any {
	return map[string]any{
		"id":              j.id,
		"operation":       j.operation,
		"object":          "Account",
		"createdById":     j.creator,
		"createdDate":     j.created.UTC().Format(timeLayout),
		"systemModstamp":  j.modified.UTC().Format(timeLayout),
		"state":           j.state,
		"concurrencyMode": "Parallel",
		"contentType":     "CSV",
		"apiVersion":      json.Number(strconv.Itoa(j.version) + ".0"), // with its .0, as Salesforce writes it
	}
}

// created is the answer to the creation.
func (j *job) description() map[string]any {
	d := j.short()
	d["lineEnding"], d["columnDelimiter"] = j.lineEnding, j.delimiter
	return d
}

// status is the answer to a poll.
func (j *job) status() map[string]any {
	d := j.description()
	d["jobType"] = "V2Query"
	d["retries"] = 0
	d["isPkChunkingSupported"] = j.chunkable
	d["numberRecordsProcessed"], d["totalProcessingTime"] = 0, 0
	if j.state == stateJobComplete {
		d["numberRecordsProcessed"] = len(j.result.rows)
		d["totalProcessingTime"] = j.modified.Sub(j.created).Milliseconds()
	}
	if j.message != "" {
		d["errorMessage"] = j.message
	}
	return d
}

// queueShare is the part of the latency of a job, as a divisor, in which it waits.
const queueShare = 4

// poll moves a job on, as time does with a real one, and counts.
func (s *Server) poll(ctx context.Context, j *job) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	j.polls++
	s.move(ctx, j)
	return j.status()
}

// pass moves a job on that takes its time, without a poll. The caller holds the
// mutex, which is let go of meanwhile.
func (s *Server) pass(ctx context.Context, j *job) {
	if s.config.JobLatency > 0 {
		s.move(ctx, j)
	}
}

// move brings a job to the state it has by now. The caller holds the mutex,
// which is let go of meanwhile.
func (s *Server) move(ctx context.Context, j *job) {
	if j.terminated() {
		return
	}
	age, latency := s.now().Sub(j.created), s.config.JobLatency
	if j.polls <= s.config.PollsUntilComplete || age < latency || j.stuck {
		byPolls := j.polls > 1 || j.polls == 1 && s.config.PollsUntilComplete == 1
		if byPolls && latency == 0 || latency > 0 && age >= latency/queueShare {
			j.enter(stateInProgress, s.now())
		}
		return
	}
	s.mu.Unlock()
	ready := j.result.wait(ctx)
	s.mu.Lock()
	if j.terminated() { // aborted meanwhile
		return
	}
	switch message, failed := s.failure(j); {
	case failed:
		j.enter(stateFailed, s.now())
		j.message = message
		s.discard(j)
	case ready:
		j.enter(stateJobComplete, s.now())
	default:
		j.enter(stateInProgress, s.now())
	}
}

// wait waits a little for the result to be ready.
func (r *result) wait(ctx context.Context) bool {
	patience := time.NewTimer(pollPatience)
	defer patience.Stop()
	select {
	case <-r.ready:
		return true
	case <-patience.C:
	case <-ctx.Done():
	}
	return false
}

func (s *Server) failure(j *job) (message string, failed bool) {
	if s.config.FailJob == nil {
		return "", false
	}
	return s.config.FailJob(j.query)
}

// locator is the opaque name of the page that begins with a row. Real ones are
// base64 without padding too.
func (j *job) locator(row int) string {
	j.issued[row] = true
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "0:%s:%d", j.resultID, row))
}

// row finds the row that a locator names. A locator that was not given, or was
// given by another job, is refused.
func (j *job) row(locator string) (int, error) {
	refused := badRequest("INVALID_QUERY_LOCATOR", "invalid query locator")
	text, err := base64.RawURLEncoding.DecodeString(locator)
	if err != nil {
		return 0, refused
	}
	parts := strings.Split(string(text), ":")
	if len(parts) != 3 || parts[1] != j.resultID {
		return 0, refused
	}
	row, err := strconv.Atoi(parts[2])
	if err != nil || !j.issued[row] {
		return 0, refused
	}
	return row, nil
}
