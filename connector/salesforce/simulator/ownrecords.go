package simulator

import (
	"maps"
	"net/http"
	"strings"
)

// record is a single record: the user who is logged in or the org, which clients
// ask for after a login.
func (s *Server) record(c *call) error {
	var fields map[string]any
	var object string
	switch {
	case strings.EqualFold(c.args[0], "User") && sameID(c.args[1], s.login.userID):
		object, fields = "User", s.user()
	case strings.EqualFold(c.args[0], "Organization") && sameID(c.args[1], s.login.organizationID):
		object, fields = "Organization", s.organization()
	default:
		return errNotFound
	}
	if asked := c.r.URL.Query().Get("fields"); asked != "" {
		maps.DeleteFunc(fields, func(name string, _ any) bool {
			for one := range strings.SplitSeq(asked, ",") {
				if strings.EqualFold(strings.TrimSpace(one), name) {
					return false
				}
			}
			return name != "Id"
		})
	}
	fields["attributes"] = map[string]string{"type": object, "url": c.path("sobjects/%s/%s", object, fields["Id"])}
	writeJSON(c.w, http.StatusOK, fields)
	return nil
}

func (s *Server) user() map[string]any {
	name := s.login.credentials.Username
	return map[string]any{
		"Id": s.login.userID, "Username": name, "Name": "Ops User", "Email": name, "IsActive": true,
		"ProfileId": mintID("00e", s.config.Seed, 1), "LanguageLocaleKey": "en_US", "TimeZoneSidKey": "Europe/Paris",
	}
}

func (s *Server) organization() map[string]any {
	return map[string]any{
		"Id": s.login.organizationID, "Name": "Example Corp", "InstanceName": "EU40", "IsSandbox": s.config.Sandbox, "TrialExpirationDate": nil,
		"NamespacePrefix": nil, "OrganizationType": "Enterprise Edition",
	}
}
