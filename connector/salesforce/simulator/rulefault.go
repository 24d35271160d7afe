package simulator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maker makes the fault of one struck request.
type maker func(s *Server, r *http.Request, to route) *Fault

func (r *Rule) fault(s *Server, request *http.Request, to route) *Fault {
	return r.kind().make(r)(s, request, to)
}

func simple(f Fault) func(*Rule) maker {
	return func(*Rule) maker { return func(*Server, *http.Request, route) *Fault { return &f } }
}

func fixed(f Fault) maker { return func(*Server, *http.Request, route) *Fault { return &f } }

// codes are the error codes that Salesforce sends with a status.
var codes = map[int]string{400: "API_ERROR", 404: "NOT_FOUND", 406: "NOT_ACCEPTABLE", 409: "CONFLICT", 410: "UNSUPPORTED_API_VERSION",
	429: "REQUEST_LIMIT_EXCEEDED", 500: "UNKNOWN_EXCEPTION", 503: "SERVER_UNAVAILABLE"}

func statusFault(r *Rule) maker {
	if r.HTML {
		return fixed(Fault{Status: r.Status, Body: fmt.Sprintf("<!DOCTYPE html>\n<html><head><title>%d</title></head><body>%s</body></html>\n",
			r.Status, cmp.Or(r.Message, "We are down for maintenance."))})
	}
	return fixed(errorFault(r.Status, cmp.Or(r.Code, codes[r.Status], "UNKNOWN_EXCEPTION"), cmp.Or(r.Message, "An unexpected error occurred.")))
}

func errorFault(status int, code, message string) Fault {
	body, err := json.Marshal([]map[string]string{{"errorCode": code, "message": message}})
	if err != nil {
		panic(err) // texts are encodable
	}
	return Fault{Status: status, ContentType: "application/json;charset=UTF-8", Body: string(body)}
}

func quotaConcurrent(*Rule) maker {
	return fixed(errorFault(http.StatusForbidden, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."))
}

const (
	stallTime = 5 * time.Minute
	slowRate  = 64 << 10
)

func stall(r *Rule) maker { return fixed(Fault{Stall: cmp.Or(r.For, stallTime)}) }

func slow(r *Rule) maker { return fixed(Fault{Rate: cmp.Or(r.Rate, slowRate)}) }

// place reads a place in a body: bytes, or a share of it. Without one it is the
// middle.
func place(text string) (bytes int, share float64, err error) {
	if text == "" {
		return 0, 0.5, nil
	}
	if percent, ok := strings.CutSuffix(text, "%"); ok {
		if share, err = strconv.ParseFloat(percent, 64); err == nil && share >= 0 && share <= 100 {
			return 0, share / 100, nil
		}
	} else if bytes, err = strconv.Atoi(text); err == nil && bytes >= 0 {
		return bytes, 0, nil
	}
	return 0, 0, fmt.Errorf("after has to be a number of bytes or a share such as 40%%, not %q", text)
}

// at is the place of the rule in a body of this size, always within it.
func (r *Rule) at(size int) int {
	n, share, _ := place(r.After) // checked when the rule was read
	return max(0, min(n+int(share*float64(size)), size-1))
}

func rewrite(change func(*Answer)) maker { return fixed(Fault{Rewrite: change}) }

func cut(r *Rule) maker { return rewrite(func(a *Answer) { a.Cut = r.at(len(a.Body)) }) }

func endsEarly(r *Rule) maker {
	return rewrite(func(a *Answer) { a.Body = a.Body[:r.at(len(a.Body))] })
}

// stallBody needs the size of the body, so the answer is made first and then
// sent in two parts.
func stallBody(r *Rule) maker {
	return func(*Server, *http.Request, route) *Fault {
		f := &Fault{Stall: cmp.Or(r.For, stallTime), StallAfter: 1}
		f.Rewrite = func(a *Answer) { f.StallAfter = int64(max(1, r.at(len(a.Body)))) }
		return f
	}
}

func flippedBit(r *Rule) maker {
	return rewrite(func(a *Answer) {
		if a.Header.Get("Content-Encoding") == "gzip" && len(a.Body) > 0 {
			a.Body = bytes.Clone(a.Body)
			a.Body[r.at(len(a.Body))] ^= 0x10
		}
	})
}

func recordsWrong(r *Rule) maker {
	return fixed(Fault{Edit: func(h http.Header) {
		if n, err := strconv.Atoi(h.Get("Sforce-NumberOfRecords")); err == nil {
			h.Set("Sforce-NumberOfRecords", strconv.Itoa(n+cmp.Or(r.By, -1)))
		}
	}})
}

// locator replaces the header, by nothing when there are no values. A page that
// is the last anyway keeps its null.
func locator(values []string) func(*Rule) maker {
	return func(*Rule) maker {
		return fixed(Fault{Edit: func(h http.Header) {
			if h.Get("Sforce-Locator") == "" {
				return // no page of results
			}
			h.Del("Sforce-Locator")
			for _, v := range values {
				h.Set("Sforce-Locator", v)
			}
		}})
	}
}

func locatorRepeated(*Rule) maker {
	return func(_ *Server, r *http.Request, _ route) *Fault {
		asked := r.URL.Query().Get("locator")
		return &Fault{Edit: func(h http.Header) {
			if h.Get("Sforce-Locator") != "" && asked != "" {
				h.Set("Sforce-Locator", asked)
			}
		}}
	}
}

// lasting makes a fault out of something that happens to the org: the request is
// then answered as the org is.
func lasting(happen func(s *Server, to route)) maker {
	return func(s *Server, _ *http.Request, to route) *Fault {
		happen(s, to)
		return &Fault{}
	}
}

func expireToken(*Rule) maker { return lasting(func(s *Server, _ route) { s.ExpireTokens() }) }
func revokeApp(*Rule) maker   { return lasting(func(s *Server, _ route) { s.Revoke() }) }
func blockApp(*Rule) maker    { return lasting(func(s *Server, _ route) { s.Block() }) }

func quotaDaily(*Rule) maker {
	return lasting(func(s *Server, _ route) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.apiCalls = max(s.apiCalls, s.config.APICalls)
	})
}

func quotaJobs(*Rule) maker {
	return lasting(func(s *Server, _ route) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.jobCalls = max(s.jobCalls, s.config.QueryJobs)
	})
}

// toJob lets something happen to the unfinished job that a request is about.
func toJob(happen func(s *Server, j *job)) maker {
	return lasting(func(s *Server, to route) {
		s.mu.Lock()
		defer s.mu.Unlock()
		i := slices.IndexFunc(s.jobs, func(j *job) bool { return len(to.args) > 0 && sameID(to.args[0], j.id) })
		if i >= 0 && !s.jobs[i].terminated() {
			happen(s, s.jobs[i])
		}
	})
}

func jobFailed(r *Rule) maker {
	return toJob(func(s *Server, j *job) {
		j.enter(stateFailed, s.now())
		j.message = r.Message
		s.discard(j)
	})
}

func jobAborted(*Rule) maker {
	return toJob(func(s *Server, j *job) {
		j.enter(stateAborted, s.now())
		s.discard(j)
	})
}

func jobStuck(*Rule) maker { return toJob(func(_ *Server, j *job) { j.stuck = true }) }
