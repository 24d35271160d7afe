package simulator

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strconv"
)

// plain answers as to a client that did not ask for gzip.
func plain(*Rule) maker {
	return func(_ *Server, r *http.Request, _ route) *Fault {
		r.Header.Del("Accept-Encoding")
		return &Fault{}
	}
}

// inText changes a body as a text, whether it is compressed or not.
func inText(a *Answer, change func([]byte) []byte) {
	if a.Header.Get("Content-Encoding") != "gzip" {
		a.Body = change(a.Body)
		return
	}
	reader, err := gzip.NewReader(bytes.NewReader(a.Body))
	if err != nil {
		panic(err) // it was compressed here
	}
	text, err := io.ReadAll(reader)
	if err != nil {
		panic(err)
	}
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(change(text)) // a bytes.Buffer takes everything
	_ = w.Close()
	a.Body = out.Bytes()
}

// rowFault writes the row in the middle of a page so many times.
func rowFault(times int) func(*Rule) maker {
	return func(*Rule) maker {
		return rewrite(func(a *Answer) {
			if a.Header.Get("Sforce-NumberOfRecords") == "" {
				return // no page of results
			}
			inText(a, func(text []byte) []byte { return repeatRow(text, times) })
		})
	}
}

func repeatRow(text []byte, times int) []byte {
	ends := rowEnds(text)
	if len(ends) < 2 {
		return text // the header alone
	}
	row := 1 + (len(ends)-1)/2
	if row == len(ends) {
		row--
	}
	out := bytes.Clone(text[:ends[row-1]])
	for range times {
		out = append(out, text[ends[row-1]:ends[row]]...)
	}
	return append(out, text[ends[row]:]...)
}

// rowEnds are the places after each line of CSV, the header's first. Every value
// is quoted.
func rowEnds(text []byte) []int {
	var ends []int
	quoted := false
	for i, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '\n' && !quoted:
			ends = append(ends, i+1)
		}
	}
	return ends
}

var processed = regexp.MustCompile(`"numberRecordsProcessed":(\d+)`)

// processedWrong changes the count of a job that is complete.
func processedWrong(r *Rule) maker {
	return rewrite(func(a *Answer) {
		if !bytes.Contains(a.Body, []byte(`"state":"`+stateJobComplete+`"`)) {
			return
		}
		a.Body = processed.ReplaceAllFunc(a.Body, func(match []byte) []byte {
			n, _ := strconv.Atoi(string(match[len(`"numberRecordsProcessed":`):])) // digits
			return strconv.AppendInt([]byte(`"numberRecordsProcessed":`), int64(n+cmp.Or(r.By, -1)), 10)
		})
	})
}

// pagesBroken fails the calls after the first, which ask with a locator.
func pagesBroken(*Rule) maker {
	return func(_ *Server, r *http.Request, _ route) *Fault {
		if r.URL.Query().Get("locator") == "" {
			return &Fault{}
		}
		f := errorFault(http.StatusInternalServerError, "UNKNOWN_EXCEPTION", "An unexpected error occurred.")
		return &f
	}
}

// inListing changes an answer of resultPages.
func inListing(change func(a *Answer, listing map[string]any)) maker {
	return rewrite(func(a *Answer) {
		var listing map[string]any
		if a.Status != http.StatusOK || json.Unmarshal(a.Body, &listing) != nil {
			return // an error is answered
		}
		change(a, listing)
		body, err := json.Marshal(listing)
		if err != nil {
			panic(err) // it was read from JSON
		}
		a.Body = body
	})
}

func pagesForeign(*Rule) maker {
	return inListing(func(_ *Answer, listing map[string]any) {
		for _, list := range listing {
			pages, _ := list.([]any)
			for _, page := range pages[:min(1, len(pages))] {
				for key, link := range page.(map[string]any) {
					path, _ := link.(string)
					page.(map[string]any)[key] = "http://elsewhere.invalid" + path
				}
			}
		}
	})
}

func pagesStuck(*Rule) maker {
	return inListing(func(a *Answer, listing map[string]any) {
		listing["nextRecordsUrl"] = a.Request.URL.RequestURI()
		if _, told := listing["done"]; told {
			listing["done"] = false
		}
	})
}
