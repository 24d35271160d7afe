package salesforce

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
)

// Quota is what the whole org has spent of its allowances of the rolling 24 hours.
type Quota struct {
	Used, Max         int64 // API requests
	JobsUsed, JobsMax int64 // query jobs of Bulk API 2.0; JobsMax is 0 where it is not told
	Calls             int64 // made by this Org value
	// Refused is why the limits were not told, and the API requests are those that the
	// header of the newest answer told; nil where they were.
	Refused error
}

// Quota asks for the org's limits. A user who may not read them is still told the
// API requests, which every answer tells in a header.
func (o *Org) Quota(ctx context.Context) (Quota, error) {
	type limit struct{ Max, Remaining int64 }
	var limits struct{ DailyApiRequests, DailyBulkV2QueryJobs *limit }
	err := o.rest.call(ctx, request{method: http.MethodGet, path: "/limits"}, &limits)
	q := Quota{Calls: o.Calls()}
	var refused *Error
	switch daily := limits.DailyApiRequests; {
	case daily != nil:
		q.Used, q.Max = daily.Max-daily.Remaining, daily.Max
	case err != nil && (!errors.As(err, &refused) || refused.Temporary() || refused.Auth()):
		return Quota{}, err
	default:
		if q.Refused = err; err == nil {
			q.Refused = errors.New("they do not name DailyApiRequests")
		}
		if q.Used, q.Max = o.Usage(); q.Max == 0 {
			return Quota{}, errors.Join(errors.New("salesforce: the limits do not name DailyApiRequests"), err)
		}
	}
	if jobs := limits.DailyBulkV2QueryJobs; jobs != nil {
		q.JobsUsed, q.JobsMax = jobs.Max-jobs.Remaining, jobs.Max
	}
	return q, nil
}

// Usage is the API requests that the whole org had spent, and may spend, in 24
// hours, as the newest answer told; both are 0 when none has. It asks nobody.
func (o *Org) Usage() (used, most int64) {
	if told := o.rest.usage.told.Load(); told != nil {
		return told[0], told[1]
	}
	return 0, 0
}

// Calls is the number of requests to the REST API made by this Org value.
func (o *Org) Calls() int64 { return o.rest.all.Load() }

// Jobs is the number of query jobs made by this Org value; one that was gone on
// with is none.
func (o *Org) Jobs() int64 { return o.rest.jobs.Load() }

// usage is what the header Sforce-Limit-Info told last.
type usage struct{ told atomic.Pointer[[2]int64] }

// read takes the header in every form that was seen: "api-usage=18/5000", and the
// same followed by "; api-bursts=1/750" or "; per-app-api-usage=17/250(appName=x)".
func (u *usage) read(header http.Header) {
	for part := range strings.SplitSeq(header.Get("Sforce-Limit-Info"), ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if !strings.EqualFold(key, "api-usage") {
			continue
		}
		first, second, _ := strings.Cut(value, "/")
		used, err := strconv.ParseInt(strings.TrimSpace(first), 10, 64)
		most, err2 := strconv.ParseInt(strings.TrimSpace(second), 10, 64)
		if err == nil && err2 == nil && used >= 0 && most > 0 {
			u.told.Store(&[2]int64{used, most})
		}
	}
}
