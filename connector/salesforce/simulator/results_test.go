package simulator_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/axisync/axisync/connector/salesforce/simulator"
)

// everyColumn are all fields of describe that can be read in bulk.
func everyColumn(c *client) []string {
	var names []string
	for _, f := range c.sim.View().Schema().Fields() {
		if !f.IsCompound() {
			names = append(names, f.Name)
		}
	}
	return append(names, "Owner.Name", "Parent.Name")
}

func TestPagesHoldTheTruth(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Seed: 3, Accounts: 6000, MultiCurrency: true})
	names := everyColumn(c)
	id := c.job("SELECT " + strings.ToLower(strings.Join(names, ",")) + " FROM Account")
	want := c.truth(false, names...)
	for _, size := range []string{"", "maxRecords=5000", "maxRecords=3500", "maxRecords=6000"} {
		header, rows := c.download(id, size)
		if !slices.Equal(header, names) {
			t.Fatalf("header %q, want %q", header, names)
		}
		sameRows(t, want, byID(t, rows))
	}
}

func TestEveryValueIsQuoted(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 2000})
	for _, shape := range []struct{ delimiter, lineEnding, separator, end string }{
		{"COMMA", "LF", ",", "\n"}, {"TAB", "CRLF", "\t", "\r\n"}, {"SEMICOLON", "LF", ";", "\n"},
		{"PIPE", "LF", "|", "\n"}, {"CARET", "CRLF", "^", "\r\n"}, {"BACKQUOTE", "LF", "`", "\n"},
	} {
		id := c.job("SELECT Id, Name, Region__c FROM Account", "columnDelimiter", shape.delimiter, "lineEnding", shape.lineEnding)
		a := c.get(v62 + "jobs/query/" + id + "/results").want(http.StatusOK)
		line := `"(?:[^"]|"")*"` + regexp.QuoteMeta(shape.separator) + `"(?:[^"]|"")*"` + regexp.QuoteMeta(shape.separator) + `"(?:[^"]|"")*"` + shape.end
		lines := regexp.MustCompile(line).FindAll(a.body, -1)
		if len(bytes.Join(lines, nil)) != len(a.body) || len(lines) != 2001 {
			t.Errorf("%s: %d of %d bytes in %d lines are what they should be", shape.delimiter, len(bytes.Join(lines, nil)), len(a.body), len(lines))
		}
		if !bytes.Contains(a.body, []byte("\r\nSecond line")) || !bytes.Contains(a.body, []byte(`""`)) {
			t.Errorf("%s: values were changed", shape.delimiter)
		}
	}
}

func TestPageHeaders(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: small, PageRows: 200})
	id := c.job("SELECT Id FROM Account")
	locator, records := "", 0
	for page := range 3 {
		for _, path := range []string{"/results?locator=", "/results/?locator="} {
			for _, accept := range []string{"text/csv", "application/json", "*/*"} {
				a := c.get(v62+"jobs/query/"+id+path+locator, "Accept", accept).want(http.StatusOK)
				if got := a.header.Get("Content-Type"); got != "text/csv; charset=UTF-8" {
					t.Errorf("Accept %s gets %s", accept, got)
				}
				if !bytes.HasPrefix(a.body, []byte("\"Id\"\n")) {
					t.Errorf("page %d begins with %.20q", page, a.body)
				}
			}
		}
		a := c.get(v62 + "jobs/query/" + id + "/results?locator=" + locator)
		records += bytes.Count(a.body, []byte("\n")) - 1
		locator = a.header.Get("Sforce-Locator")
		switch _, err := base64.RawURLEncoding.DecodeString(locator); {
		case page == 2 && locator != "null":
			t.Errorf("the last page has the locator %q", locator)
		case page < 2 && (err != nil || locator == "" || strings.ContainsAny(locator, "=+/")):
			t.Errorf("locator %q: %v", locator, err)
		}
		if !strings.HasPrefix(a.header.Get("Sforce-Limit-Info"), "api-usage=") {
			t.Errorf("Sforce-Limit-Info is %q", a.header.Get("Sforce-Limit-Info"))
		}
	}
	if records != small {
		t.Errorf("%d records", records)
	}
}

func TestZeroRows(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	a := c.get(v62 + "jobs/query/" + c.job("SELECT Id, Name FROM Account") + "/results").want(http.StatusOK)
	if string(a.body) != "\"Id\",\"Name\"\n" || a.header.Get("Sforce-NumberOfRecords") != "0" || a.header.Get("Sforce-Locator") != "null" {
		t.Errorf("%q with %v", a.body, a.header)
	}
}

func TestLocatorsAreNotInvented(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: small, PageRows: 200})
	id, other := c.job("SELECT Id FROM Account"), c.job("SELECT Id FROM Account")
	foreign := c.get(v62 + "jobs/query/" + other + "/results").header.Get("Sforce-Locator")
	own := c.get(v62 + "jobs/query/" + id + "/results").header.Get("Sforce-Locator")
	text, _ := base64.RawURLEncoding.DecodeString(own)
	guessed := base64.RawURLEncoding.EncodeToString(bytes.Replace(text, []byte(":200"), []byte(":201"), 1))
	for _, locator := range []string{foreign, guessed, "MTAwMDA", "%21", "null"} {
		c.get(v62+"jobs/query/"+id+"/results?locator="+locator).refused(http.StatusBadRequest, "INVALID_QUERY_LOCATOR")
	}
	for _, size := range []string{"0", "-1", "x"} {
		c.get(v62+"jobs/query/"+id+"/results?maxRecords="+size).refused(http.StatusBadRequest, "API_ERROR")
	}
}

func TestGzipOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 11_000})
	path := v62 + "jobs/query/" + c.job("SELECT Id, Name, Description FROM Account") + "/results?maxRecords=10500"
	plain := c.get(path).want(http.StatusOK)
	for accept, compressed := range map[string]bool{"gzip": true, "deflate, GZIP;q=0.5": true, "br": false, "gzip;q=0": false, "deflate": false, "identity": false} {
		a := c.get(path, "Accept-Encoding", accept).want(http.StatusOK)
		if (a.header.Get("Content-Encoding") == "gzip") != compressed {
			t.Errorf("Accept-Encoding %s gets %q", accept, a.header.Get("Content-Encoding"))
		}
		body := a.body
		if compressed {
			r, err := gzip.NewReader(bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Multistream(false) // clients that read one member only must get it all
			if body, err = io.ReadAll(r); err != nil {
				t.Fatal(err) // the checksum is right, or this fails
			}
			if len(a.body) > len(body)/2 {
				t.Errorf("%d bytes were compressed to %d", len(body), len(a.body))
			}
		}
		if !bytes.Equal(body, plain.body) {
			t.Errorf("Accept-Encoding %s gets another page", accept)
		}
	}
}

func TestAPageIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 6000})
	path := v62 + "jobs/query/" + c.job("SELECT Id, Name FROM Account") + "/results?maxRecords=4321"
	first := c.get(path, "Accept-Encoding", "gzip").want(http.StatusOK)
	var side sync.WaitGroup
	for range 8 {
		side.Go(func() {
			if again := c.get(path, "Accept-Encoding", "gzip"); !bytes.Equal(again.body, first.body) || again.err != nil {
				t.Errorf("the page has other bytes: %v", again.err)
			}
		})
	}
	side.Wait()
}

func TestRowsAreNotInOrder(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20_000})
	order := func() []string {
		_, rows := c.download(c.job("SELECT Id FROM Account"), "")
		var ids []string
		for _, row := range rows {
			ids = append(ids, row[0])
		}
		return ids
	}
	first, second := order(), order()
	if slices.IsSorted(first) || slices.Equal(first, second) {
		t.Error("rows come in an order that a client might rely on")
	}
	slices.Sort(first)
	slices.Sort(second)
	if !slices.Equal(first, second) {
		t.Error("two jobs of one day have other rows")
	}
}

func TestDateTimes(t *testing.T) {
	t.Parallel()
	for offset, form := range map[bool]string{
		false: `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`,
		true:  `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$`,
	} {
		c := start(t, simulator.Config{Accounts: small, DateTimeOffset: offset})
		_, rows := c.download(c.job("SELECT Id, SystemModstamp, Onboarded_At__c, LastActivityDate FROM Account"), "")
		empty := 0
		for _, row := range rows {
			if !regexp.MustCompile(form).MatchString(row[1]) || row[2] != "" && !regexp.MustCompile(form).MatchString(row[2]) {
				t.Fatalf("offset %v: %q", offset, row)
			}
			if row[2] == "" {
				empty++
			}
			if row[3] != "" && !regexp.MustCompile(`^\d{4}-\d\d-\d\d$`).MatchString(row[3]) {
				t.Fatalf("date %q", row[3])
			}
		}
		if empty == 0 {
			t.Error("no date-time is null")
		}
	}
}

func TestResultPages(t *testing.T) {
	t.Parallel()
	const rows, size = 2300, 200
	for shape, keys := range map[simulator.ResultPages][2]string{
		simulator.Documented: {"resultPages", "resultUrl"},
		simulator.Observed:   {"resultChunks", "resultLink"},
	} {
		c := start(t, simulator.Config{Accounts: rows, PageRows: size, ResultPages: shape})
		id := c.job("SELECT Id FROM Account")
		path, read, calls := v62+"jobs/query/"+id+"/resultPages", 0, 0
		for path != "" {
			d := c.get(path).want(http.StatusOK).object()
			list := d[keys[0]].([]any)
			if len(list) > 5 || len(list) == 0 {
				t.Fatalf("%s: %d pages in one call", shape, len(list))
			}
			for _, entry := range list {
				link := entry.(map[string]any)[keys[1]].(string)
				if shape == simulator.Observed {
					if !strings.HasPrefix(link, "/jobs/query/") {
						t.Fatalf("observed link %s", link)
					}
					link = "/services/data/v62.0" + link
				}
				a := c.get(link).want(http.StatusOK)
				read += bytes.Count(a.body, []byte("\n")) - 1
			}
			calls++
			path, _ = d["nextRecordsUrl"].(string)
			// The shape that was observed has no done.
			if done, told := d["done"].(bool); told != (shape == simulator.Documented) || told && done != (path == "") || path != "" && !strings.Contains(path, "/resultpages?locator=") {
				t.Fatalf("%s: done %v, next %q", shape, d["done"], path)
			}
		}
		if read != rows || calls != 3 {
			t.Errorf("%s: %d rows in %d calls", shape, read, calls)
		}
	}
	c := start(t, simulator.Config{Accounts: small, ResultPages: simulator.Off})
	c.get(v62+"jobs/query/"+c.job("SELECT Id FROM Account")+"/resultPages").refused(http.StatusNotFound, "NOT_FOUND")
}

func TestSlashes(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: small})
	id := c.job("SELECT Id FROM Account")
	c.get("//services/data/v62.0/jobs/query/" + id).want(http.StatusOK)
	c.get("//services/data").want(http.StatusOK)
	c.get(v62 + "jobs/query/" + id + "/").want(http.StatusOK)
	for _, path := range []string{"jobs/query//" + id + "/results", "jobs/query//results", "jobs//query/" + id, "jobs/query/" + id + "//results"} {
		c.get(v62+path).refused(http.StatusNotFound, "NOT_FOUND")
	}
}

func BenchmarkJob(b *testing.B) {
	sim := simulator.New(simulator.Config{Accounts: 100_000})
	defer sim.Close()
	properties := "Id, Name, Industry, Phone, Website, BillingStreet, BillingCity, BillingPostalCode, BillingCountry, AnnualRevenue, " +
		"NumberOfEmployees, OwnerId, SystemModstamp, Custom_Segment__c, Description"
	var bytesOfCSV int64
	for b.Loop() {
		bytesOfCSV = sim.EncodeForBenchmark(fmt.Sprintf("SELECT %s FROM Account", properties))
	}
	b.SetBytes(bytesOfCSV)
	b.ReportMetric(100_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
