package salesforce

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v6"
)

// job is a query job of Bulk API 2.0.
type job struct {
	rest      *rest
	id        string
	delimiter byte
	rows      int64 // once it is complete
}

// jobState is the job as the server tells it.
type jobState struct {
	ID              string `json:"id"`
	State           string `json:"state"`
	ColumnDelimiter string `json:"columnDelimiter"`
	Rows            *int64 `json:"numberRecordsProcessed"`
	ErrorMessage    string `json:"errorMessage"` // not documented, seen at times
}

var delimiters = map[string]byte{"COMMA": ',', "SEMICOLON": ';', "PIPE": '|', "CARET": '^', "TAB": '\t', "BACKQUOTE": '`'}

// createJob has the server begin a query. A job whose answer is lost on the way
// stays behind, unknown to us, until its results expire after seven days.
func createJob(ctx context.Context, r *rest, soql, operation string) (*job, error) {
	var state jobState
	err := r.call(ctx, request{method: http.MethodPost, path: "/jobs/query", body: map[string]string{
		"operation": operation, "query": soql, "contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "LF",
	}}, &state)
	if err != nil {
		return nil, err
	}
	delimiter, known := delimiters[state.ColumnDelimiter]
	if !identifier(state.ID) || !known {
		return nil, fmt.Errorf("salesforce: the new query job has the id %q and the delimiter %q: not what Bulk API 2.0 answers", state.ID, state.ColumnDelimiter)
	}
	return &job{rest: r, id: state.ID, delimiter: delimiter}, nil
}

func (j *job) path() string { return "/jobs/query/" + j.id }

// wait polls until the job is complete.
func (j *job) wait(ctx context.Context) error {
	c := j.rest.config
	ctx, cancel := context.WithTimeoutCause(ctx, c.JobDeadline,
		fmt.Errorf("not complete after %s: narrow the query or raise the deadline", c.JobDeadline))
	defer cancel()
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval, pauses.Multiplier = c.PollPause, c.PollPauseMax, 1.5
	pauses.Reset()
	for {
		complete, err := j.poll(ctx)
		if cause := context.Cause(ctx); err != nil && cause != nil {
			return fmt.Errorf("salesforce: query job %s: %w", j.id, cause)
		}
		if complete || err != nil {
			return err
		}
		pause := time.NewTimer(pauses.NextBackOff())
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return fmt.Errorf("salesforce: query job %s: %w", j.id, context.Cause(ctx))
		}
	}
}

// poll asks for the state once. A job that did not succeed is an error.
func (j *job) poll(ctx context.Context) (complete bool, err error) {
	var state jobState
	if err := j.rest.call(ctx, request{method: http.MethodGet, path: j.path()}, &state); err != nil {
		return false, err
	}
	switch state.State {
	case "Open", "UploadComplete", "InProgress":
		return false, nil
	case "JobComplete":
		if state.Rows == nil || *state.Rows < 0 {
			return false, fmt.Errorf("salesforce: query job %s is complete but does not tell its number of rows", j.id)
		}
		j.rows = *state.Rows
		return true, nil
	case "Failed":
		reason := oneLine(state.ErrorMessage)
		if reason == "" {
			reason = "Salesforce gives no reason; it is shown in Setup under Bulk Data Load Jobs"
		}
		return false, fmt.Errorf("salesforce: query job %s failed: %s", j.id, reason)
	case "Aborted":
		return false, fmt.Errorf("salesforce: query job %s was aborted by somebody", j.id)
	}
	return false, fmt.Errorf("salesforce: query job %s is in the state %q, which is not known", j.id, state.State)
}

// remove deletes the job and its results on the server. A job that still runs
// is aborted first, for only a job that has ended can be deleted. One that is
// gone already is no error.
func (j *job) remove(ctx context.Context) error {
	err := j.delete(ctx)
	var refused *Error
	if errors.As(err, &refused) && refused.Status == http.StatusBadRequest {
		abort := request{method: http.MethodPatch, path: j.path(), body: map[string]string{"state": "Aborted"}}
		if aborted := j.rest.call(ctx, abort, nil); aborted != nil && !gone(aborted) {
			err = errors.Join(err, aborted) // it may have ended in between: try to delete it all the same
		}
		if again := j.delete(ctx); again == nil {
			err = nil
		}
	}
	if err != nil {
		return fmt.Errorf("query job %s stays on the server: %w", j.id, err)
	}
	return nil
}

func (j *job) delete(ctx context.Context) error {
	err := j.rest.call(ctx, request{method: http.MethodDelete, path: j.path()}, nil)
	if gone(err) {
		return nil
	}
	return err
}

func gone(err error) bool {
	var answer *Error
	return errors.As(err, &answer) && answer.Status == http.StatusNotFound
}
