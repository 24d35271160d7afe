package salesforce

// TokenError reads the failure of a token request.
var TokenError = tokenError

// AudienceOf is for whom the assertions of a configuration are.
func AudienceOf(c Config) string { return c.audience() }

// PerhapsDone reports whether a request may have had its effect.
var PerhapsDone = perhapsDone
