package fincome_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axisync/axisync/connector"
	client "github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/fincome"
)

// The test binary is also the process that is killed: with these in its
// environment it delivers and ends.
const (
	deliverTo   = "AXISYNC_TEST_DELIVER_TO"   // the address
	deliverFrom = "AXISYNC_TEST_DELIVER_FROM" // the folder: customers, a line each, and the journal
)

func TestMain(m *testing.M) {
	if os.Getenv(deliverTo) == "" {
		os.Exit(m.Run())
	}
	if err := deliverAndEnd(os.Getenv(deliverTo), os.Getenv(deliverFrom)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// deliverAndEnd delivers what the journal does not tell of, as a run that goes on
// does.
func deliverAndEnd(to, from string) error {
	journal, err := sinks.OpenJournal(filepath.Join(from, "journal"), nil)
	if err != nil {
		return err
	}
	told, err := toldOf(from)
	if err != nil {
		return err
	}
	list, err := os.ReadFile(filepath.Join(from, "customers"))
	if err != nil {
		return err
	}
	var left []string
	for id := range strings.Lines(string(list)) {
		if id = strings.TrimSpace(id); !told[id] {
			left = append(left, id)
		}
	}
	api, err := client.New(client.Config{BaseURL: to + "/product", APIKey: connector.NewSecret(simulator.DefaultAPIKey)}, nil)
	if err != nil {
		return err
	}
	target, err := fincome.New(api, fincome.Config{Update: "replace", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	_, err = target.Deliver(context.Background(), changeSet(left), journal)
	return errors.Join(err, journal.Close())
}

// toldOf are the customers whose outcome the journal holds; what is torn at its end
// is left out.
func toldOf(dir string) (map[string]bool, error) {
	file, err := os.Open(filepath.Join(dir, "journal"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	told := map[string]bool{}
	for lines := bufio.NewReader(file); ; {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return told, nil
		}
		var event sinks.Event
		if err := json.Unmarshal(line, &event); err != nil {
			return nil, err
		}
		if event.Kind != sinks.Sent {
			told[event.CustomerID] = true
		}
	}
}

// watch is a Fincome that notes when it was asked for what.
type watch struct {
	http.Handler

	mu      sync.Mutex
	writes  int
	written map[string]time.Time // when a write was answered
	twice   int                  // writes to a customer that was written already
	killed  time.Time            // the last kill
	late    []string             // asked for again though the outcome should have been durable
	again   int                  // customers asked for again
}

func (w *watch) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	id := strings.TrimPrefix(r.URL.Path, "/product/clients/")
	w.mu.Lock()
	if at, before := w.written[id]; before && r.Method == http.MethodGet {
		w.again++
		if w.killed.Sub(at) > time.Second {
			w.late = append(w.late, fmt.Sprintf("%s, written %v before the kill", id, w.killed.Sub(at)))
		}
	} else if before {
		w.twice++
	}
	w.mu.Unlock()
	w.Handler.ServeHTTP(rw, r)
	if r.Method == http.MethodPatch {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.writes++
		w.written[id] = time.Now()
	}
}

func (w *watch) soFar() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.writes
}

// TestKilledDeliveries: however often the process is killed, the end is that of a
// delivery at rest, and what was told more than a second before a kill is not even
// asked for again.
func TestKilledDeliveries(t *testing.T) {
	t.Parallel()
	customers, kills := 2000, 2
	if os.Getenv("AXISYNC_LARGE") != "" {
		customers, kills = 100_000, 50
	}
	dir := t.TempDir()
	config := simulator.Config{Update: simulator.Replace}
	var list strings.Builder
	for i := range customers {
		id := fmt.Sprintf("C-%06d", i)
		fmt.Fprintln(&list, id)
		config.Extra = append(config.Extra, simulator.Customer{ID: id, Properties: map[string]json.RawMessage{"Foreign": json.RawMessage(fmt.Sprintf(`"is %d"`, i))}})
	}
	if err := os.WriteFile(filepath.Join(dir, "customers"), []byte(list.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	server := simulator.New(config)
	w := &watch{Handler: server, written: map[string]time.Time{}}
	web := httptest.NewServer(w)
	t.Cleanup(web.Close)
	for range kills {
		if deliverAndKill(t, w, web.URL, dir, rand.IntN(2*customers/(kills+1))) {
			break
		}
	}
	if output, err := child(t, web.URL, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	i := 0
	for c := range server.Customers() {
		if want := fmt.Sprintf(`"is %d"`, i); string(c.Properties["Foreign"]) != want || string(c.Properties["Axis"]) != `"x"` || len(c.Properties) != 2 {
			t.Errorf("%s holds %s", c.ID, c.Properties)
		}
		i++
	}
	t.Logf("%d customers, %d kills: %d writes, %d customers asked for again, %d written again", customers, kills, w.writes, w.again, w.twice)
	if len(w.late) > 0 {
		t.Errorf("%d customers were asked for again, such as %s", len(w.late), w.late[0])
	}
	if w.twice > kills { // the last write of a dying process may overtake the next one's read
		t.Errorf("%d customers were written twice", w.twice)
	}
}

// deliverAndKill kills a delivery some moments after so many more writes; it
// reports whether the delivery came to its end before.
func deliverAndKill(t *testing.T, w *watch, address, dir string, writes int) bool {
	t.Helper()
	process := child(t, address, dir)
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- process.Wait() }()
	enough := w.soFar() + writes
	tick := time.NewTicker(time.Duration(1+rand.IntN(10)) * time.Millisecond)
	defer tick.Stop()
	for w.soFar() < enough {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
			return true
		case <-tick.C:
		}
	}
	_ = process.Process.Kill() // it may just have ended
	now := time.Now()
	<-ended
	w.mu.Lock()
	defer w.mu.Unlock()
	w.killed = now
	return false
}

func child(t *testing.T, address, dir string) *exec.Cmd {
	t.Helper()
	process := exec.Command(os.Args[0])
	process.Env = append(os.Environ(), deliverTo+"="+address, deliverFrom+"="+dir)
	return process
}
