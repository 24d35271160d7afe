package salesforce_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/axisync/axisync/connector/salesforce/simulator"
	"github.com/axisync/axisync/connector/transcript"
)

// transcriptSimulator is the real simulator in the state that a story asks for.
type transcriptSimulator struct {
	*simulator.Server
	bindings *transcript.Bindings
}

// newTranscriptSimulator makes an org of three accounts, unless the story says
// otherwise, whose jobs complete at the second poll.
func newTranscriptSimulator(t *testing.T, b *transcript.Bindings, setup []string) *transcriptSimulator {
	config := simulator.Config{Seed: 7, Accounts: 3, PollsUntilComplete: 1, LatestVersion: true}
	days := 0
	for _, line := range setup {
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "accounts":
			config.Accounts, _ = strconv.Atoi(rest)
		case "no":
			switch rest {
			case "accounts":
				config.Accounts = 0
			case "jobs left":
				config.QueryJobs = 1
			}
		case "scopes":
			config.Scopes = strings.Fields(rest)
		case "pages": // of N
			config.PageRows, _ = strconv.Atoi(strings.TrimPrefix(rest, "of "))
		case "slow": // jobs
			config.PollsUntilComplete = 1000
		case "merges":
			config.Accounts, days = 2000, 5
		case "chunk": // links
			config.ResultPages = simulator.Observed
		case "datetime":
			config.DateTimeOffset = rest == "offset"
		case "rotate":
			config.RotateRefreshTokens = true
		case "daily": // limit
			config.APICalls = 1
		}
	}
	s := &transcriptSimulator{Server: simulator.New(config), bindings: b}
	t.Cleanup(s.Close)
	for range days {
		s.Advance()
	}
	credentials := s.Credentials()
	b.Set("client_id", credentials.ClientID)
	b.Set("client_secret", credentials.ClientSecret)
	b.Set("refresh_token", credentials.RefreshToken)
	return s
}

// Do brings about what is not a switch of the configuration.
func (s *transcriptSimulator) Do(line string) error {
	switch line {
	case "complete job":
		return s.completeJob()
	case "expire token":
		s.ExpireTokens()
	case "revoke":
		s.Revoke()
	case "daily limit": // the one call of the day
		s.send(http.MethodGet, "/limits", "")
	case "no jobs left": // after the one job of the day
		s.send(http.MethodPost, "/jobs/query", `{"operation": "query", "query": "SELECT Id FROM Account"}`)
	case "fault 503 html":
		var served atomic.Bool
		s.Inject(func(*http.Request) *simulator.Fault {
			if !served.CompareAndSwap(false, true) {
				return nil
			}
			return &simulator.Fault{Status: http.StatusServiceUnavailable, Body: "<html><body>We are down for maintenance.</body></html>"}
		})
	default:
		switch word, _, _ := strings.Cut(line, " "); word {
		case "accounts", "no", "pages", "slow", "merges", "chunk", "datetime", "rotate", "scopes", // it began with that
			"refresh", "api", "secret", "client": // it is so anyway, or the client's alone
		default:
			return errors.New("not known")
		}
	}
	return nil
}

// completeJob polls as a client does, for that is what moves the time of a job.
func (s *transcriptSimulator) completeJob() error {
	var job struct{ State string }
	for range 10 {
		answer := s.send(http.MethodGet, "/jobs/query/"+s.bindings.Get("job"), "")
		if err := json.Unmarshal(answer.Body.Bytes(), &job); err != nil {
			return fmt.Errorf("%w: %s", err, answer.Body)
		}
		if job.State == "JobComplete" {
			return nil
		}
	}
	return fmt.Errorf("it is still %s", job.State)
}

// send sends a request of the replayer's own.
func (s *transcriptSimulator) send(method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/services/data/v"+s.bindings.Get("version")+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+s.bindings.Get("access_token"))
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, r)
	return answer
}
