package pipelines

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/oauth2"
)

// tokenStore keeps the refresh token of a source in its state. The token of the
// pipeline file is used until Salesforce has given a newer one.
type tokenStore struct {
	path  string
	first string // the refresh token of the file
}

func newTokenStore(p *Pipeline, dir string) *tokenStore {
	return &tokenStore{path: filepath.Join(dir, "token.json"), first: p.RefreshToken.Reveal()}
}

// Lock holds the store against other processes.
func (s *tokenStore) Lock(ctx context.Context) (func(), error) {
	lock := flock.New(s.path+".lock", flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, 50*time.Millisecond); err != nil {
		return nil, fmt.Errorf("the token store cannot be locked: %w", err)
	}
	return func() { _ = lock.Close() }, nil
}

// storedToken is token.json: the token, and the refresh token of the file that
// it descends from, so that a new one in the file takes over.
type storedToken struct {
	oauth2.Token
	From string `json:"from"`
}

// Load answers the newest token.
func (s *tokenStore) Load() (*oauth2.Token, error) {
	content, err := os.ReadFile(s.path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("the token store cannot be read: %w", err)
	}
	var stored storedToken
	if err == nil {
		if err := json.Unmarshal(content, &stored); err != nil {
			return nil, fmt.Errorf("the token store %s cannot be read: %w", s.path, err)
		}
	}
	if stored.From == digest(s.first) && stored.RefreshToken != "" {
		return &stored.Token, nil
	}
	return &oauth2.Token{RefreshToken: s.first}, nil
}

// Save is durable when it returns nil.
func (s *tokenStore) Save(token *oauth2.Token) error {
	content, err := json.Marshal(storedToken{*token, digest(s.first)})
	if err != nil {
		return err
	}
	return writeDurably(s.path, content)
}
