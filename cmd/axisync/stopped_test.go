package main

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// undisturbed is what one run does that nobody stops: the customers that it writes and
// the jobs that it makes.
var undisturbed = sync.OnceValues(func() (writes, jobs int) {
	t := &outside{}
	defer t.end()
	s := newScene(t, small)
	s.run(0, "run", "daily.yaml")
	return s.world.fincome.Writes(), s.world.salesforce.Count("POST", "jobs/query")
})

var small = worldConfig{accounts: 200, customers: 60}

// stops are the places where a run is stopped: by the request that is under way, and for
// how many bytes of its answer it is not, or behind how many others.
var stops = map[string]struct {
	fincome        bool
	method, part   string
	after, passing int
	again          int // jobs that the next run has to make again
}{
	"connecting":            {method: "POST", part: "/oauth2/token"},
	"describe":              {method: "GET", part: "/sobjects/Account/describe"},
	"a job is created":      {method: "POST", part: "/jobs/query", again: 1},
	"a job at work":         {method: "GET", part: "/jobs/query/", again: 1},
	"a job, nobody answers": {part: "/jobs/query/", again: 1},
	"a page":                {method: "GET", part: "/results", after: 200},
	"no page":               {method: "GET", part: "/results"},
	"customers":             {fincome: true, method: "GET", part: "/clients"},
	"a page of customers":   {fincome: true, method: "GET", part: "/clients", after: 500},
	// From here on the snapshot is committed, and the next run looks at Salesforce anew.
	"the job is deleted": {method: "DELETE", part: "/jobs/query/", again: 2},
	"delivery":           {fincome: true, method: "PATCH", part: "/clients/", passing: 7, again: 2},
}

// TestASignalEndsARun: at any place a signal ends the program within five seconds, it
// says how to go on, and the next run does that: no finished job is run again and no
// customer written twice.
func TestASignalEndsARun(t *testing.T) {
	t.Parallel()
	for name, at := range stops {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			writes, jobs := undisturbed()
			s := newScene(t, small)
			g := s.salesforce
			if at.fincome {
				g = s.fincome
			}
			g.shutFor(at.method, at.part, at.after, at.passing)
			p := s.start("run", "daily.yaml", "--json")
			p.stop(g.reached, syscall.SIGTERM, 143, "interrupted: terminated; the same command goes on from what is saved")
			p.saysExit(143)
			s.kept(143)
			g.open()
			s.run(0, "run", "daily.yaml")
			if n := s.world.fincome.Writes(); n != writes {
				t.Errorf("%d writes, want %d", n, writes)
			}
			if n := s.world.salesforce.Count("POST", "jobs/query"); n < jobs || n > jobs+at.again {
				t.Errorf("%d jobs, want %d and at most %d more", n, jobs, at.again)
			}
			s.run(99, "run", "daily.yaml", "--nothing-changed-exit-code", "99")
		})
	}
}

// saysExit asserts that the last line of standard output is an object with the code.
func (p *started) saysExit(code int) {
	p.t.Helper()
	lines := strings.Split(strings.TrimSpace(p.out.String()), "\n")
	if last := lines[len(lines)-1]; !strings.Contains(last, `"exit":`+itoa(code)) || !strings.HasPrefix(last, "{") {
		p.t.Errorf("the last line is %q", last)
	}
}

// kept asserts that the result of the state, too, says so.
func (s *scene) kept(code int) {
	s.t.Helper()
	found, err := filepath.Glob(filepath.Join(s.dir, "state", "*", "result.json"))
	if err != nil || len(found) != 1 {
		s.t.Fatalf("%v, %v", found, err)
	}
	content, err := os.ReadFile(found[0])
	if err != nil || !strings.Contains(string(content), `"exit":`+itoa(code)) {
		s.t.Errorf("%s, %v", content, err)
	}
}

// TestASignalEndsEveryCommand: the same for what else asks one of the servers.
func TestASignalEndsEveryCommand(t *testing.T) {
	t.Parallel()
	resumes, anew := "; the same command goes on from what is saved", "; the same command begins anew"
	for name, c := range map[string]struct {
		fincome      bool
		method, part string
		command      []string
		says         string
		next         []string // where it is not the same command
	}{
		"plan":                {method: "GET", part: "/results", command: []string{"plan", "daily.yaml"}, says: resumes},
		"extract to CSV":      {method: "GET", part: "/results", command: []string{"extract", "daily.yaml", "--csv", "accounts.csv"}, says: resumes},
		"extract to Parquet":  {method: "GET", part: "/results", command: []string{"extract", "daily.yaml", "--parquet", "accounts"}, says: resumes},
		"check":               {method: "GET", part: "/limits", command: []string{"check", "daily.yaml"}, says: anew},
		"check, customers":    {fincome: true, method: "GET", part: "/clients", command: []string{"check", "daily.yaml", "--json"}, says: anew},
		"check --suggest-key": {fincome: true, method: "GET", part: "/clients", command: []string{"check", "--suggest-key", "daily.yaml"}, says: anew},
		"fields":              {method: "GET", part: "/describe", command: []string{"fields", "daily.yaml"}, says: anew},
		"auth login":          {method: "POST", part: "/oauth2/token", command: []string{"auth", "login", "daily.yaml"}, says: anew},
		"auth status":         {method: "POST", part: "/oauth2/token", command: []string{"auth", "status", "daily.yaml"}, says: ""},
		"probe, reading":      {fincome: true, method: "GET", part: "/clients/C-1000006", command: probing, says: ""},
		"probe, writing": {fincome: true, method: "PATCH", part: "/clients/C-1000006", command: probing, says: "; put it back: axisync fincome probe daily.yaml --restore",
			next: []string{"fincome", "probe", "daily.yaml", "--restore"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, small)
			g := s.salesforce
			if c.fincome {
				g = s.fincome
			}
			g.shutFor(c.method, c.part, 0, 0)
			p := s.start(c.command...)
			p.stop(g.reached, os.Interrupt, 130, "interrupted: interrupt"+c.says)
			if strings.Contains(strings.Join(c.command, " "), "--json") {
				p.saysExit(130)
			}
			g.open()
			if c.next != nil {
				s.run(0, c.next...)
			}
			s.run(0, c.command...)
		})
	}
}

var probing = []string{"fincome", "probe", "daily.yaml", "--customer", "C-1000006"}
