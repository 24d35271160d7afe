package simulator_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/axisync/axisync/connector/salesforce/simulator"
)

// client is a user of a server, logged in by client credentials.
type client struct {
	t     *testing.T
	sim   *simulator.Server
	url   string
	token string
	http  *http.Client
}

// start runs a server for the length of a test.
func start(t *testing.T, cfg simulator.Config) *client {
	t.Helper()
	sim := simulator.New(cfg)
	server := httptest.NewServer(sim)
	t.Cleanup(sim.Close)
	t.Cleanup(server.Close)
	// Redirects are looked at, and nothing is decompressed behind the test's back.
	transport := server.Client().Transport.(*http.Transport).Clone()
	transport.DisableCompression = true
	c := &client{t: t, sim: sim, url: server.URL, http: &http.Client{Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	t.Cleanup(transport.CloseIdleConnections)
	c.login()
	return c
}

func (c *client) login() {
	c.t.Helper()
	known := c.sim.Credentials()
	a := c.form("/services/oauth2/token", "grant_type", "client_credentials", "client_id", known.ClientID, "client_secret", known.ClientSecret)
	a.want(http.StatusOK)
	c.token = a.object()["access_token"].(string)
}

// answer is a response, read to its end.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
	err    error // of reading the body
}

// do sends a request. headers are pairs.
func (c *client) do(method, path string, body io.Reader, headers ...string) answer {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := c.http.Do(r)
	if err != nil {
		return answer{t: c.t, err: err}
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	return answer{t: c.t, status: response.StatusCode, header: response.Header, body: read, err: err}
}

func (c *client) get(path string, headers ...string) answer {
	c.t.Helper()
	return c.do("GET", path, nil, headers...)
}

func (c *client) post(path string, document any) answer {
	c.t.Helper()
	body, err := json.Marshal(document)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.do("POST", path, bytes.NewReader(body), "Content-Type", "application/json")
}

func (c *client) form(path string, pairs ...string) answer {
	c.t.Helper()
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return c.do("POST", path, strings.NewReader(values.Encode()), "Content-Type", "application/x-www-form-urlencoded", "Authorization", "")
}

func (a answer) want(status int) answer {
	a.t.Helper()
	if a.err != nil || a.status != status {
		a.t.Fatalf("status %d, error %v, want status %d: %.500s", a.status, a.err, status, a.body)
	}
	return a
}

func (a answer) object() map[string]any {
	a.t.Helper()
	var object map[string]any
	if err := json.Unmarshal(a.body, &object); err != nil {
		a.t.Fatalf("%v in %.300s", err, a.body)
	}
	return object
}

// refused wants an array of one error, and returns its message.
func (a answer) refused(status int, code string) string {
	a.t.Helper()
	a.want(status)
	var list []map[string]any
	if err := json.Unmarshal(a.body, &list); err != nil || len(list) != 1 || list[0]["errorCode"] != code {
		a.t.Fatalf("want one error %s, got %s", code, a.body)
	}
	return list[0]["message"].(string)
}

const v62 = "/services/data/v62.0/"

// job creates a job and polls it until it is complete.
func (c *client) job(query string, more ...string) string {
	c.t.Helper()
	id := c.created(query, more...)
	for range 10 {
		if state := c.get(v62 + "jobs/query/" + id).want(http.StatusOK).object()["state"]; state == "JobComplete" {
			return id
		}
	}
	c.t.Fatalf("job %s is not complete after 10 polls", id)
	return ""
}

func (c *client) created(query string, more ...string) string {
	c.t.Helper()
	asked := map[string]string{"operation": "query", "query": query}
	for i := 0; i < len(more); i += 2 {
		asked[more[i]] = more[i+1]
	}
	return c.post(v62+"jobs/query", asked).want(http.StatusOK).object()["id"].(string)
}

// download reads all pages of a job one after the other, and returns the header
// and the rows. It checks what every page must have.
func (c *client) download(id, parameters string) (header []string, rows [][]string) {
	c.t.Helper()
	locator := ""
	for range 1000 {
		a := c.get(v62 + "jobs/query/" + id + "/results?" + parameters + locator).want(http.StatusOK)
		page, err := csv.NewReader(bytes.NewReader(a.body)).ReadAll()
		if err != nil {
			c.t.Fatal(err)
		}
		if n := a.header.Get("Sforce-NumberOfRecords"); n != fmt.Sprint(len(page)-1) {
			c.t.Fatalf("the page has %d records, its header says %s", len(page)-1, n)
		}
		if header != nil && !slices.Equal(header, page[0]) {
			c.t.Fatalf("a later page has the header %q, the first %q", page[0], header)
		}
		header, rows = page[0], append(rows, page[1:]...)
		next := a.header.Get("Sforce-Locator")
		if next == "null" {
			return header, rows
		}
		locator = "&locator=" + next
	}
	c.t.Fatal("the pages do not end")
	return nil, nil
}

// truth is what a query of these properties has to give, by id.
func (c *client) truth(deleted bool, properties ...string) map[string][]string {
	rows := map[string][]string{}
	for a := range c.sim.All() {
		if a.Deleted() && (!deleted || a.Purged()) {
			continue
		}
		var row []string
		for _, property := range properties {
			value, _ := a.Value(property)
			row = append(row, value)
		}
		rows[a.ID()] = row
	}
	return rows
}

// byID indexes rows by their first column. encoding/csv reads CRLF within a
// value as LF, so truth and rows are compared with LF.
func byID(t *testing.T, rows [][]string) map[string][]string {
	t.Helper()
	index := map[string][]string{}
	for _, row := range rows {
		if index[row[0]] != nil {
			t.Fatalf("%s comes twice", row[0])
		}
		index[row[0]] = row
	}
	return index
}

func sameRows(t *testing.T, want, got map[string][]string) {
	t.Helper()
	if len(want) != len(got) {
		t.Errorf("%d rows, want %d", len(got), len(want))
	}
	wrong := 0
	for id, row := range want {
		for i, value := range row {
			value = strings.ReplaceAll(value, "\r\n", "\n")
			if wrong < 5 && (len(got[id]) != len(row) || got[id][i] != value) {
				wrong++
				t.Errorf("%s: column %d of %q is not %q", id, i, got[id], value)
			}
		}
	}
}

func readCSV(t *testing.T, body []byte) [][]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
