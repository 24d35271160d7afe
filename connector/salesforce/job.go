package salesforce

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/cenkalti/backoff/v6"

	"github.com/axisync/axisync/grace"
)

// job is a query job of Bulk API 2.0. Its calls are made in the API version that
// made it: any other is refused.
type job struct {
	rest   *rest
	dir    string // of its record and its pages
	record *record
	rows   int64 // once it is complete
}

// jobState is the job as the server tells it.
type jobState struct {
	ID              string `json:"id"`
	State           string `json:"state"`
	CreatedDate     string `json:"createdDate"`
	ColumnDelimiter string `json:"columnDelimiter"`
	Rows            *int64 `json:"numberRecordsProcessed"`
	ErrorMessage    string `json:"errorMessage"` // not documented, seen at times
}

// created is when the job was made, by the server's clock; zero where it does not
// say so in a form that was seen.
func (s jobState) created() time.Time {
	for _, layout := range []string{"2006-01-02T15:04:05.000-0700", time.RFC3339Nano} {
		if t, err := time.Parse(layout, s.CreatedDate); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// delimiterName is the delimiter that is asked for.
const delimiterName = "COMMA"

var delimiters = map[string]byte{"COMMA": ',', "SEMICOLON": ';', "PIPE": '|', "CARET": '^', "TAB": '\t', "BACKQUOTE": '`'}

// job is the job of a record.
func (o *Org) job(r *record, dir string) *job {
	j := &job{rest: o.rest.tally(), dir: dir, record: r}
	j.rest.version = r.APIVersion
	if r.Rows != nil {
		j.rows = *r.Rows
	}
	return j
}

// create has the server begin the query, in the given version. Where an answer is
// lost on the way, the job is looked for before it is asked for again; lost says
// that it was asked for before. A creation on its way outlives ctx for a while: the
// job of an interrupted one is known then, and can be deleted.
func (j *job) create(ctx context.Context, q Query, lost bool, version string) error {
	var state jobState
	err := j.rest.config.retry(ctx, func() error {
		if lost {
			found, err := j.rest.findLost(ctx, j.record, q)
			if err != nil {
				return err
			}
			if found != nil {
				state, j.record.Found = *found, true
				return nil
			}
		}
		if ctx.Err() != nil {
			return fmt.Errorf("salesforce: no query job was made: %w", context.Cause(ctx))
		}
		j.rest.version, j.record.APIVersion, j.record.Sent = version, version, time.Now().UTC()
		if err := j.note(); err != nil {
			return err
		}
		outliving, cancel := grace.Outlive(ctx)
		defer cancel()
		err := j.rest.once(outliving, j.creation(), &state)
		if lost = perhapsDone(err); err == nil {
			j.rest.jobs.Add(1)
		}
		return err
	})
	if err == nil {
		err = j.accept(state)
	}
	if err != nil && !lost {
		_ = os.Remove(filepath.Join(j.dir, RecordName)) // it was refused: there is nothing to look for
	}
	return err
}

func (j *job) creation() request {
	return request{method: http.MethodPost, path: "/jobs/query", body: map[string]string{
		"operation": j.record.Operation, "query": j.record.SOQL, "contentType": "CSV", "columnDelimiter": delimiterName, "lineEnding": "LF",
	}}
}

// accept notes the job that the server has made.
func (j *job) accept(state jobState) error {
	if _, known := delimiters[state.ColumnDelimiter]; !identifier(state.ID) || !known {
		return fmt.Errorf("salesforce: the new query job has the id %q and the delimiter %q: not what Bulk API 2.0 answers", state.ID, state.ColumnDelimiter)
	}
	j.record.ID, j.record.Delimiter, j.record.Created = state.ID, state.ColumnDelimiter, state.created()
	return j.note()
}

func (j *job) path() string { return "/jobs/query/" + j.record.ID }

// url is the page of the job in Setup.
func (j *job) url() string { return j.rest.jobURL(j.record.ID) }

func (r *rest) jobURL(id string) string {
	return r.session.instance().String() + "/lightning/setup/AsyncApiJobStatus/page?address=%2F" + id
}

// errDeadline: the job does not complete.
var errDeadline = errors.New("narrow the query or raise the deadline")

// silence is how long a job that works may go untold.
const silence = time.Minute

// wait polls until the job is complete.
func (j *job) wait(ctx context.Context) error {
	c := j.rest.config
	ctx, cancel := context.WithDeadlineCause(ctx, j.record.Sent.Add(c.JobDeadline),
		fmt.Errorf("not complete after %s: %w; see %s", c.JobDeadline, errDeadline, j.url()))
	defer cancel()
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval, pauses.Multiplier = c.PollPause, c.PollPauseMax, 1.5
	pauses.Reset()
	told := time.Now()
	for {
		complete, err := j.poll(ctx)
		if cause := context.Cause(ctx); err != nil && cause != nil {
			return j.wrap(cause)
		}
		if complete || err != nil {
			return err
		}
		if time.Since(told) >= silence {
			told = time.Now()
			c.log().Info("the query job is still at work", "job", j.record.ID, "since", time.Since(j.record.Sent).Round(time.Second), "at most", c.JobDeadline)
		}
		pause := time.NewTimer(pauses.NextBackOff())
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return j.wrap(context.Cause(ctx))
		}
	}
}

func (j *job) wrap(err error) error {
	return fmt.Errorf("salesforce: query job %s: %w", j.record.ID, err)
}

// poll asks for the state once. A job that did not succeed is an error.
func (j *job) poll(ctx context.Context) (complete bool, err error) {
	var state jobState
	if err := j.rest.call(ctx, request{method: http.MethodGet, path: j.path()}, &state); err != nil {
		return false, err
	}
	switch state.State {
	case "Open", "UploadComplete", "InProgress":
		j.preparing(state.Rows)
		return false, nil
	case "JobComplete":
		return true, j.completed(state)
	case "Failed":
		reason := oneLine(state.ErrorMessage)
		if reason == "" {
			reason = "Salesforce gives no reason; it is shown at " + j.url()
		}
		return false, hopeless{fmt.Errorf("salesforce: query job %s failed: %s", j.record.ID, reason)}
	case "Aborted":
		return false, hopeless{fmt.Errorf("salesforce: query job %s was aborted by somebody", j.record.ID)}
	}
	return false, hopeless{fmt.Errorf("salesforce: query job %s is in the state %q, which is not known", j.record.ID, state.State)}
}

// preparing tells who wants to know how far the job is.
func (j *job) preparing(rows *int64) {
	switch tell := j.rest.config.Preparing; {
	case tell == nil:
	case rows == nil:
		tell(0)
	default:
		tell(*rows)
	}
}

// completed notes the number of rows.
func (j *job) completed(state jobState) error {
	switch rows := state.Rows; {
	case rows == nil || *rows < 0:
		return hopeless{fmt.Errorf("salesforce: query job %s is complete but does not tell its number of rows", j.record.ID)}
	case j.record.Rows != nil && *j.record.Rows != *rows:
		return hopeless{fmt.Errorf("salesforce: query job %s had %d rows and now tells %d", j.record.ID, *j.record.Rows, *rows)}
	default:
		j.rows, j.record.Rows = *rows, rows
	}
	return j.note()
}
