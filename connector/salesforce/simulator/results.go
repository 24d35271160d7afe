package simulator

import (
	"net/http"
	"strconv"
	"strings"
)

// pagesPerCall is how many pages resultPages tells of at once.
const pagesPerCall = 5

// complete finds the job of a call for results, which must be complete and be
// asked in the version that created it. It answers 204 and returns nil for a job
// at work, as the older guide says.
func (s *Server) complete(c *call) (*job, error) {
	j, err := s.job(c)
	if err != nil {
		return nil, err
	}
	if j.version != c.version {
		return nil, &apiError{http.StatusConflict, "API_ERROR", "The results have to be requested with the API version that created the job"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass(c.r.Context(), j)
	switch {
	case j.state == stateJobComplete:
		return j, nil
	case j.terminated():
		return nil, badRequest("INVALIDJOBSTATE", "The job has no results: its state is "+j.state)
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil, nil
}

// results answers with one page as CSV, whatever the client says it accepts.
func (s *Server) results(c *call) error {
	j, err := s.complete(c)
	if j == nil {
		return err
	}
	query := c.r.URL.Query()
	size := s.config.PageRows
	if text := query.Get("maxRecords"); text != "" {
		if size, err = strconv.Atoi(text); err != nil || size < 1 {
			return badRequest("API_ERROR", "maxRecords must be a number above 0, not "+strconv.Quote(text))
		}
	}
	s.mu.Lock()
	from := 0
	if locator := query.Get("locator"); locator != "" {
		from, err = j.row(locator)
	}
	to := min(from+size, len(j.result.rows))
	next := "null" // the word, on the last page
	if err == nil && to < len(j.result.rows) {
		next = j.locator(to)
	}
	s.mu.Unlock()
	if err != nil {
		return err
	}
	header := c.w.Header()
	header.Set("Sforce-Locator", next)
	header.Set("Sforce-NumberOfRecords", strconv.Itoa(to-from))
	header.Set("Content-Type", "text/csv; charset=UTF-8")
	writePageOfRows(c, j.result.page(from, to))
	return nil
}

// writePageOfRows sends a page, gzip only to a client that asks for it. A client
// that goes away is not an error.
func writePageOfRows(c *call, p page) {
	if !wantsGzip(c.r) {
		_ = p.writeText(c.w)
		return
	}
	c.w.Header().Set("Content-Encoding", "gzip")
	c.w.Header().Set("Content-Length", strconv.Itoa(p.gzipSize()))
	_ = p.writeGzip(c.w)
}

func wantsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, parameters, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") && strings.ReplaceAll(parameters, " ", "") != "q=0" {
			return true
		}
	}
	return false
}

// resultPages tells where the pages of a result are, so that they can be fetched
// side by side.
func (s *Server) resultPages(c *call) error {
	if s.config.ResultPages == Off {
		return errNotFound
	}
	j, err := s.complete(c)
	if j == nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	from := 0
	if locator := c.r.URL.Query().Get("locator"); locator != "" {
		if from, err = j.row(locator); err != nil {
			return err
		}
	}
	list, key, name, prefix := []map[string]string{}, "resultPages", "resultUrl", c.path("")
	if s.config.ResultPages == Observed {
		key, name, prefix = "resultChunks", "resultLink", "/"
	}
	total, next := len(j.result.rows), any(nil)
	for len(list) < pagesPerCall && (from < total || from == 0) {
		list = append(list, map[string]string{name: prefix + "jobs/query/" + j.id + "/results?locator=" + j.locator(from)})
		from += s.config.PageRows
	}
	if from < total {
		next = c.path("jobs/query/%s/resultpages?locator=%s", j.id, j.locator(from))
	}
	answer := map[string]any{key: list, "nextRecordsUrl": next}
	if s.config.ResultPages == Documented { // the other shape was seen without it
		answer["done"] = next == nil
	}
	writeJSON(c.w, http.StatusOK, answer)
	return nil
}
