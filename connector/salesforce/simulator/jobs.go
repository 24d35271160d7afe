package simulator

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/axisync/axisync/connector/salesforce/simulator/soql"
)

// maxBody is how large the body of a request may be, in bytes.
const maxBody = 1 << 20

// jobRequest is the body of a creation.
type jobRequest struct {
	Operation       string `json:"operation"`
	Query           string `json:"query"`
	ContentType     string `json:"contentType"`
	ColumnDelimiter string `json:"columnDelimiter"`
	LineEnding      string `json:"lineEnding"`
}

// decode reads the JSON body of a request, which may be gzip.
func decode(r *http.Request, into any) error {
	body := io.Reader(io.LimitReader(r.Body, maxBody))
	if strings.EqualFold(r.Header.Get("Content-Encoding"), "gzip") {
		inflated, err := gzip.NewReader(body)
		if err != nil {
			return badRequest("JSON_PARSER_ERROR", "the body is not gzip")
		}
		body = io.LimitReader(inflated, maxBody)
	}
	decoder := json.NewDecoder(body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return badRequest("JSON_PARSER_ERROR", err.Error())
	}
	return nil
}

// complete checks a creation and fills its defaults in.
func (j *jobRequest) complete() error {
	if j.ColumnDelimiter == "" {
		j.ColumnDelimiter = "COMMA"
	}
	if j.LineEnding == "" {
		j.LineEnding = "LF"
	}
	switch {
	case j.Operation != "query" && j.Operation != "queryAll":
		return badRequest("INVALIDOPERATION", "Operation "+strconv.Quote(j.Operation)+" is not supported for query jobs")
	case j.ContentType != "" && j.ContentType != "CSV":
		return badRequest("API_ERROR", "Content type "+strconv.Quote(j.ContentType)+" is not supported for query jobs")
	case delimiters[j.ColumnDelimiter] == 0:
		return badRequest("API_ERROR", "Column delimiter "+strconv.Quote(j.ColumnDelimiter)+" is not supported")
	case lineEnds[j.LineEnding] == "":
		return badRequest("API_ERROR", "Line ending "+strconv.Quote(j.LineEnding)+" is not supported")
	}
	return nil
}

// createJob starts a query job. It sees the org as it is now.
func (s *Server) createJob(c *call) error {
	var asked jobRequest
	if err := decode(c.r, &asked); err != nil {
		return err
	}
	if err := asked.complete(); err != nil {
		return err
	}
	made, chunkable, err := s.planBulk(asked)
	if err != nil {
		return err
	}
	now := s.Now()
	j := &job{
		id: s.mint("750"), resultID: s.mint("0Ga"), operation: asked.Operation, query: asked.Query,
		delimiter: asked.ColumnDelimiter, lineEnding: asked.LineEnding, creator: s.login.userID,
		version: c.version, day: made.view.Day(), chunkable: chunkable,
		created: now, modified: now, state: stateUploadComplete, issued: map[int]bool{},
	}
	t := table{view: made.view, columns: columnsOf(made, c.version), delimiter: delimiters[j.delimiter],
		lineEnd: lineEnds[j.lineEnding], offset: s.config.DateTimeOffset}
	if err := s.startJob(j, made, t); err != nil {
		return err
	}
	writeJSON(c.w, http.StatusOK, j.description())
	return nil
}

func (s *Server) planBulk(asked jobRequest) (made *plan, chunkable bool, err error) {
	q, err := soql.Parse(asked.Query)
	if err != nil {
		return nil, false, err
	}
	if err := bulkRefusals(q); err != nil {
		return nil, false, err
	}
	if name := q.Object.Text; strings.EqualFold(name, "Organization") {
		return nil, false, badRequest("INVALIDENTITY", "Entity '"+name+"' is not supported by the Bulk API.")
	}
	view, schema := s.visible()
	made, err = (&planner{text: asked.Query, view: view, schema: schema}).plan(q, asked.Operation == "queryAll")
	if err != nil {
		return nil, false, err
	}
	for _, column := range made.columns {
		if column.Field.IsCompound() {
			return nil, false, badRequest("API_ERROR", "Selecting compound data not supported in Bulk Query")
		}
	}
	return made, q.Limit < 0 && len(q.OrderBy) == 0, nil
}

// startJob counts a job against the day's limit and sets it to work.
func (s *Server) startJob(j *job, p *plan, t table) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return &apiError{http.StatusServiceUnavailable, "SERVER_UNAVAILABLE", "The server is closed"}
	}
	if s.jobCalls >= s.config.QueryJobs {
		return badRequest("LIMIT_EXCEEDED",
			fmt.Sprintf("Max bulk v2 query jobs (%d) per 24 hrs has been reached (%d)", s.config.QueryJobs, s.jobCalls+1))
	}
	s.jobCalls++
	shuffle := fnv.New64a()
	_, _ = io.WriteString(shuffle, j.id) // never fails
	s.work.Add(1)
	j.result = newResult(s.ctx, p, t, shuffle.Sum64(), s.shelf, s.work.Done)
	s.jobs = append(s.jobs, j)
	return nil
}

// dropOldJobs forgets what is older than the retention. The caller holds the
// mutex.
func (s *Server) dropOldJobs() {
	s.jobs = slices.DeleteFunc(s.jobs, func(j *job) bool {
		old := s.view.Day()-j.day >= retentionDays
		if old {
			s.discard(j)
		}
		return old
	})
}

// discard frees the result of a job.
func (s *Server) discard(j *job) {
	j.result.stop()
	s.shelf.drop(j.result)
}

func (s *Server) job(c *call) (*job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.jobs, func(j *job) bool { return sameID(c.args[0], j.id) })
	if i < 0 {
		return nil, errNotFound
	}
	return s.jobs[i], nil
}

func (s *Server) getJob(c *call) error {
	j, err := s.job(c)
	if err != nil {
		return err
	}
	writeJSON(c.w, http.StatusOK, s.poll(c.r.Context(), j))
	return nil
}

func (s *Server) abortJob(c *call) error {
	j, err := s.job(c)
	if err != nil {
		return err
	}
	var asked struct {
		State string `json:"state"`
	}
	if err := decode(c.r, &asked); err != nil {
		return err
	}
	if asked.State != stateAborted {
		return badRequest("INVALIDJOBSTATE", "A query job can only be set to Aborted, not to "+strconv.Quote(asked.State))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass(c.r.Context(), j)
	if j.terminated() {
		return badRequest("INVALIDJOBSTATE", "Aborting already Completed Job not allowed")
	}
	j.enter(stateAborted, s.now())
	s.discard(j)
	writeJSON(c.w, http.StatusOK, j.short())
	return nil
}

func (s *Server) deleteJob(c *call) error {
	j, err := s.job(c)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass(c.r.Context(), j)
	if !j.terminated() {
		return badRequest("API_ERROR", "Error encountered when deleting the job because the job is not terminated")
	}
	s.discard(j)
	s.jobs = slices.DeleteFunc(s.jobs, func(other *job) bool { return other == j })
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// jobsPerPage is how many jobs one answer of the list holds.
const jobsPerPage = 1000

// listJobs lists the jobs. As in the documentation's sample, the next page is at
// jobs/ingest whatever was asked for.
func (s *Server) listJobs(c *call) error {
	query := c.r.URL.Query()
	from := 0
	if locator := query.Get("queryLocator"); locator != "" {
		_, digits, _ := strings.Cut(locator, "-")
		n, err := strconv.Atoi(digits)
		if err != nil || n < 0 {
			return badRequest("INVALID_QUERY_LOCATOR", "invalid query locator")
		}
		from = n
	}
	kind, mode := query.Get("jobType"), query.Get("concurrencyMode")
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range slices.Clone(s.jobs) {
		s.pass(c.r.Context(), j)
	}
	records, next := []map[string]any{}, any(nil)
	for i := from; i < len(s.jobs) && (kind == "" || kind == "V2Query") && (mode == "" || strings.EqualFold(mode, "Parallel")); i++ {
		if len(records) == jobsPerPage {
			next = c.path("jobs/ingest?queryLocator=%s-%d", mintID("01g", s.config.Seed, 1), i)
			break
		}
		d := s.jobs[i].description()
		d["jobType"] = "V2Query"
		records = append(records, d)
	}
	writeJSON(c.w, http.StatusOK, map[string]any{"done": next == nil, "records": records, "nextRecordsUrl": next})
	return nil
}
