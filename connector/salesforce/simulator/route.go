package simulator

import (
	"strconv"
	"strings"
)

// route is what a path leads to.
type route struct {
	// endpoint is the path without version and ids, empty when there is no such
	// resource.
	endpoint string
	// version is the version as written, such as v62.0; empty outside of
	// /services/data/.
	version string
	// args are the parts of the path that stand for the names in braces.
	args []string
}

// dataEndpoints are the resources of a version, oauthEndpoints those outside.
var (
	dataEndpoints = []string{"", "limits", "limits/recordCount", "sobjects", "sobjects/{object}", "sobjects/{object}/describe",
		"sobjects/{object}/deleted", "sobjects/{object}/updated", "sobjects/{object}/{id}", "query", "query/{locator}", "queryAll", "queryAll/{locator}", "jobs/query", "jobs/query/{id}",
		"jobs/query/{id}/results", "jobs/query/{id}/resultPages", "jobs/ingest"}
	oauthEndpoints = []string{"services/oauth2/authorize", "services/oauth2/token", "services/oauth2/revoke",
		"services/oauth2/introspect", "services/oauth2/userinfo", "id/keys", "id/{organization}/{user}", ".well-known/openid-configuration"}
)

// routeOf finds the resource of a path. Salesforce serves a doubled slash at the
// beginning, which the sf program sends, but none further on (forcedotcom/cli
// issue 2968), and it ignores one at the end.
func routeOf(path string) route {
	path = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(path, "/"), "/"), "/")
	rest, ok := strings.CutPrefix(path, "services/data")
	if !ok {
		endpoint, args := match(oauthEndpoints, path)
		return route{endpoint: strings.TrimPrefix(endpoint, "services/"), args: args}
	}
	if rest == "" {
		return route{endpoint: "versions"}
	}
	version, rest, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	endpoint, args := match(dataEndpoints, rest)
	if endpoint == "" && rest == "" {
		endpoint = "resources"
	}
	return route{endpoint: endpoint, version: version, args: args}
}

// match finds the pattern of a path. Names are compared without letter case, as
// Salesforce's own samples write resultpages.
func match(patterns []string, path string) (string, []string) {
	parts := strings.Split(path, "/")
	for _, pattern := range patterns {
		if args, ok := matchOne(strings.Split(pattern, "/"), parts); ok {
			return pattern, args
		}
	}
	return "", nil
}

func matchOne(pattern, parts []string) (args []string, ok bool) {
	if len(pattern) != len(parts) {
		return nil, false
	}
	for i, want := range pattern {
		switch {
		case strings.HasPrefix(want, "{") && parts[i] != "":
			args = append(args, parts[i])
		case !strings.EqualFold(want, parts[i]):
			return nil, false
		}
	}
	return args, true
}

// The versions the API has: retired ones answer 410, query jobs and parallel
// result pages came with a version.
const (
	oldestVersion      = 31
	newestVersion      = 68 // Winter '27
	queryJobVersion    = 47
	selectOrderVersion = 50
	resultPagesVersion = 58
)

// parseVersion reads v62.0; it reports false for what never was a version.
func parseVersion(text string) (int, bool) {
	digits, ok := strings.CutSuffix(strings.TrimPrefix(text, "v"), ".0")
	version, err := strconv.Atoi(digits)
	return version, ok && err == nil && version > 0 && version <= newestVersion && strings.HasPrefix(text, "v")
}
