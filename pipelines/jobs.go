package pipelines

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"github.com/axisync/axisync/connector/salesforce"
)

// workDir is the folder of what this source needs on disk only for a time.
func (p *Pipeline) workDir(elements ...string) string {
	return filepath.Join(append([]string{orText(p.WorkDir, p.State), p.Slug}, elements...)...)
}

// lockWork takes the work folder where it is not that of the state, whose lock is held
// already: another state may share it.
func (r *run) lockWork(ctx context.Context, what string) error {
	if r.workDir() == r.stateDir() {
		return nil
	}
	if err := os.MkdirAll(r.workDir(), 0o700); err != nil {
		return workError(r.Pipeline, err)
	}
	lock, err := takeLock(ctx, r.workDir(), what)
	if err != nil {
		return fmt.Errorf("work_dir: %w", err)
	}
	r.workLock = lock
	return nil
}

// extract runs one job, or goes on with the one that an earlier run left, hands it
// to consume and notes the ledger. The job and its pages stay until deleteJobs, so
// that a run that ends before its snapshot is committed costs no second job.
func (r *run) extract(ctx context.Context, query salesforce.Query, purpose string, consume func(*salesforce.Extraction) error) (salesforce.Ledger, error) {
	extraction, err := r.org.Extract(ctx, query, r.workDir("jobs", purpose))
	if err != nil {
		return salesforce.Ledger{}, err
	}
	if age := extraction.Age(); age > 0 {
		r.result.Salesforce.QueryJobsResumed++
		r.age = max(r.age, age)
	}
	r.showExtraction(extraction)
	err = consume(extraction)
	ledger := extraction.Ledger()
	if err == nil {
		r.jobs = append(r.jobs, extraction)
	} else if left := extraction.Leave(ctx); left != nil {
		r.note("a job could not be deleted and stays in Salesforce for seven days: %v", left)
	}
	r.result.BytesReceived += ledger.Received
	r.result.Ledger[purpose+"_job_rows"] = ledger.JobRows
	r.result.Ledger[purpose+"_page_rows"] = ledger.PageRows
	r.result.Ledger[purpose+"_decoded_rows"] = ledger.DecodedRows
	return ledger, err
}

// observed is the time of which the accounts tell: when the job was asked for, where
// an earlier run has done that.
func (r *run) observed() time.Time { return r.result.Started.Add(-r.age) }

// deleteJobs deletes the jobs of this run in Salesforce and their pages on disk,
// and those that earlier runs left: nobody needs them any more. It is no failure
// when that does not work; Salesforce forgets a job after seven days.
func (r *run) deleteJobs(ctx context.Context) error {
	var failed []error
	for _, extraction := range r.jobs {
		failed = append(failed, extraction.Close(ctx))
	}
	r.jobs = nil
	for _, dir := range r.leftJobs() {
		failed = append(failed, r.org.Discard(ctx, dir))
	}
	if err := errors.Join(failed...); err != nil {
		r.note("a job could not be deleted and stays in Salesforce for seven days: %v", err)
	}
	return nil
}

// leftJobs are the folders of jobs of runs; those of extracts are not ours.
func (r *run) leftJobs() []string {
	entries, err := os.ReadDir(r.workDir("jobs"))
	if err != nil {
		return nil
	}
	var dirs []string
	for _, entry := range entries {
		if entry.IsDir() && !strings.HasPrefix(entry.Name(), extractPurpose) {
			dirs = append(dirs, r.workDir("jobs", entry.Name()))
		}
	}
	return dirs
}

// sweepJobs removes the pages of jobs that are too old to go on with, which a run
// that fails before it extracts would keep. The jobs are deleted once Salesforce is
// asked for the same again, or by deleteJobs.
func (r *run) sweepJobs() error {
	var failed []error
	for _, dir := range r.leftJobs() {
		_, err := salesforce.Sweep(dir)
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// workError is a failure to make the work folder, which is in the state unless the
// file says where else.
func workError(p *Pipeline, err error) error {
	if p.WorkDir == "" {
		return stateError(p.localState(), err)
	}
	if errors.Is(err, syscall.ENOTDIR) {
		return configurationf("work_dir: %s is a file, or lies below one; name a folder", p.WorkDir)
	}
	return fmt.Errorf("work_dir: %w", err)
}

const extractPurpose = "extract"

// extractFolder takes the folder for the job and the pages of an extract: the
// first that no other extract holds, so that an extract goes on where one that was
// killed has ended. release lets it go.
func extractFolder(p *Pipeline) (dir string, release func(), err error) {
	const most = 100
	if err := os.MkdirAll(p.workDir("jobs"), 0o700); err != nil {
		return "", nil, workError(p, err)
	}
	for n := 1; n <= most; n++ {
		dir := p.workDir("jobs", extractPurpose)
		if n > 1 {
			dir += fmt.Sprintf("-%d", n)
		}
		lock := flock.New(dir+".lock", flock.SetPermissions(0o600))
		locked, err := lock.TryLock()
		if err != nil {
			return "", nil, fmt.Errorf("work folder: %w", err)
		}
		if locked {
			return dir, func() { _ = lock.Close() }, nil
		}
	}
	return "", nil, fmt.Errorf("%d extracts of this source are at work; wait for one to end", most)
}

// sweepExtracts removes the pages that other extracts left and that are too old to
// go on with; discard deletes their jobs, and is nil before Salesforce is connected.
func sweepExtracts(p *Pipeline, discard func(dir string) error) error {
	locks, err := filepath.Glob(p.workDir("jobs", extractPurpose+"*.lock"))
	if err != nil {
		return fmt.Errorf("work folder: %w", err)
	}
	var failed []error
	for _, path := range locks {
		lock := flock.New(path)
		if free, err := lock.TryLock(); err != nil || !free {
			continue // it is at work
		}
		dir := strings.TrimSuffix(path, ".lock")
		left, err := salesforce.Sweep(dir)
		if err == nil && left && discard != nil {
			err = discard(dir)
		}
		failed = append(failed, err)
		_ = lock.Close()
	}
	return errors.Join(failed...)
}
