package peers

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/connector/salesforce/simulator"
)

const (
	bar      = 0.5 // of the CPU time of go-salesforce
	rounds   = 3
	accounts = 200_000
	asServer = "AXISYNC_PEERS_SERVER" // set in the process that is the server
)

// address is where the server process listens and how to log in to it.
type address struct{ URL, ClientID, ClientSecret string }

// TestMain lets the test binary also be the server, so that its CPU time is not
// counted to a client.
func TestMain(m *testing.M) {
	if os.Getenv(asServer) != "" {
		serve()
		return
	}
	os.Exit(m.Run())
}

func serve() {
	sim := simulator.New(simulator.Config{Seed: 1, Accounts: number("AXISYNC_PEERS_ACCOUNTS", accounts)})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go http.Serve(listener, sim) // ends with the process
	known := sim.Credentials()
	if err := json.NewEncoder(os.Stdout).Encode(address{"http://" + listener.Addr().String(), known.ClientID, known.ClientSecret}); err != nil {
		panic(err)
	}
	_, _ = os.Stdin.Read(make([]byte, 1)) // until the parent is gone
}

func number(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// startServer runs the simulator in a process of its own.
func startServer(b *testing.B) address {
	b.Helper()
	binary, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	command := exec.Command(binary)
	command.Env = append(os.Environ(), asServer+"=1")
	command.Stderr = os.Stderr
	stdin, err := command.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { stdin.Close(); command.Wait() }) // it leaves when its input ends
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		b.Fatal(err)
	}
	var at address
	if err := json.Unmarshal(line, &at); err != nil {
		b.Fatal(err)
	}
	return at
}

// spent is the CPU time of this process.
func spent(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// measure returns the CPU time of one extraction, garbage collection included.
// The rows are counted after it.
func measure(b *testing.B, extract func(*testing.B, address) func() int, at address) time.Duration {
	b.Helper()
	runtime.GC()
	before := spent(b)
	rows := extract(b, at)
	runtime.GC()
	cpu := spent(b) - before
	if n, want := rows(), number("AXISYNC_PEERS_ACCOUNTS", accounts); n != want {
		b.Fatalf("%d rows, want %d", n, want)
	}
	return cpu
}

// BenchmarkPeers reads the same rows with both clients, from job to values:
// ours into Arrow, go-salesforce into its structs. Each is measured several
// times in turn; the medians count.
func BenchmarkPeers(b *testing.B) {
	at := startServer(b)
	for b.Loop() {
		var own, others, exports []time.Duration
		for range rounds {
			own = append(own, measure(b, extractOurs, at))
			others = append(others, measure(b, extractTheirs, at))
			exports = append(exports, measure(b, exportTheirs, at))
		}
		ours, theirs, export := median(own).Seconds(), median(others).Seconds(), median(exports).Seconds()
		b.ReportMetric(ours, "ours-cpu-s")
		b.ReportMetric(theirs, "theirs-cpu-s")
		b.ReportMetric(export, "theirs-to-a-file-cpu-s")
		ratio := ours / min(theirs, export)
		b.ReportMetric(ratio, "ratio")
		if ratio > bar {
			b.Errorf("our CPU time is %.2f of theirs, at most %.2f is the bar", ratio, bar)
		}
	}
}

func median(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
}

// properties are those of the benchmark, in describe's types.
var properties = []connector.Property{{Name: "Name", Type: "string"}, {Name: "Industry", Type: "picklist"}, {Name: "Phone", Type: "phone"},
	{Name: "Website", Type: "url"}, {Name: "BillingStreet", Type: "textarea"}, {Name: "BillingCity", Type: "string"},
	{Name: "BillingPostalCode", Type: "string"}, {Name: "BillingCountry", Type: "string"}, {Name: "AnnualRevenue", Type: "currency"},
	{Name: "NumberOfEmployees", Type: "int"}, {Name: "OwnerId", Type: "reference"}, {Name: "CreatedDate", Type: "datetime"},
	{Name: "Custom_Segment__c", Type: "picklist"}, {Name: "Description", Type: "textarea"}}

// extractOurs reads with the default settings into Arrow.
func extractOurs(b *testing.B, at address) (rows func() int) {
	ctx := context.Background()
	org, err := salesforce.Connect(ctx, salesforce.Config{LoginURL: at.URL, Flow: salesforce.FlowClientCredentials,
		ClientID: connector.NewSecret(at.ClientID), ClientSecret: connector.NewSecret(at.ClientSecret)}, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer org.Close()
	e, err := org.Extract(ctx, salesforce.Query{Object: "Account", Properties: properties}, b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	reader, n := e.Reader(), 0
	defer reader.Release()
	for reader.Next() {
		n += int(reader.RecordBatch().NumRows())
	}
	if err := reader.Err(); err != nil {
		b.Fatal(err)
	}
	if err := e.Close(ctx); err != nil {
		b.Fatal(err)
	}
	return func() int { return n }
}
