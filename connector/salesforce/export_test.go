package salesforce

// AudienceOf is for whom the assertions of a configuration are.
func AudienceOf(c Config) string { return c.audience() }
