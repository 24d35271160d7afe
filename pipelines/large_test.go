package pipelines_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/axisync/axisync/pipelines/examples"
)

// TestLarge measures the bars of a million rows with the built program against
// `axisync simulate` in another process: `make bench-large`. Peak memory and CPU
// are those the system accounts to the process.
func TestLarge(t *testing.T) {
	if os.Getenv("AXISYNC_LARGE") == "" {
		t.Skip("a million accounts: make bench-large")
	}
	program, err := filepath.Abs(filepath.Join("..", "bin", "axisync"))
	if err != nil {
		t.Fatal(err)
	}
	million := serve(t, program, 1_000_000, 200_000, fifteen)
	extract := million.measure("extract", million.file, "--csv", filepath.Join(million.dir, "accounts.csv"))
	plan := million.measure("plan", million.file)
	million.stop()
	three := serve(t, program, 3_000_000, 200_000, fifteen)
	large := three.measure("plan", three.file)
	three.stop()
	if extract.peak > 150<<20 {
		t.Errorf("extract of 1,000,000 accounts took %d MB, the bar is 150 MB", extract.peak>>20)
	}
	if plan.peak > 350<<20 || plan.cpu > 6 {
		t.Errorf("plan of 1,000,000 accounts took %d MB and %.1f s of CPU, the bars are 350 MB and 6 s", plan.peak>>20, plan.cpu)
	}
	if float64(large.peak) > 1.2*float64(plan.peak) {
		t.Errorf("plan of 3,000,000 accounts took %d MB after %d MB for 1,000,000, the bar is 20%% more", large.peak>>20, plan.peak>>20)
	}
}

// TestLargeTransform: ten million accounts against two million customers, one
// property of some hundred bytes: the whole plan, extraction and snapshot included,
// holds the bar of its transform.
func TestLargeTransform(t *testing.T) {
	if os.Getenv("AXISYNC_LARGE") == "" {
		t.Skip("ten million accounts: make bench-large")
	}
	program, err := filepath.Abs(filepath.Join("..", "bin", "axisync"))
	if err != nil {
		t.Fatal(err)
	}
	ten := serve(t, program, 10_000_000, 2_000_000, strings.Replace(fifteen, "Rating", "Description", 1))
	plan := ten.measure("plan", ten.file)
	if plan.peak > 1<<30 || plan.cpu > 200 {
		t.Errorf("plan of 10,000,000 accounts and 2,000,000 customers took %d MB and %.1f s of CPU, the bars are 1 GB and 200 s", plan.peak>>20, plan.cpu)
	}
}

type served struct {
	t          *testing.T
	program    string
	dir, file  string
	env        []string
	simulation *exec.Cmd
}

type usage struct {
	peak int64 // bytes
	cpu  float64
}

// fifteen are the properties of the bars.
const fifteen = "Name, Type, Industry, Phone, Website, BillingStreet, BillingCity, BillingPostalCode, BillingCountry, AnnualRevenue, NumberOfEmployees, Rating, Custom_Segment__c, Region__c, Renewal_Date__c"

func serve(t *testing.T, program string, accounts, customers int, properties string) *served {
	t.Helper()
	s := &served{t: t, program: program, dir: t.TempDir(), simulation: exec.Command(program, "simulate", "--accounts", strconv.Itoa(accounts), "--customers", strconv.Itoa(customers))}
	out, err := s.simulation.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.simulation.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var world map[string]string
	if err := json.Unmarshal(line, &world); err != nil {
		t.Fatal(err)
	}
	s.env = append(os.Environ(), "SALESFORCE_URL="+world["salesforce_url"], "FINCOME_URL="+world["fincome_url"],
		"SALESFORCE_CLIENT_ID="+world["client_id"], "SALESFORCE_CLIENT_SECRET="+world["client_secret"], "FINCOME_API_KEY="+world["fincome_api_key"])
	s.file = filepath.Join(s.dir, "large.yaml")
	if err := os.WriteFile(s.file, withProperties(examples.Demo, properties), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *served) stop() {
	_ = s.simulation.Process.Signal(syscall.SIGTERM) // may be gone already
	_ = s.simulation.Wait()
}

func (s *served) measure(args ...string) usage {
	s.t.Helper()
	cmd := exec.Command(s.program, args...)
	cmd.Env = s.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("%v: %v\n%s", args, err, out)
	}
	system := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	u := usage{system.Maxrss << 10, cmd.ProcessState.UserTime().Seconds() + cmd.ProcessState.SystemTime().Seconds()}
	fmt.Printf("%-8s %4d MB peak, %.1f s of CPU\n", args[0], u.peak>>20, u.cpu)
	return u
}
