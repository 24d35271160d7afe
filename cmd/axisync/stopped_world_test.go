package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// gate holds one request of the simulated servers up, for as long as it is shut: not a
// byte of an answer comes, or none behind the first ones.
type gate struct {
	mu      sync.Mutex
	shut    func(*http.Request) bool
	after   int           // bytes of the body that come through
	passing int           // requests that it lets through before it holds one up
	reached chan struct{} // closed when a request is held up
	opened  chan struct{}
	seen    []string // method and path of every request
}

func newGate() *gate { return &gate{opened: make(chan struct{})} }

// shutFor has the gate hold up what is asked for by method (empty: any) and a part of the
// path; after < 0: it only notices it.
func (g *gate) shutFor(method, part string, after, passing int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.reached, g.opened, g.after, g.passing = make(chan struct{}), make(chan struct{}), after, passing
	g.shut = func(r *http.Request) bool {
		return (method == "" || r.Method == method) && strings.Contains(r.URL.Path, part)
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut != nil {
		g.shut = nil
		close(g.opened)
	}
}

// holdsUp reports whether a request is held up, by what and for how many bytes not.
func (g *gate) holdsUp(r *http.Request) (opened chan struct{}, after int, held bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seen = append(g.seen, r.Method+" "+r.URL.Path)
	if g.shut == nil || !g.shut(r) {
		return nil, 0, false
	}
	if g.passing > 0 {
		g.passing--
		return nil, 0, false
	}
	select {
	case <-g.reached:
	default:
		close(g.reached)
	}
	return g.opened, g.after, g.after >= 0
}

// requests is how many came.
func (g *gate) requests() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.seen)
}

// before is the server behind the gate.
func (g *gate) before(t testing.TB, next http.Handler) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		opened, after, held := g.holdsUp(r)
		if !held {
			next.ServeHTTP(w, r)
			return
		}
		if after == 0 {
			wait(r.Context(), opened)
			panic(http.ErrAbortHandler) // it never had an effect
		}
		next.ServeHTTP(&trickle{w, r.Context(), opened, after}, r)
	}))
	t.Cleanup(func() { g.open(); server.CloseClientConnections(); server.Close() })
	return server.URL
}

func wait(ctx context.Context, opened chan struct{}) {
	select {
	case <-ctx.Done():
	case <-opened:
	}
}

// trickle lets the first bytes of an answer through.
type trickle struct {
	http.ResponseWriter
	ctx    context.Context
	opened chan struct{}
	left   int
}

func (w *trickle) Write(b []byte) (int, error) {
	n := min(len(b), w.left)
	w.left -= n
	if _, err := w.ResponseWriter.Write(b[:n]); err != nil || n == len(b) {
		return n, err
	}
	_ = http.NewResponseController(w.ResponseWriter).Flush()
	wait(w.ctx, w.opened)
	panic(http.ErrAbortHandler)
}

// scene is both simulators behind gates, and a folder with pipeline files.
type scene struct {
	t                   testing.TB
	dir                 string
	world               *world
	salesforce, fincome *gate
	environment         []string
	program             string
	user                *syscall.SysProcAttr // who runs the program; nil: whoever runs the test
}

func newScene(t testing.TB, config worldConfig) *scene {
	t.Helper()
	config.seed, config.salesforceAddr, config.fincomeAddr = 1, "127.0.0.1:0", "127.0.0.1:0"
	w, err := newWorld(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	s := &scene{t: t, dir: t.TempDir(), world: w, salesforce: newGate(), fincome: newGate(), program: "axisync"}
	w.salesforceURL, w.fincomeURL = s.salesforce.before(t, w.days(w.salesforce)), s.fincome.before(t, w.people("/product"))+"/product"
	s.environment = slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, "AXISYNC_") })
	for name, value := range w.environment() {
		s.environment = append(s.environment, name+"="+value)
	}
	s.file("daily.yaml", daily)
	return s
}

const daily = `version: 1
source: A
state: ./state
salesforce:
  login_url: ${env:SALESFORCE_URL}
  auth:
    flow: client_credentials
    secret_salesforce_client_id: ${env:SALESFORCE_CLIENT_ID}
    secret_salesforce_client_secret: ${env:SALESFORCE_CLIENT_SECRET}
  properties: Industry, Phone
fincome:
  base_url: ${env:FINCOME_URL}
  api_key: ${env:FINCOME_API_KEY}
  customers: { api: {} }
  identification_axis: Salesforce ID
  update: merge
  clear: json_null
axes:
  tag: "111111"
sinks:
  - parquet: { path: ./snapshots }
  - fincome: {}
`

func (s *scene) file(name, content string) {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600)); err != nil {
		s.t.Fatal(err)
	}
}

// spoken is what a program says, while it runs.
type spoken struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *spoken) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(b)
}

func (w *spoken) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// saying is closed when the program has said it.
func (p *started) saying(text string) <-chan struct{} {
	return once(p.t, text, func() bool { return strings.Contains(p.errs.String(), text) })
}

// started is a command of the real program that runs.
type started struct {
	t         testing.TB
	cmd       *exec.Cmd
	out, errs spoken
	ended     chan struct{}
	code      int
}

func (s *scene) start(args ...string) *started {
	s.t.Helper()
	p := &started{t: s.t, cmd: exec.Command(s.program, args...), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr, p.cmd.SysProcAttr = s.dir, s.environment, &p.out, &p.errs, s.user
	if _, err := p.cmd.StdinPipe(); err != nil { // which nobody writes to
		s.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() {
		err := p.cmd.Wait()
		exited := (*exec.ExitError)(nil)
		if errors.As(err, &exited) {
			p.code = exited.ExitCode()
		} else if err != nil {
			p.code = -2
		}
		close(p.ended)
	}()
	s.t.Cleanup(func() { _ = p.cmd.Process.Kill(); <-p.ended })
	return p
}

// run is a command to its end, which has this exit code.
func (s *scene) run(code int, args ...string) *started {
	s.t.Helper()
	p := s.start(args...)
	select {
	case <-p.ended:
	case <-time.After(2 * time.Minute):
		s.t.Fatalf("%v does not end", args)
	}
	if p.code != code {
		s.t.Fatalf("%v: exit code %d, want %d\n%s\n%s", args, p.code, code, &p.out, &p.errs)
	}
	return p
}

// promised is within what time a signal ends the program.
const promised = 5 * time.Second

// stop sends the signal once the gate holds a request up, and asserts what is promised.
func (p *started) stop(at <-chan struct{}, signal os.Signal, code int, says string) {
	p.t.Helper()
	select {
	case <-at:
	case <-p.ended:
		p.t.Fatalf("it ended before with %d\n%s\n%s", p.code, &p.out, &p.errs)
	case <-time.After(time.Minute):
		p.t.Fatal("it never comes to the place")
	}
	p.signal(signal, code, says)
}

func (p *started) signal(signal os.Signal, code int, says string) {
	p.t.Helper()
	begun := time.Now()
	if err := p.cmd.Process.Signal(signal); err != nil {
		p.t.Fatal(err)
	}
	select {
	case <-p.ended:
	case <-time.After(time.Minute):
		_ = p.cmd.Process.Kill()
		<-p.ended
		p.t.Fatalf("it does not end\n%s", &p.errs)
	}
	took := time.Since(begun)
	p.t.Logf("it took %v", took.Round(time.Millisecond))
	if took > promised {
		p.t.Errorf("it ended after %v", took)
	}
	if p.code != code || !strings.Contains(p.errs.String(), says) {
		p.t.Errorf("exit code %d, want %d and %q\n%s\n%s", p.code, code, says, &p.out, &p.errs)
	}
}

// outside is a testing.TB for what several tests share.
type outside struct {
	testing.TB
	cleanups []func()
}

func (o *outside) Helper()           {}
func (o *outside) Cleanup(do func()) { o.cleanups = append(o.cleanups, do) }
func (o *outside) Fatal(args ...any) { panic(fmt.Sprint(args...)) }
func (o *outside) Fatalf(format string, args ...any) {
	panic(fmt.Sprintf(format, args...))
}

func (o *outside) TempDir() string {
	dir, err := os.MkdirTemp("", "axisync-")
	if err != nil {
		panic(err)
	}
	o.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (o *outside) end() {
	for _, do := range slices.Backward(o.cleanups) {
		do()
	}
}
