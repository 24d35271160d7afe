package simulator

import (
	"fmt"
	"net/http"
	"strings"
)

// versions lists the API versions; it needs no session.
func (s *Server) versions(c *call) error {
	list := []map[string]string{}
	for version := oldestVersion; version <= newestVersion; version++ {
		number := fmt.Sprintf("%d.0", version)
		list = append(list, map[string]string{"label": release(version), "url": "/services/data/v" + number, "version": number})
	}
	if s.config.LatestVersion {
		list = append(list, map[string]string{"label": "Latest Release", "url": "/services/data/latest",
			"version": fmt.Sprintf("%d.0", newestVersion)})
	}
	writeJSON(c.w, http.StatusOK, list)
	return nil
}

// release is the name of a version: three a year, Winter '14 was v29.0.
func release(version int) string {
	const winter14 = 29
	season := []string{"Winter", "Spring", "Summer"}[(version-winter14)%3]
	return fmt.Sprintf("%s '%d", season, 14+(version-winter14)/3)
}

// resources lists what a version offers.
func (s *Server) resources(c *call) error {
	links := map[string]string{}
	for _, name := range []string{"limits", "sobjects", "query", "queryAll", "jobs"} {
		links[name] = c.path("%s", name)
	}
	links["identity"] = base(c.r) + "/id/" + s.login.organizationID + "/" + s.login.userID
	writeJSON(c.w, http.StatusOK, links)
	return nil
}

// limit is how much of something a day allows and how much of it is left.
func limit(most, used int) map[string]any {
	return map[string]any{"Max": most, "Remaining": max(0, most-used)}
}

// limits tells what is left of the day's allowances.
func (s *Server) limits(c *call) error {
	s.mu.Lock()
	calls, jobs := s.apiCalls, s.jobCalls
	s.mu.Unlock()
	api := limit(s.config.APICalls, calls)
	api["Ant Migration Tool"] = limit(0, 0) // as one entry per app
	batches := "DailyBulkApiBatches"
	if c.version < 49 {
		batches = "DailyBulkApiRequests"
	}
	permissionSets := limit(1500, 0)
	permissionSets["CreateCustom"] = limit(1000, 5)
	writeJSON(c.w, http.StatusOK, map[string]any{
		"DailyApiRequests": api, "DailyBulkV2QueryJobs": limit(s.config.QueryJobs, jobs), "DailyBulkV2QueryFileStorageMB": limit(976_562, 0),
		batches: limit(15_000, 0), "PermissionSets": permissionSets, "DataStorageMB": limit(10_240, 2048), "FileStorageMB": limit(10_240, 100),
		"ConcurrentAsyncGetReportInstances": limit(200, 0), "DailyAsyncApexExecutions": limit(250_000, 0),
	})
	return nil
}

// recordCount tells approximately how many accounts there are: the statistics it
// comes from lag behind, so an org of some size is counted in hundreds.
func (s *Server) recordCount(c *call) error {
	counts, live := []map[string]any{}, s.View().Live()
	if live > 1000 {
		live -= live % 100
	}
	for name := range strings.SplitSeq(c.r.URL.Query().Get("sObjects"), ",") {
		if strings.EqualFold(strings.TrimSpace(name), "Account") {
			counts = append(counts, map[string]any{"name": "Account", "count": live})
		}
	}
	writeJSON(c.w, http.StatusOK, map[string]any{"sObjects": counts})
	return nil
}

// RestoreQuota begins the counters of the daily limits again, as the hours do
// within a rolling day.
func (s *Server) RestoreQuota() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.apiCalls, s.jobCalls = 0, 0
}
