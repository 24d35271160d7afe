package simulator_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/axisync/axisync/connector/salesforce/simulator"
)

// conformance is what real clients were seen to break on, where no other test
// has it: who asks, and what a server must do. The check gets a client of an
// org of 500 accounts in pages of 200.
var conformance = []struct {
	who, rule string
	check     func(c *client)
}{
	{"sf", "the resources of a version, before every page", func(c *client) {
		if d := c.get("/services/data/v62.0").want(http.StatusOK).object(); d["query"] != v62+"query" || d["sobjects"] != v62+"sobjects" {
			c.t.Errorf("%v", d)
		}
	}},
	{"sf, jsforce, go-salesforce", "any version, and further pages in the same", anyVersion},
	{"force, jsforce", "the list of objects", func(c *client) {
		list := c.get(v62 + "sobjects").want(http.StatusOK).object()["sobjects"].([]any)
		if list[0].(map[string]any)["name"] != "Account" {
			c.t.Errorf("%v", list)
		}
	}},
	{"sf", "a slash at the end of the instance's address, without a redirect", func(c *client) {
		for _, path := range []string{"limits", "sobjects/Account/describe", "query?q=SELECT+Id+FROM+Account", "jobs/query"} {
			c.get("/" + v62 + path).want(http.StatusOK)
		}
	}},
	{"jsforce, go-salesforce", "errors are arrays of one", func(c *client) {
		c.get(v62+"nowhere").refused(http.StatusNotFound, "NOT_FOUND")
		c.post(v62+"jobs/query", map[string]string{"operation": "query"}).refused(http.StatusBadRequest, "MALFORMED_QUERY")
		c.do("PUT", v62+"limits", nil).refused(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED")
	}},
	{"all", "creation without contentType, compressed or not; its defaults are echoed", creation},
	{"jsforce", "only documented states", states},
	{"jsforce", "no locator but on pages", func(c *client) {
		id := c.created("SELECT Id FROM Account")
		answers := []answer{c.get(v62 + "jobs/query/" + id), c.get(v62 + "jobs/query"), c.get(v62 + "jobs/query/" + id + "/resultPages"),
			c.post(v62+"jobs/query", map[string]string{"operation": "query", "query": "SELECT Id FROM Account"})}
		for _, a := range answers {
			if len(a.want(http.StatusOK).header.Values("Sforce-Locator")) != 0 {
				c.t.Errorf("%v", a.header)
			}
		}
	}},
	{"go-salesforce, jsforce, sf", "both headers on every page, the word null on the last", pageHeaders},
	{"sf --result-format json", "numberRecordsProcessed is exact", func(c *client) {
		for query, want := range map[string]float64{"SELECT Id FROM Account": 500, "SELECT Id FROM Account LIMIT 7": 7,
			"SELECT Id FROM Account WHERE Name = 'nobody'": 0} {
			if got := c.get(v62 + "jobs/query/" + c.job(query)).object()["numberRecordsProcessed"]; got != want {
				c.t.Errorf("%s: %v, want %v", query, got, want)
			}
		}
	}},
	{"jsforce", "a page makes sense to a parser that takes any delimiter", func(c *client) {
		body := c.get(v62 + "jobs/query/" + c.job("SELECT Id, Name, Products__c, Legacy_Notes__c FROM Account") + "/results").want(http.StatusOK).body
		if outside := regexp.MustCompile(`"(?:[^"]|"")*"`).ReplaceAll(body, nil); bytes.ContainsAny(outside, ";|^`\t") {
			c.t.Errorf("outside of quotes: %q", outside)
		}
	}},
	{"force bulk2 jobs", "the list of jobs, of ingest too", func(c *client) {
		c.created("SELECT Id FROM Account")
		for _, path := range []string{"jobs/query", "jobs/ingest"} {
			d := c.get(v62 + path).want(http.StatusOK).object()
			if _, ok := d["nextRecordsUrl"]; !ok || d["done"] != true || len(d["records"].([]any)) == 0 {
				c.t.Errorf("%v", d)
			}
		}
	}},
	{"jsforce, force", "a job that was deleted is not found; the deletion has no body", func(c *client) {
		id := c.job("SELECT Id FROM Account")
		if a := c.do("DELETE", v62+"jobs/query/"+id, nil).want(http.StatusNoContent); len(a.body) != 0 || a.header.Get("Content-Type") != "" {
			c.t.Errorf("%v %s", a.header, a.body)
		}
		c.get(v62+"jobs/query/"+id).refused(http.StatusNotFound, "NOT_FOUND")
		c.do("DELETE", v62+"jobs/query/"+id, nil).refused(http.StatusNotFound, "NOT_FOUND")
	}},
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for _, rule := range conformance {
		t.Run(rule.who+": "+rule.rule, func(t *testing.T) {
			t.Parallel()
			rule.check(start(t, simulator.Config{Accounts: 500, PageRows: 200}))
		})
	}
}

func anyVersion(c *client) {
	for _, version := range []string{"v47.0", "v50.0", "v51.0", "v63.0", "v68.0"} {
		base := "/services/data/" + version + "/"
		d := c.get(base+"query/?q="+url.QueryEscape("SELECT Id FROM Account"), "Sforce-Query-Options", "batchSize=200").want(http.StatusOK).object()
		next := d["nextRecordsUrl"].(string)
		if !strings.HasPrefix(next, base+"query/") {
			c.t.Errorf("%s goes on at %s", version, next)
		}
		c.get(next).want(http.StatusOK)
		body, _ := json.Marshal(map[string]string{"operation": "query", "query": "SELECT Id FROM Account"})
		created := c.do("POST", base+"jobs/query", bytes.NewReader(body), "Content-Type", "application/json").want(http.StatusOK)
		if number := `"apiVersion":` + version[1:]; !bytes.Contains(created.body, []byte(number)) {
			c.t.Errorf("%s is not in %s", number, created.body)
		}
	}
}

func creation(c *client) {
	body, _ := json.Marshal(map[string]string{"operation": "query", "query": "SELECT Id FROM Account"})
	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	_, _ = w.Write(body) // a bytes.Buffer takes everything
	_ = w.Close()
	for _, a := range []answer{
		c.do("POST", v62+"jobs/query", bytes.NewReader(body), "Content-Type", "application/json"),
		c.do("POST", v62+"jobs/query/", bytes.NewReader(body), "Content-Type", "application/json; charset=utf-8"),
		c.do("POST", v62+"jobs/query", &compressed, "Content-Type", "application/json", "Content-Encoding", "gzip", "Accept-Encoding", "gzip"),
	} {
		d := a.want(http.StatusOK).object()
		if d["columnDelimiter"] != "COMMA" || d["lineEnding"] != "LF" || d["state"] != "UploadComplete" || d["contentType"] != "CSV" ||
			d["concurrencyMode"] != "Parallel" || d["object"] != "Account" || d["apiVersion"] != 62.0 {
			c.t.Errorf("%v", d)
		}
	}
}

func states(c *client) {
	documented := []string{"UploadComplete", "InProgress", "Aborted", "JobComplete", "Failed"}
	id := c.created("SELECT Id FROM Account")
	for range 4 {
		if state := c.get(v62 + "jobs/query/" + id).object()["state"].(string); !slices.Contains(documented, state) {
			c.t.Errorf("state %s", state)
		}
	}
}

func pageHeaders(c *client) {
	path := v62 + "jobs/query/" + c.job("SELECT Id FROM Account") + "/results"
	locator := ""
	for page, want := range []string{"200", "200", "100"} {
		a := c.get(path + locator).want(http.StatusOK)
		if n := a.header.Values("Sforce-Numberofrecords"); len(n) != 1 || n[0] != want {
			c.t.Errorf("page %d has %v records, want %s", page, n, want)
		}
		next := a.header.Values("Sforce-Locator")
		if len(next) != 1 || (next[0] == "null") != (page == 2) || next[0] != url.QueryEscape(next[0]) {
			c.t.Fatalf("page %d has the locator %q", page, next)
		}
		locator = fmt.Sprintf("/?locator=%s", next[0]) // as go-salesforce writes it
	}
	// Each locator can be asked for again, and with another size.
	c.get(path + "?maxRecords=50").want(http.StatusOK)
	c.get(path).want(http.StatusOK)
}
