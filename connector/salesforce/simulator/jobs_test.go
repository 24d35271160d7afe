package simulator_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axisync/axisync/connector/salesforce/simulator"
)

const small = 500

func keysOf(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

func TestJobFields(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: small})
	a := c.post(v62+"jobs/query", map[string]string{"operation": "query", "query": "SELECT Id FROM account"}).want(http.StatusOK)
	d := a.object()
	want := strings.Fields("apiVersion columnDelimiter concurrencyMode contentType createdById createdDate id lineEnding object operation state systemModstamp")
	if got := keysOf(d); !slices.Equal(got, want) {
		t.Errorf("created with the fields %q, want %q", got, want)
	}
	if !bytes.Contains(a.body, []byte(`"apiVersion":62`)) || d["state"] != "UploadComplete" || d["object"] != "Account" || d["columnDelimiter"] != "COMMA" ||
		d["lineEnding"] != "LF" || d["contentType"] != "CSV" || d["concurrencyMode"] != "Parallel" || d["createdById"] != c.sim.UserID() {
		t.Errorf("created as %s", a.body)
	}
	if _, err := time.Parse("2006-01-02T15:04:05.000-0700", d["createdDate"].(string)); err != nil {
		t.Error(err)
	}
	id := d["id"].(string)
	if !strings.HasPrefix(id, "750") || len(id) != 18 {
		t.Errorf("job id %s", id)
	}
	d = c.get(v62 + "jobs/query/" + id).want(http.StatusOK).object()
	want = slices.Sorted(slices.Values(append(want, "jobType", "numberRecordsProcessed", "retries", "totalProcessingTime", "isPkChunkingSupported")))
	if got := keysOf(d); !slices.Equal(got, want) {
		t.Errorf("polled with the fields %q, want %q", got, want)
	}
	if d["jobType"] != "V2Query" || d["numberRecordsProcessed"] != float64(small) || d["isPkChunkingSupported"] != true || d["state"] != "JobComplete" {
		t.Errorf("polled as %v", d)
	}
	if d := c.get(v62 + "jobs/query/" + c.job("SELECT Id FROM Account LIMIT 3")).object(); d["isPkChunkingSupported"] != false || d["numberRecordsProcessed"] != 3.0 {
		t.Errorf("a limited job was polled as %v", d)
	}
	if a := c.get(v62 + "jobs/query/" + id[:15]); a.header.Get("Sforce-Locator") != "" || a.status != http.StatusOK {
		t.Errorf("a poll by 15 characters answers %d with locator %q", a.status, a.header.Get("Sforce-Locator"))
	}
}

func TestJobStates(t *testing.T) {
	t.Parallel()
	for polls, want := range map[int][]string{
		0: {"JobComplete", "JobComplete"},
		1: {"InProgress", "JobComplete"},
		3: {"UploadComplete", "InProgress", "InProgress", "JobComplete"},
	} {
		c := start(t, simulator.Config{Accounts: small, PollsUntilComplete: polls})
		id := c.created("SELECT Id FROM Account")
		for i, state := range want {
			if i < polls {
				c.get(v62 + "jobs/query/" + id + "/results").want(http.StatusNoContent)
			}
			if got := c.get(v62 + "jobs/query/" + id).want(http.StatusOK).object()["state"]; got != state {
				t.Errorf("%d polls until complete: poll %d says %v, want %s", polls, i+1, got, state)
			}
		}
	}
}

func TestFailedJobs(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: small, FailJob: func(query string) (string, bool) {
		if strings.Contains(query, "Phone") {
			return "InvalidBatch : Failed to process query: QUERY_TIMEOUT", true
		}
		return "", strings.Contains(query, "Name")
	}})
	for query, message := range map[string]any{
		"SELECT Phone FROM Account": "InvalidBatch : Failed to process query: QUERY_TIMEOUT",
		"SELECT Name FROM Account":  nil,
	} {
		id := c.created(query)
		d := c.get(v62 + "jobs/query/" + id).want(http.StatusOK).object()
		if d["state"] != "Failed" || d["errorMessage"] != message {
			t.Errorf("%s: %v", query, d)
		}
		c.get(v62+"jobs/query/"+id+"/results").refused(http.StatusBadRequest, "INVALIDJOBSTATE")
		c.do("DELETE", v62+"jobs/query/"+id, nil).want(http.StatusNoContent)
	}
	c.job("SELECT Id FROM Account")
}

func TestAbortAndDelete(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: small, PollsUntilComplete: 1})
	abort := map[string]string{"state": "Aborted"}
	patch := func(id string, body any) answer {
		text, _ := json.Marshal(body)
		return c.do("PATCH", v62+"jobs/query/"+id, bytes.NewReader(text))
	}
	id := c.created("SELECT Id FROM Account")
	if m := c.do("DELETE", v62+"jobs/query/"+id, nil).refused(http.StatusBadRequest, "API_ERROR"); m != "Error encountered when deleting the job because the job is not terminated" {
		t.Error(m)
	}
	patch(id, map[string]string{"state": "UploadComplete"}).refused(http.StatusBadRequest, "INVALIDJOBSTATE")
	d := patch(id, abort).want(http.StatusOK).object()
	for _, absent := range []string{"lineEnding", "columnDelimiter", "jobType"} {
		if _, ok := d[absent]; ok {
			t.Errorf("the answer to an abort has %s", absent)
		}
	}
	if d["state"] != "Aborted" {
		t.Errorf("aborted: %v", d)
	}
	if got := c.get(v62 + "jobs/query/" + id).object()["state"]; got != "Aborted" {
		t.Errorf("polled after an abort: %v", got)
	}
	c.do("DELETE", v62+"jobs/query/"+id, nil).want(http.StatusNoContent)

	id = c.job("SELECT Id FROM Account")
	if m := patch(id, abort).refused(http.StatusBadRequest, "INVALIDJOBSTATE"); m != "Aborting already Completed Job not allowed" {
		t.Error(m)
	}
	if a := c.do("DELETE", v62+"jobs/query/"+id, nil).want(http.StatusNoContent); len(a.body) != 0 {
		t.Errorf("204 with a body: %s", a.body)
	}
	for _, path := range []string{id, id + "/results", id + "/resultPages", "750000000000000AAA"} {
		if m := c.get(v62+"jobs/query/"+path).refused(http.StatusNotFound, "NOT_FOUND"); m != "The requested resource does not exist" {
			t.Error(m)
		}
	}
	patch(id, abort).refused(http.StatusNotFound, "NOT_FOUND")
	c.do("DELETE", v62+"jobs/query/"+id, nil).refused(http.StatusNotFound, "NOT_FOUND")
}

func TestCreationIsChecked(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: small, QueryJobs: 1})
	for body, code := range map[string]string{
		`{`: "JSON_PARSER_ERROR",
		`{"operation":"query","query":"SELECT Id FROM Account","object":"Account"}`:              "JSON_PARSER_ERROR",
		`{"operation":"insert","query":"SELECT Id FROM Account"}`:                                "INVALIDOPERATION",
		`{"query":"SELECT Id FROM Account"}`:                                                     "INVALIDOPERATION",
		`{"operation":"query","query":"SELECT Id FROM Account","contentType":"JSON"}`:            "API_ERROR",
		`{"operation":"query","query":"SELECT Id FROM Account","columnDelimiter":","}`:           "API_ERROR",
		`{"operation":"query","query":"SELECT Id FROM Account","lineEnding":"CR"}`:               "API_ERROR",
		`{"operation":"query","query":"SELECT Id, BillingAddress FROM Account"}`:                 "API_ERROR",
		`{"operation":"query","query":"SELECT Id, Location__c FROM Account"}`:                    "API_ERROR",
		`{"operation":"query","query":"SELECT Id, (SELECT Id FROM Contacts) FROM Account"}`:      "API_ERROR",
		`{"operation":"query","query":"SELECT COUNT() FROM Account"}`:                            "API_ERROR",
		`{"operation":"query","query":"SELECT FIELDS(ALL) FROM Account"}`:                        "API_ERROR",
		`{"operation":"query","query":"SELECT Type FROM Account GROUP BY Type"}`:                 "API_ERROR",
		`{"operation":"query","query":"SELECT Id FROM Account LIMIT 1 OFFSET 1"}`:                "API_ERROR",
		`{"operation":"query","query":"SELECT TYPEOF Owner WHEN User THEN Id END FROM Account"}`: "API_ERROR",
		`{"operation":"query","query":"SELECT Id FROM Organization"}`:                            "INVALIDENTITY",
		`{"operation":"query","query":"SELECT Id FROM Accout"}`:                                  "INVALID_TYPE",
		`{"operation":"query","query":"SELECT Foo FROM Account"}`:                                "INVALID_FIELD",
		`{"operation":"query","query":"SELECT Id"}`:                                              "MALFORMED_QUERY",
	} {
		c.do("POST", v62+"jobs/query", strings.NewReader(body)).refused(http.StatusBadRequest, code)
	}
	if m := c.post(v62+"jobs/query", map[string]string{"operation": "query", "query": "SELECT Id, BillingAddress FROM Account"}).
		refused(http.StatusBadRequest, "API_ERROR"); m != "Selecting compound data not supported in Bulk Query" {
		t.Error(m)
	}
	c.created("SELECT Id FROM Account")
	m := c.post(v62+"jobs/query", map[string]string{"operation": "query", "query": "SELECT Id FROM Account"}).refused(http.StatusBadRequest, "LIMIT_EXCEEDED")
	if m != "Max bulk v2 query jobs (1) per 24 hrs has been reached (2)" {
		t.Error(m)
	}
	c.sim.Advance()
	c.created("SELECT Id FROM Account")
}

func TestCompressedCreation(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: small})
	var body bytes.Buffer
	w := gzip.NewWriter(&body)
	_, _ = io.WriteString(w, `{"operation":"queryAll","query":"SELECT Id FROM Account","columnDelimiter":"PIPE","lineEnding":"CRLF","contentType":"CSV"}`)
	_ = w.Close()
	d := c.do("POST", v62+"jobs/query", &body, "Content-Encoding", "gzip").want(http.StatusOK).object()
	if d["operation"] != "queryAll" || d["columnDelimiter"] != "PIPE" || d["lineEnding"] != "CRLF" {
		t.Errorf("created %v", d)
	}
}

func TestListOfJobs(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 3})
	if d := c.get(v62 + "jobs/query").want(http.StatusOK).object(); d["done"] != true || len(d["records"].([]any)) != 0 {
		t.Errorf("an empty list is %v", d)
	}
	const jobs = 1003
	created := map[string]bool{}
	for range jobs {
		created[c.created("SELECT Id FROM Account")] = true
	}
	path, pages := v62+"jobs/query?jobType=V2Query&concurrencyMode=parallel", 0
	for path != "" {
		d := c.get(path).want(http.StatusOK).object()
		for _, record := range d["records"].([]any) {
			delete(created, record.(map[string]any)["id"].(string))
		}
		pages++
		path, _ = d["nextRecordsUrl"].(string)
		if (path == "") != d["done"].(bool) {
			t.Fatalf("done is %v, next page %q", d["done"], path)
		}
	}
	if len(created) != 0 || pages != 2 {
		t.Errorf("%d pages left %d jobs out", pages, len(created))
	}
	if d := c.get(v62 + "jobs/query?jobType=Classic").object(); len(d["records"].([]any)) != 0 {
		t.Error("there are jobs of Bulk API 1.0")
	}
	c.get(v62 + "jobs/ingest").want(http.StatusOK)
}

func TestJobsAreKeptAWeek(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: small})
	id := c.job("SELECT Id FROM Account")
	for range 6 {
		c.sim.Advance()
	}
	if _, rows := c.download(id, ""); len(rows) != small {
		t.Errorf("%d rows after six days", len(rows))
	}
	c.sim.Advance()
	c.get(v62+"jobs/query/"+id).refused(http.StatusNotFound, "NOT_FOUND")
}

func TestVersions(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: small})
	id := c.job("SELECT Id FROM Account")
	for _, path := range []string{"/results", "/resultPages"} {
		c.get("/services/data/v63.0/jobs/query/"+id+path).refused(http.StatusConflict, "API_ERROR")
	}
	c.get("/services/data/v57.0/jobs/query/"+id+"/resultPages").refused(http.StatusNotFound, "NOT_FOUND")
	c.get("/services/data/v46.0/jobs/query").refused(http.StatusNotFound, "NOT_FOUND")
	c.get("/services/data/v30.0/limits").refused(http.StatusGone, "UNSUPPORTED_API_VERSION")
	for _, version := range []string{"v69.0", "v62", "62.0", "v62.1", "vx.0", "v0.0", "latest"} {
		c.get("/services/data/"+version+"/limits").refused(http.StatusNotFound, "NOT_FOUND")
	}
	// Before version 50 the columns come in the order of the alphabet.
	old := "/services/data/v49.0/jobs/query"
	job := c.post(old, map[string]string{"operation": "query", "query": "SELECT Name, Id, Industry FROM Account"}).want(http.StatusOK).object()["id"].(string)
	c.get(old + "/" + job).want(http.StatusOK)
	a := c.get(old + "/" + job + "/results").want(http.StatusOK)
	if header, _, _ := bytes.Cut(a.body, []byte("\n")); string(header) != `"Id","Industry","Name"` {
		t.Errorf("version 49 begins with %s", header)
	}
}

func TestAJobSeesTheOrgOfItsCreation(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: small, PollsUntilComplete: 1})
	before := c.truth(false, "Id", "Name", "Industry", "SystemModstamp")
	id := c.created("SELECT Id, Name, Industry, SystemModstamp FROM Account")
	for range 3 {
		c.sim.Advance()
	}
	c.sim.HideProperty("Industry")
	c.get(v62 + "jobs/query/" + id).want(http.StatusOK)
	c.get(v62 + "jobs/query/" + id).want(http.StatusOK)
	_, rows := c.download(id, "maxRecords=77")
	sameRows(t, before, byID(t, rows))
	_, rows = c.download(c.job("SELECT Id, Name FROM Account"), "")
	sameRows(t, c.truth(false, "Id", "Name"), byID(t, rows))
	if c.sim.Day() != 3 {
		t.Errorf("it is day %d", c.sim.Day())
	}
}

func TestDeletedAndMergedAccounts(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: small})
	for range 16 {
		c.sim.Advance()
	}
	_, rows := c.download(c.job("SELECT Id, MasterRecordId, IsDeleted FROM Account", "operation", "queryAll"), "")
	all := c.truth(true, "Id", "MasterRecordId", "IsDeleted")
	sameRows(t, all, byID(t, rows))
	deleted := 0
	for _, row := range all {
		if row[2] == "true" {
			deleted++
		}
	}
	_, rows = c.download(c.job("SELECT Id FROM Account WHERE IsDeleted = true", "operation", "queryAll"), "")
	if len(rows) != deleted || deleted == 0 {
		t.Errorf("%d deleted accounts were read, there are %d", len(rows), deleted)
	}
	if _, rows := c.download(c.job("SELECT Id FROM Account WHERE IsDeleted = true"), ""); len(rows) != 0 {
		t.Errorf("query reads %d deleted accounts", len(rows))
	}
	if len(all) >= c.sim.View().Len() {
		t.Error("no account was purged after 16 days")
	}
}

func TestEverythingIsDeterministic(t *testing.T) {
	t.Parallel()
	read := func() string {
		c := start(t, simulator.Config{Seed: 5, Accounts: small})
		c.sim.Advance()
		id := c.job("SELECT Id, Name, Description, SystemModstamp FROM Account")
		return fmt.Sprintf("%s %s %v", id, c.get(v62+"jobs/query/"+id+"/results").body, c.sim.Credentials())
	}
	if first, second := read(), read(); first != second {
		t.Error("the same seed gave two different results")
	}
}
