package main

import (
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/axisync/axisync/storage/storagetest"
)

// bucketScene is a scene whose state and snapshots are in a bucket, behind a gate, which
// may also take its time.
type bucketScene struct {
	*scene
	bucket   *gate
	pipeline string       // what daily.yaml says
	delay    atomic.Int64 // of every request, in nanoseconds
}

func newBucketScene(t *testing.T, server *storagetest.Server, name string) *bucketScene {
	t.Helper()
	server.Bucket(t, name)
	s := &bucketScene{scene: newScene(t, small), bucket: newGate()}
	target := &url.URL{Scheme: "http", Host: server.Address}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host }, ErrorLog: log.New(io.Discard, "", 0)}
	address := s.bucket.before(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(time.Duration(s.delay.Load())):
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	}))
	location, query, _ := strings.Cut(server.URL(name, strings.TrimPrefix(address, "http://")), "?")
	s.pipeline = strings.NewReplacer("./state", location+"/state?"+query+"\nwork_dir: ./work", "path: ./snapshots", "path: '"+location+"/snapshots?"+query+"'").Replace(daily)
	s.file("daily.yaml", s.pipeline)
	for key, value := range server.Environment() {
		s.environment = append(s.environment, key+"="+value)
	}
	return s
}

// TestBucketsThroughTheProgram: whose state in a bucket is, and signals while the bucket
// is slow.
func TestBucketsThroughTheProgram(t *testing.T) {
	t.Parallel()
	server, stop, err := storagetest.StartForAll()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	t.Run("a lease", func(t *testing.T) { t.Parallel(); leaseIsTold(newBucketScene(t, server, "lease")) })
	for name, at := range map[string]struct {
		delay        time.Duration
		method, part string // from when on the bucket does not answer
	}{
		"slow":      {delay: 150 * time.Millisecond},
		"very-slow": {delay: time.Second},
		"state":     {method: "PUT", part: "/state/"},
		"journal":   {method: "PUT", part: "/targets/"},
		"snapshot":  {method: "PUT", part: "/snapshots/"},
		"lease-of":  {method: "GET", part: "/lease"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newBucketScene(t, server, name)
			reached := s.bucket.reachedBy(at.method, at.part)
			if at.delay > 0 {
				s.fincome.shutFor("PATCH", "/clients/", 0, 7)
				reached = s.fincome.reached
			}
			p := s.start("run", "daily.yaml", "--json")
			if at.delay > 0 {
				<-reached
				s.delay.Store(int64(at.delay))
			}
			p.stop(reached, syscall.SIGTERM, 143, "interrupted: terminated")
			p.saysExit(143)
			s.delay.Store(0)
			s.bucket.open()
			s.fincome.open()
			s.goesOn(name)
		})
	}
}

// goesOn: the next run does so, or says when it can, where the lease could not be given
// back to a bucket that did not answer.
func (s *bucketScene) goesOn(name string) {
	s.t.Helper()
	next := s.start("run", "daily.yaml")
	<-next.ended
	refused := next.code == 1 && strings.Contains(next.errs.String(), " s after its last sign of life")
	if next.code != 0 && !refused || refused && name == "slow" {
		s.t.Errorf("the next run: exit code %d\n%s", next.code, &next.errs)
	}
	writes, _ := undisturbed()
	if n := s.world.fincome.Writes(); next.code == 0 && n != writes {
		s.t.Errorf("%d writes, want %d", n, writes)
	}
	s.t.Logf("the next run ended with %d", next.code)
}

func (g *gate) reachedBy(method, part string) <-chan struct{} {
	if part != "" {
		g.shutFor(method, part, 0, 0)
	}
	return g.reached
}

// leaseIsTold: a second run says who has the state and since when; after kill -9 also
// for how long yet.
func leaseIsTold(s *bucketScene) {
	t := s.t
	s.fincome.shutFor("PATCH", "/clients/", 0, 7)
	first := s.start("run", "daily.yaml")
	<-s.fincome.reached
	host, _ := os.Hostname()
	form := regexp.MustCompile(`another run of this source is at work; wait for it to end: run has it since 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC \(process ` + strconv.Itoa(first.cmd.Process.Pid) + ` on ` + regexp.QuoteMeta(host) + `\); it is free when that ends, or \d+ s after its last sign of life`)
	refused := func() {
		second := s.run(1, "run", "elsewhere.yaml", "--json")
		second.saysExit(1)
		if !form.MatchString(second.errs.String()) {
			t.Errorf("it says %s", &second.errs)
		}
	}
	s.file("elsewhere.yaml", strings.Replace(s.pipeline, "work_dir: ./work", "work_dir: ./elsewhere", 1)) // as on another machine
	refused()
	_ = first.cmd.Process.Kill()
	<-first.ended
	refused()
}
