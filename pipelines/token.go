package pipelines

import (
	"path/filepath"

	"github.com/axisync/axisync/connector/salesforce/tokens"
)

// tokenStore is where the token of the source is: in its state, unless the file
// says where else.
func (p *Pipeline) tokenStore() *tokens.Store {
	path := p.TokenStore
	if path == "" {
		path = filepath.Join(p.State, p.Slug, "token.json")
	}
	return tokens.New(path, p.Salesforce, p.RefreshToken)
}
