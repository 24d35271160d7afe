package pipelines_test

import (
	"bytes"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	salesforce "github.com/axisync/axisync/connector/salesforce/simulator"
)

// TestMemoryOfExtract: the peak memory of an extract does not grow with the number of
// accounts, nor with the size of a page. Each extract runs in a process of its own,
// which tells its peak itself: what the system accounts to a child begins with the
// memory of its parent, which holds the simulator here. With AXISYNC_LARGE up to ten
// million accounts, in pages of a quarter of a million, of a million and all in one.
func TestMemoryOfExtract(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("this system does not tell a process its peak memory")
	}
	numbers, pages, margin := []int{20_000, 80_000}, []int{5_000, 80_000}, 1.25
	if os.Getenv("AXISYNC_LARGE") != "" {
		numbers, pages, margin = []int{1_000_000, 3_000_000, 10_000_000}, []int{250_000, 1_000_000, 10_000_000}, 1.1
	}
	var least, most int64
	for _, accounts := range numbers {
		for _, rows := range pages {
			peak := peakOfExtract(t, accounts, rows)
			t.Logf("%10d accounts in pages of %10d: %4d MB", accounts, rows, peak>>20)
			if least == 0 || peak < least {
				least = peak
			}
			most = max(most, peak)
		}
	}
	if float64(most) > margin*float64(least) {
		t.Errorf("the peak lies between %d and %d MB: more than %.0f%% apart", least>>20, most>>20, 100*(margin-1))
	}
}

func peakOfExtract(t *testing.T, accounts, pageRows int) int64 {
	t.Helper()
	crm := salesforce.New(salesforce.Config{Seed: 7, Accounts: accounts, PageRows: pageRows})
	defer crm.Close()
	server := httptest.NewServer(crm)
	defer server.Close()
	credentials := crm.Credentials()
	w := &world{t: t, dir: t.TempDir(), now: time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)}
	w.put("client_id", credentials.ClientID)
	w.put("client_secret", credentials.ClientSecret)
	w.put("api_key", fincome.DefaultAPIKey)
	w.text, w.file = strings.NewReplacer("SALESFORCE", server.URL, "FINCOME", "http://127.0.0.1:1").Replace(usual), filepath.Join(w.dir, "daily.yaml")
	w.change(map[string]string{"[Phone, BillingCity, AnnualRevenue, Is_Partner__c, Renewal_Date__c, Products__c, Owner.Name]": fifteen})
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "AXISYNC_TEST_CHILD="+w.file, "AXISYNC_TEST_COMMAND=extract", "AXISYNC_TEST_NOW="+strconv.FormatInt(w.now.Unix(), 10), "GOMEMLIMIT=112MiB")
	out, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	content, err := os.Open(filepath.Join(w.dir, "accounts.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	if lines := countLines(t, content); lines < accounts {
		t.Fatalf("%d lines for %d accounts", lines, accounts)
	}
	peak := regexp.MustCompile(`VmHWM:\s+([0-9]+) kB`).FindSubmatch(out)
	if peak == nil {
		t.Fatalf("the extract does not tell its peak memory: %s", out)
	}
	kilobytes, err := strconv.ParseInt(string(peak[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}

func countLines(t *testing.T, file *os.File) int {
	t.Helper()
	lines, buffer := 0, make([]byte, 1<<20)
	for {
		n, err := file.Read(buffer)
		lines += bytes.Count(buffer[:n], []byte("\n"))
		if err != nil {
			return lines
		}
	}
}
