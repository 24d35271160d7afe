package pipelines

import (
	"github.com/axisync/axisync/connector/salesforce/tokens"
	"github.com/axisync/axisync/storage"
)

// tokenStore is where the token of the source is: in its state, unless the file
// says where else.
func (p *Pipeline) tokenStore() *tokens.Store {
	location := p.TokenStore
	if location == "" {
		location = storage.Join(p.State, p.Slug, "token.json")
	}
	return tokens.New(location, p.Salesforce, p.RefreshToken)
}
