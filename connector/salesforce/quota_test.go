package salesforce_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// The header tells the usage in several forms; what is not one of them is passed
// over.
func TestUsageOfTheHeader(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]int64{
		"api-usage=18/5000":                                                         {18, 5000},
		"api-usage=10018/100000; api-bursts=1/750":                                  {10018, 100000},
		"api-bursts=1/750;API-Usage = 1/2":                                          {0, 0},
		"api-bursts=1/750;api-usage=7/8":                                            {7, 8},
		"api-usage=25/5000; per-app-api-usage=17/250(appName=sample-connected-app)": {25, 5000},
		"per-app-api-usage=17/250(appName=x)":                                       {0, 0},
		"api-usage=/":                                                               {0, 0},
		"api-usage=3/0":                                                             {0, 0},
		"":                                                                          {0, 0},
	} {
		f := newFake(t)
		f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
			w.Header().Set("Sforce-Limit-Info", text)
			return false
		}
		if used, most := connect(t, f).Usage(); used != want[0] || most != want[1] {
			t.Errorf("%q: %d of %d, want %v", text, used, most, want)
		}
	}
}

// Who may not read the limits is told what the header tells; where neither does,
// that is an error, and so is what would pass.
func TestQuotaOfAUserWithoutSetup(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status       int
		header, want string
	}{
		"told by the header": {403, "api-usage=18/5000; api-bursts=1/750", "18 of 5000, 0 jobs"},
		"told by nobody":     {403, "", "do not name DailyApiRequests"},
		"no permission":      {403, "api-usage=18/5000", "INSUFFICIENT_ACCESS"},
		"unavailable":        {503, "api-usage=18/5000", "503"},
	} {
		f := newFake(t)
		f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if r.URL.Path != base+"/limits" {
				return false
			}
			if test.header != "" {
				w.Header().Set("Sforce-Limit-Info", test.header)
			}
			fail(w, test.status, "INSUFFICIENT_ACCESS", "no")
			return true
		}
		q, err := connect(t, f).Quota(context.Background())
		if got := fmt.Sprintf("%d of %d, %d jobs, %v, refused: %v", q.Used, q.Max, q.JobsMax, err, q.Refused); !strings.Contains(got, test.want) {
			t.Errorf("%s: %s", name, got)
		}
	}
}
