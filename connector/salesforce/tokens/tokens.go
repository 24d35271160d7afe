// Package tokens keeps the token of a source in a file that several processes
// share, or in a bucket that several machines share: locked, its owner's alone, durable when a save returns.
package tokens

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/durable"
	"github.com/axisync/axisync/storage"
)

// Store is where the token is kept: a file, or an object in a bucket. It is a
// salesforce.TokenStore.
type Store struct {
	name  string // as it was given: it may be a link
	vault vault
	flow  string
	owner string // digest of the client id
	given connector.Secret
}

// vault keeps one small content. All but read, and lock itself, are called with the
// lock held.
type vault interface {
	// lock holds it against other processes until unlock is called.
	lock(ctx context.Context) (unlock func(), err error)
	// read gives the content; the error is fs.ErrNotExist where there is none.
	read() ([]byte, error)
	// write is durable when it returns nil; after an error the content is the old one
	// or the new one.
	write(content []byte) error
	// remove removes what may not be there.
	remove() error
	// prove finds out whether write would work.
	prove() error
}

// New is the store at a location, the path of a file or the URL of an object, for the
// login of config. given is the refresh token of FlowRefreshToken, which holds until
// Salesforce gives a newer one.
func New(location string, config salesforce.Config, given connector.Secret) *Store {
	s := &Store{location, nil, config.Flow, digest(config.ClientID.Reveal()), given}
	if storage.IsBucket(location) {
		s.vault = &object{location: location}
	} else {
		s.vault = path(durable.Follow(location))
	}
	return s
}

// Path is the file, by the name it was given, or the URL of the object.
func (s *Store) Path() string { return s.name }

// file is what stands in the file: the token and what it belongs to, as digests,
// so that another client id, or another token that was given, is noticed.
type file struct {
	salesforce.Token
	Flow   string `json:"flow,omitempty"`
	Client string `json:"client,omitempty"`
	From   string `json:"from,omitempty"`
}

// Lock holds the store against other processes.
func (s *Store) Lock(ctx context.Context) (func(), error) { return s.vault.lock(ctx) }

// Load answers the newest token, nil where there is none.
func (s *Store) Load() (*salesforce.Token, error) {
	stored, err := s.read()
	if err != nil {
		return nil, err
	}
	if s.flow == salesforce.FlowRefreshToken {
		if stored == nil || stored.RefreshToken == "" || stored.From != digest(s.given.Reveal()) {
			return &salesforce.Token{RefreshToken: s.given.Reveal()}, nil
		}
		return &stored.Token, nil
	}
	switch {
	case stored == nil || stored.Flow != s.flow:
		return nil, nil
	case stored.Client != s.owner:
		return nil, &salesforce.AuthError{Code: "another client id", Reason: "the stored login was made with another client id than the file has now", Remedy: salesforce.Reconnect}
	}
	return &stored.Token, nil
}

func (s *Store) read() (*file, error) {
	content, err := s.vault.read()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the token store cannot be read: %w", err)
	}
	var stored file
	if err := json.Unmarshal(content, &stored); err != nil {
		// without what stands in it
		return nil, &salesforce.AuthError{Code: "damaged", Description: s.name, Reason: "the token store is damaged", Remedy: salesforce.Reconnect}
	}
	return &stored, nil
}

// Stored answers the token in the file, whatever it belongs to; nil where there is
// none.
func (s *Store) Stored() (*salesforce.Token, error) {
	stored, err := s.read()
	if err != nil || stored == nil {
		return nil, err
	}
	return &stored.Token, nil
}

// Save is durable when it returns nil: a crash leaves the old token or the new
// one.
func (s *Store) Save(token *salesforce.Token) error {
	content, err := json.Marshal(file{*token, s.flow, s.owner, s.from()})
	if err != nil {
		return err
	}
	if err := s.vault.write(append(content, '\n')); err != nil {
		return fmt.Errorf("the token store cannot be written: %w", err)
	}
	return nil
}

// Prove finds out whether a token could be saved, without saving one.
func (s *Store) Prove(ctx context.Context) error {
	unlock, err := s.Lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.vault.prove(); err != nil {
		return fmt.Errorf("the token store cannot be written: %w", err)
	}
	return nil
}

// Replace is a Save that can be undone: then the file holds what it held before. Both
// are called with the lock held.
func (s *Store) Replace(token *salesforce.Token) (undo func() error, err error) {
	before, err := s.vault.read()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		undo = s.Remove
	case err != nil:
		return nil, fmt.Errorf("the token store cannot be read: %w", err)
	default:
		undo = func() error { return s.vault.write(before) }
	}
	return undo, s.Save(token)
}

func (s *Store) from() string {
	if s.given.IsZero() {
		return ""
	}
	return digest(s.given.Reveal())
}

// Remove forgets the token. It is called with the lock held.
func (s *Store) Remove() error {
	if err := s.vault.remove(); err != nil {
		return fmt.Errorf("the token store cannot be removed: %w", err)
	}
	return nil
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}
