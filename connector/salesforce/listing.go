package salesforce

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// listing reads the locators of resultPages, up to five at a time.
type listing struct {
	job  *job
	rest url.Values // the query of the next call
	seen map[string]bool
}

// next asks once. It takes the two shapes in which the answer was seen: as
// documented (resultPages of resultUrl) and as a client of real orgs found it
// (resultChunks of resultLink, relative to the version).
func (l *listing) next(ctx context.Context) (locators []string, more bool, err error) {
	var answer struct {
		Pages []struct {
			URL string `json:"resultUrl"`
		} `json:"resultPages"`
		Chunks []struct {
			Link string `json:"resultLink"`
		} `json:"resultChunks"`
		Next    string `json:"nextRecordsUrl"`
		NextToo string `json:"nextRecordUrl"` // its name in one table of the documentation
	}
	if err := l.job.rest.call(ctx, request{method: http.MethodGet, path: l.job.path() + "/resultPages", query: l.rest}, &answer); err != nil {
		return nil, false, err
	}
	var links []string
	for _, page := range answer.Pages {
		links = append(links, page.URL)
	}
	for _, chunk := range answer.Chunks {
		links = append(links, chunk.Link)
	}
	for _, link := range links {
		locator, err := l.locator(link)
		if err != nil {
			return nil, false, err
		}
		locators = append(locators, locator)
	}
	if answer.Next == "" {
		answer.Next = answer.NextToo
	}
	return locators, answer.Next != "", l.follow(answer.Next)
}

// locator reads the locator out of the link of a page. Only links to the
// results of this job are taken: the request carries our token.
func (l *listing) locator(link string) (string, error) {
	u, err := url.Parse(link)
	if err != nil || !strings.HasSuffix(u.Path, l.job.path()+"/results") {
		return "", fmt.Errorf("salesforce: query job %s: resultPages lists a page that is not the job's", l.job.record.ID)
	}
	return u.Query().Get("locator"), nil
}

// follow remembers the query of the next call. One that comes again would never
// end.
func (l *listing) follow(next string) error {
	if next == "" {
		return nil
	}
	u, err := url.Parse(next)
	if err != nil || l.seen[u.RawQuery] {
		return fmt.Errorf("salesforce: query job %s: resultPages does not advance", l.job.record.ID)
	}
	if l.seen == nil {
		l.seen = map[string]bool{"": true}
	}
	l.seen[u.RawQuery] = true
	l.rest = u.Query()
	return nil
}
