package salesforce

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/axisync/axisync/grace"
)

// patiently is a context for the end of a job, which nobody waits for long, least of all
// after an interrupt. It outlives one that cuts ctx short.
func patiently(ctx context.Context) (context.Context, context.CancelFunc) {
	const patience = 20 * time.Second
	longer, over := grace.Outlive(ctx)
	bounded, cancel := context.WithTimeout(longer, patience)
	return bounded, func() { cancel(); over() }
}

// abandon decides what becomes of a job for which waiting ended with the error
// err: one that is hopeless or took too long is deleted, and so is one that still
// runs when the run is interrupted. Otherwise it stays, for the next run to go on
// with.
func (j *job) abandon(ctx context.Context, err error) error {
	interrupted := ctx.Err() != nil
	ctx, cancel := patiently(ctx)
	defer cancel()
	log := j.rest.config.log()
	switch {
	case interrupted && j.ended(ctx):
		log.Info("the query job is complete and stays for the next run to go on with", "job", j.record.ID, "url", j.url())
		return err
	case !interrupted && !isHopeless(err) && !errors.Is(err, errDeadline):
		log.Warn("the query job stays in Salesforce; the next run goes on with it", "job", j.record.ID, "url", j.url())
		return err
	}
	if left := j.drop(ctx); left != nil {
		return fmt.Errorf("%w (%w)", err, left)
	}
	log.Info("the query job was aborted and deleted", "job", j.record.ID)
	return err
}

// ended aborts the job and reports whether it was complete already.
func (j *job) ended(ctx context.Context) bool {
	if err := j.abort(ctx); err == nil || gone(err) {
		return false
	}
	complete, err := j.poll(ctx)
	return complete && err == nil
}

// drop removes the job from the server and everything of it from its folder. What
// could not be deleted there is remembered, to be tried again.
func (j *job) drop(ctx context.Context) error {
	if err := j.remove(ctx); err != nil {
		j.record.Done = true
		return errors.Join(err, j.note(), emptyFolder(j.dir, RecordName))
	}
	return emptyFolder(j.dir, "")
}

// remove deletes the job and its results on the server. A job that still runs
// is aborted first, for only a job that has ended can be deleted. One that is
// gone already is no error.
func (j *job) remove(ctx context.Context) error {
	if j.record.ID == "" {
		return nil
	}
	err := j.delete(ctx)
	var refused *Error
	if errors.As(err, &refused) && refused.Status == http.StatusBadRequest {
		if aborted := j.abort(ctx); aborted != nil && !gone(aborted) {
			err = errors.Join(err, aborted) // it may have ended in between: try to delete it all the same
		}
		if again := j.delete(ctx); again == nil {
			err = nil
		}
	}
	if err != nil {
		return fmt.Errorf("query job %s stays on the server: %w", j.record.ID, err)
	}
	return nil
}

func (j *job) abort(ctx context.Context) error {
	return j.rest.call(ctx, request{method: http.MethodPatch, path: j.path(), body: map[string]string{"state": "Aborted"}}, nil)
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
