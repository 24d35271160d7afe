package tokens_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/connector/salesforce/simulator"
	"github.com/axisync/axisync/connector/salesforce/tokens"
)

// world is a simulated org whose refresh tokens rotate, with a stored login.
type world struct {
	t    *testing.T
	sim  *simulator.Server
	url  string
	path string
	temp string // the temporary folder of the children
	cut  func() // the connections

	work sync.WaitGroup // requests being served
	mu   sync.Mutex
	hook func(w http.ResponseWriter, r *http.Request) // before the simulator answers
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, sim: simulator.New(simulator.Config{RotateRefreshTokens: true}), path: filepath.Join(t.TempDir(), "token.json"), temp: t.TempDir()}
	server := httptest.NewServer(w)
	t.Cleanup(w.sim.Close)
	t.Cleanup(server.Close)
	w.url, w.cut = server.URL, server.CloseClientConnections
	if err := w.store().Save(&salesforce.Token{RefreshToken: w.sim.Credentials().RefreshToken}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) ServeHTTP(out http.ResponseWriter, in *http.Request) {
	w.mu.Lock()
	hook := w.hook
	w.work.Add(1)
	w.mu.Unlock()
	defer w.work.Done()
	if hook != nil {
		hook(out, in)
		return
	}
	w.sim.ServeHTTP(out, in)
}

func (w *world) answers(hook func(http.ResponseWriter, *http.Request)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hook = hook
}

func (w *world) config() salesforce.Config {
	known := w.sim.Credentials()
	return configOf(w.url, known.ClientID, known.ClientSecret)
}

func configOf(url, id, secret string) salesforce.Config {
	return salesforce.Config{
		LoginURL: url, Flow: salesforce.FlowAuthorizationCode, RedirectURL: "http://localhost:8765/callback",
		ClientID: connector.NewSecret(id), ClientSecret: connector.NewSecret(secret), RetryPause: time.Millisecond,
	}
}

func (w *world) store() *tokens.Store { return tokens.New(w.path, w.config(), connector.Secret{}) }

// child starts a process that works with the store.
func (w *world) child(task string, rounds int) (*exec.Cmd, *bytes.Buffer) {
	w.t.Helper()
	known, said := w.sim.Credentials(), &bytes.Buffer{}
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "TMPDIR="+w.temp, "AXISYNC_TEST_TASK="+task, "AXISYNC_TEST_ROUNDS="+strconv.Itoa(rounds), "AXISYNC_TEST_URL="+w.url,
		"AXISYNC_TEST_PATH="+w.path, "AXISYNC_TEST_ID="+known.ClientID, "AXISYNC_TEST_SECRET="+known.ClientSecret)
	c.Stdout, c.Stderr = said, said
	if err := c.Start(); err != nil {
		w.t.Fatal(err)
	}
	return c, said
}

// TestMain is the child of a test when it is told to be one.
func TestMain(m *testing.M) {
	task := os.Getenv("AXISYNC_TEST_TASK")
	if task == "" {
		os.Exit(m.Run())
	}
	config := configOf(os.Getenv("AXISYNC_TEST_URL"), os.Getenv("AXISYNC_TEST_ID"), os.Getenv("AXISYNC_TEST_SECRET"))
	rounds, err := strconv.Atoi(os.Getenv("AXISYNC_TEST_ROUNDS"))
	if err == nil {
		err = map[string]func(salesforce.Config, *tokens.Store, int) error{"share": share, "start": startOver}[task](
			config, tokens.New(os.Getenv("AXISYNC_TEST_PATH"), config, connector.Secret{}), rounds)
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// share makes one call a round, all at the same moment, with a session that has
// just ended for everybody.
func share(config salesforce.Config, store *tokens.Store, rounds int) error {
	org, err := salesforce.Connect(context.Background(), config, store)
	for round := 0; err == nil && round < rounds; round++ {
		var response *http.Response
		if response, err = http.Get(config.LoginURL + "/meet"); err != nil {
			break
		}
		_ = response.Body.Close()
		if _, err = org.Quota(context.Background()); err != nil {
			err = fmt.Errorf("round %d: %w", round, err)
		}
	}
	return err
}

// startOver connects again and again.
func startOver(config salesforce.Config, store *tokens.Store, rounds int) error {
	for range rounds {
		org, err := salesforce.Connect(context.Background(), config, store)
		if err != nil {
			return err
		}
		org.Close()
	}
	return nil
}

func large(few, many int) int {
	if os.Getenv("AXISYNC_LARGE") != "" {
		return many
	}
	return few
}

// Two processes refresh one rotating token at the same moment, again and again:
// one refresh a round, and never is a spent token used.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	rounds, w := large(20, 1000), newWorld(t)
	arrived, together := make(chan bool), make(chan bool)
	w.answers(func(out http.ResponseWriter, in *http.Request) {
		if in.URL.Path != "/meet" {
			w.sim.ServeHTTP(out, in)
			return
		}
		arrived <- true
		<-together
	})
	ended := make(chan error, 2)
	for range 2 {
		child, said := w.child("share", rounds)
		go func() {
			err := child.Wait()
			if err != nil {
				err = fmt.Errorf("%w: %s", err, said)
			}
			ended <- err
		}()
	}
	for left, waiting := 2, 0; left > 0; {
		select {
		case <-arrived:
			if waiting++; waiting == 2 {
				w.sim.ExpireTokens()
				together <- true
				together <- true
				waiting = 0
			}
		case err := <-ended:
			if left--; err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := w.sim.Count("POST", "oauth2/token"); n != rounds+2 {
		t.Errorf("%d refreshes in %d rounds and two starts", n, rounds)
	}
	w.connects()
}

// Two processes start at once, each with a refresh of its own.
func TestTwoProcessesStart(t *testing.T) {
	t.Parallel()
	rounds, w := large(20, 1000), newWorld(t)
	one, saidOne := w.child("start", rounds)
	two, saidTwo := w.child("start", rounds)
	if err := errors.Join(one.Wait(), two.Wait()); err != nil {
		t.Fatal(err, saidOne, saidTwo)
	}
	if n := w.sim.Count("POST", "oauth2/token"); n != 2*rounds {
		t.Errorf("%d refreshes in %d rounds", n, rounds)
	}
	w.connects()
}

// connects fails the test unless the stored login works.
func (w *world) connects() {
	w.t.Helper()
	org, err := salesforce.Connect(w.t.Context(), w.config(), w.store())
	if err != nil {
		w.t.Error(err)
		return
	}
	org.Close()
}

// moments are when the child is killed, with SIGKILL, in the way of one refresh.
var moments = []struct {
	name  string
	serve func(w *world, kill func(), out http.ResponseWriter, in *http.Request)
}{
	{"before the server sees it", func(_ *world, kill func(), _ http.ResponseWriter, _ *http.Request) {
		kill()
		panic(http.ErrAbortHandler)
	}},
	{"before the server answers", func(w *world, kill func(), out http.ResponseWriter, in *http.Request) {
		kill()
		w.sim.ServeHTTP(out, in)
	}},
	{"as the server answers", func(w *world, kill func(), out http.ResponseWriter, in *http.Request) {
		w.sim.ServeHTTP(out, in)
		_ = http.NewResponseController(out).Flush()
		time.Sleep(rand.N(3 * time.Millisecond))
		kill()
	}},
	{"at any time", func(w *world, kill func(), out http.ResponseWriter, in *http.Request) {
		time.AfterFunc(rand.N(60*time.Millisecond), kill)
		w.sim.ServeHTTP(out, in)
	}},
}

// TestKilled kills a process that starts over and over, at random moments. The
// next start says "reconnect" only where the server has rotated and its answer
// never got to disk; everywhere else it connects.
func TestKilled(t *testing.T) {
	t.Parallel()
	kills := large(3, 50)
	var mu sync.Mutex
	lost, connected := map[string]int{}, map[string]int{}
	t.Run("moments", func(t *testing.T) {
		for _, moment := range moments {
			for range kills {
				t.Run(moment.name, func(t *testing.T) {
					t.Parallel()
					w := newWorld(t)
					w.killed(moment.serve)
					alive := w.next()
					holds(t, filepath.Dir(w.path), "token.json", "token.json.lock")
					holds(t, w.temp)
					mu.Lock()
					defer mu.Unlock()
					if alive {
						connected[moment.name]++
					} else {
						lost[moment.name]++
					}
				})
			}
		}
	})
	t.Logf("connected %v, lost %v", connected, lost)
	if n := lost[moments[0].name]; n > 0 {
		t.Errorf("%d of %d tokens that nobody had used were lost", n, kills)
	}
	if n := connected[moments[1].name]; n > 0 {
		t.Errorf("%d of %d tokens were used and live", n, kills)
	}
}

// killed starts a child and kills it in the way of its second refresh.
func (w *world) killed(serve func(*world, func(), http.ResponseWriter, *http.Request)) {
	w.t.Helper()
	refreshes := 0
	var once sync.Once
	dead := make(chan struct{})
	var child *exec.Cmd
	started := make(chan struct{})
	kill := func() {
		once.Do(func() {
			<-started
			_ = child.Process.Kill()
			_ = child.Wait() // it was killed
			close(dead)
		})
	}
	w.answers(func(out http.ResponseWriter, in *http.Request) {
		if in.URL.Path == "/services/oauth2/token" {
			w.mu.Lock()
			refreshes++
			second := refreshes == 2
			w.mu.Unlock()
			if second {
				serve(w, kill, out, in)
				return
			}
		}
		w.sim.ServeHTTP(out, in)
	})
	child, _ = w.child("start", 1<<30)
	close(started)
	<-dead
	w.cut() // what the child has sent and nobody has read yet
	w.work.Wait()
	w.answers(nil)
}

// next starts once more and holds what it says against the server: alive reports
// whether the stored token was good.
func (w *world) next() (alive bool) {
	w.t.Helper()
	stored, err := w.store().Load()
	if err != nil {
		w.t.Fatal(err)
	}
	said, err := salesforce.Introspect(w.t.Context(), w.config(), stored.RefreshToken)
	if err != nil {
		w.t.Fatal(err)
	}
	org, err := salesforce.Connect(w.t.Context(), w.config(), w.store())
	var refused *salesforce.AuthError
	switch {
	case err == nil:
		org.Close()
	case said.Active:
		w.t.Errorf("the token was good, the next start says %v", err)
	case !errors.As(err, &refused) || refused.Remedy != salesforce.Reconnect:
		w.t.Errorf("the token was spent, the next start says %v", err)
	}
	if err == nil && !said.Active {
		w.t.Error("a spent token connects")
	}
	return said.Active
}
