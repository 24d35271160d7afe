package salesforce

import (
	"net/http"
	"strings"
)

// hints are what to do about an answer. The first that fits is given: by status, by
// code and by a part of the message, of which what is empty fits all.
var hints = []struct {
	status     int
	code, part string
	hint       string
}{
	{0, "API_DISABLED_FOR_ORG", "", "the edition or the user's profile has no API access: give the user the permission API Enabled"},
	{0, "CLIENT_NOT_ACCESSIBLE_FOR_USER", "", "allow the app for this user in the app's policies"},
	{0, "INSUFFICIENT_ACCESS", "", "give the user read access to the object and its fields"},
	{0, "INSUFFICIENT_ACCESS_OR_READONLY", "", "give the user read access to the object and its fields"},
	{0, "LIMIT_EXCEEDED", "result size", "the results of 24 hours are too large: narrow the properties or the condition, or run again tomorrow"},
	{0, "LIMIT_EXCEEDED", "", "the daily limit of bulk query jobs is used up: run again tomorrow, or ask Salesforce for more"},
	{0, "REQUEST_LIMIT_EXCEEDED", "concurrent", "other programs have too many long requests under way"},
	{http.StatusForbidden, "REQUEST_LIMIT_EXCEEDED", "", "the org's API requests of 24 hours are used up: run again later, or ask Salesforce for more"},
	{0, "QUERY_TIMEOUT", "", "the query takes longer than Salesforce allows: narrow salesforce.where to indexed properties"},
	{0, "TXN_SECURITY_METERING_ERROR", "", "a transaction security policy of the org stops it: ask an administrator"},
	{0, "TXN_SECURITY_NO_ACCESS", "", "a transaction security policy of the org stops it: ask an administrator"},
	{0, "INVALIDENTITY", "", "the object cannot be extracted in bulk: check salesforce.object"},
	{0, "API_ERROR", "does not support query", "the object cannot be extracted in bulk: check salesforce.object"},
	{0, "API_ERROR", "implementation restriction", "give the user the permission View All Data for the object"},
	{0, "SERVER_UNAVAILABLE", "", "Salesforce is overloaded or under maintenance (status.salesforce.com)"},
	{http.StatusConflict, "", "", "the results of a job are given only in the API version that made it"},
	{http.StatusGone, "", "", "the API version is retired: use a newer axisync"},
	{http.StatusMovedPermanently, "", "", moved}, {http.StatusFound, "", "", moved},
	{http.StatusTemporaryRedirect, "", "", moved}, {http.StatusPermanentRedirect, "", "", moved},
}

const moved = "the address leads elsewhere and is not followed with a token: check the login URL (My Domain)"

func (e *Error) hint() string {
	for _, h := range hints {
		if (h.status == 0 || h.status == e.Status) && (h.code == "" || h.code == e.Code) && strings.Contains(strings.ToLower(e.Message), h.part) {
			return h.hint
		}
	}
	return ""
}
