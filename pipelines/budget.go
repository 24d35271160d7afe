package pipelines

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/words"
)

// Reserve is what a run leaves of the org's allowances for others: a share, or a
// number of calls.
type Reserve struct {
	Share float64
	Calls int64
}

var defaultReserve = Reserve{Share: 0.05}

// of is the reserve of an allowance of calls.
func (v Reserve) of(most int64) int64 { return v.Calls + int64(math.Ceil(v.Share*float64(most))) }

var callsForm = regexp.MustCompile(`^[0-9]{1,12}$`)

// parseReserve reads "10%" or "5000".
func parseReserve(text string) (Reserve, bool) {
	text = strings.TrimSpace(text)
	if share := shareForm.FindStringSubmatch(text); share != nil {
		value, err := strconv.ParseFloat(share[1], 64)
		return Reserve{Share: value / 100}, err == nil && value < 100
	}
	calls, err := strconv.ParseInt(text, 10, 64)
	return Reserve{Calls: calls}, err == nil && callsForm.MatchString(text)
}

// cost is what the newest whole run has spent, from which the next one is
// estimated.
type cost struct {
	Calls       int64   `json:"calls"`
	BytesPerRow float64 `json:"bytes_per_row,omitempty"`
	Columns     int     `json:"columns"` // the properties of those rows
}

// budget counts the accounts and refuses to spend a job where the allowances of
// the org or the disk do not suffice for the run, or its snapshot cannot be begun.
func (r *run) budget(ctx context.Context) error {
	var err error
	if r.counted, err = r.count(ctx); err != nil {
		return err
	}
	if err := r.checkQuota(ctx); err != nil {
		return err
	}
	if err := r.checkDisk(r.workDir("jobs", "accounts")); err != nil {
		return err
	}
	r.snapshot, err = parquet.Create(ctx, snapshotDir(r.Pipeline, r.id), r.work())
	return err
}

// checkQuota holds what the run needs against what the org has left.
func (r *run) checkQuota(ctx context.Context) error {
	quota, err := r.org.Quota(ctx)
	if err != nil {
		if ExitCode(err) == ExitAuthorization || ctx.Err() != nil {
			return err
		}
		r.note("the quota of the org is not known: %v", err)
		return nil
	}
	if quota.Refused != nil {
		r.note("%s", byHeader(quota))
	}
	r.result.Salesforce.Quota = &QuotaResult{UsedBefore: quota.Used, Max: quota.Max}
	needed := r.callsNeeded()
	if left, reserve := quota.Max-quota.Used, r.Reserve.of(quota.Max); left-needed < reserve {
		return fmt.Errorf("salesforce: %s of %s calls of the last 24 hours are used and this run needs about %s: that would leave less than the reserve of %s (salesforce.quota.reserve), nothing was extracted; run again later",
			words.Count(quota.Used), words.Count(quota.Max), words.Count(needed), words.Count(reserve))
	}
	if quota.JobsMax == 0 {
		return nil
	}
	reserve := Reserve{Share: r.Reserve.Share}.of(quota.JobsMax)
	jobs := r.jobsNeeded()
	if left := quota.JobsMax - quota.JobsUsed; left-jobs < reserve {
		return fmt.Errorf("salesforce: %s of %s query jobs of the last 24 hours are used and this run needs %d: that would leave less than the reserve of %s (salesforce.quota.reserve), nothing was extracted; run again later",
			words.Count(quota.JobsUsed), words.Count(quota.JobsMax), jobs, words.Count(reserve))
	}
	return nil
}

// byHeader says where the figures of a quota are from that Salesforce does not tell.
func byHeader(quota salesforce.Quota) string {
	return fmt.Sprintf("that %s of %s calls are used is what the header of the newest answer says (Sforce-Limit-Info); how many query jobs are is not known, for the user may not read the limits: %v",
		words.Count(quota.Used), words.Count(quota.Max), quota.Refused)
}

// jobsNeeded are the most that this run makes: for all accounts, the deleted ones and
// those outside of a condition; or for those that have changed, for what is read of all
// accounts beside them, the deleted ones, and those outside that left or entered.
func (r *run) jobsNeeded() int64 {
	const full, revised = 3, 5
	if r.remains() {
		return revised
	}
	return full
}

// remains reports whether something is read of all accounts beside those that have
// changed.
func (r *run) remains() bool {
	return r.reading.revision != nil && (r.Where != "" || len(r.reading.whole) > 0)
}

// callsNeeded is about what this run will ask: as many calls as the last one or,
// before there was one, those around each job and its pages.
func (r *run) callsNeeded() int64 {
	const aroundAll, aroundJob, rowsPerPage = 6, 6, 100_000
	if last := r.state.Cost; last != nil && last.Calls > 0 {
		return last.Calls
	}
	return aroundAll + 2*aroundJob + max(r.counted, 0)/rowsPerPage
}

// checkDisk holds the pages that will come against the room where they are kept.
func (r *run) checkDisk(dir string) error {
	const slack = 64 << 20
	free, known := freeDisk(existing(dir))
	if !known || r.counted < 0 {
		return nil
	}
	needed := int64(float64(r.counted)*r.bytesPerRow()) - sizeOf(dir)
	if needed+slack <= free {
		return nil
	}
	return fmt.Errorf("%s has %s free and the result pages of %s accounts need about %s; make room, or name another folder with work_dir",
		existing(dir), inBytes(free), words.Count(r.counted), inBytes(needed+slack))
}

// bytesPerRow is the size of a row in a compressed page: as in the last run of the
// same width or, before there was one, what such values take on average. Where what
// has changed is read, that is little, and only what is read of all accounts beside
// counts.
func (r *run) bytesPerRow() float64 {
	const margin = 1.2
	if r.reading.revision != nil {
		if !r.remains() {
			return 0
		}
		return onAverage(r.reading.whole)
	}
	if last := r.state.Cost; last != nil && last.BytesPerRow > 0 && last.Columns == len(r.properties) {
		return margin * last.BytesPerRow
	}
	return onAverage(r.properties)
}

// onAverage is the size of a row with its id.
func onAverage(properties []connector.Property) float64 {
	size := 14.0 // the id
	for _, property := range properties {
		size += sizes(property)
	}
	return size
}

func sizes(property connector.Property) float64 {
	switch property.Type {
	case "boolean", "picklist", "combobox", "date":
		return 3
	case "textarea":
		return 80
	}
	return 12
}

// existing is the folder itself or the nearest above it that is there.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || filepath.Dir(dir) == dir {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

func sizeOf(dir string) int64 {
	var size int64
	entries, _ := os.ReadDir(dir) // a folder that is not there holds nothing
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil {
			size += info.Size()
		}
	}
	return size
}

// noteCost remembers what the accounts have cost.
func (r *run) noteCost(ledger salesforce.Ledger) {
	if ledger.Kept > 0 || ledger.DecodedRows == 0 {
		return // a part of it was paid by another run
	}
	r.cost = &cost{BytesPerRow: float64(ledger.Received) / float64(ledger.DecodedRows), Columns: len(r.properties)}
}

// inBytes is a size as people say it.
func inBytes(n int64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GB", n>>30)
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	}
	return fmt.Sprintf("%d MB", n>>20)
}
