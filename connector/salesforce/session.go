package salesforce

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
)

// session holds the access token of the moment. A new one is fetched by one
// caller, for all.
type session struct {
	grant grant

	mu      sync.Mutex
	token   Token
	address *url.URL
	proven  bool  // the token was accepted once, or is not fresh: when it is rejected, it has expired
	ended   error // why there will be no further token
}

// grant gives an access token other than the one that was rejected. fresh: it was
// fetched for this call; one that another process has left may have expired too.
type grant interface {
	token(ctx context.Context, rejected string) (token *Token, fresh bool, err error)
}

func (s *session) current() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token.AccessToken
}

func (s *session) instance() *url.URL {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.address
}

// accepted notes that the API took the token.
func (s *session) accepted(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.proven = s.proven || s.token.AccessToken == token
}

// begin fetches the first token.
func (s *session) begin(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.fetch(ctx)
	return err
}

// renew answers a token other than the one that was rejected, and whether it was
// fetched for this caller: another caller, or another process, may have done so
// since. A fresh token that was rejected before it was ever accepted ends the
// session for everybody, and so does a failure to renew: what was refused is not
// asked for again.
func (s *session) renew(ctx context.Context, rejected string, rejection *Error) (token string, fresh bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended == nil && s.token.AccessToken != rejected {
		return s.token.AccessToken, false, nil
	}
	if s.ended == nil && !s.proven {
		s.ended = sessionError(rejection)
	}
	if s.ended != nil {
		return "", false, s.ended
	}
	if fresh, err = s.fetch(ctx); err != nil {
		if ctx.Err() == nil { // the end of one caller is not that of the others
			s.ended = err
		}
		return "", false, err
	}
	return s.token.AccessToken, fresh, nil
}

func (s *session) fetch(ctx context.Context) (fresh bool, err error) {
	token, fresh, err := s.grant.token(ctx, s.token.AccessToken)
	if err != nil {
		return false, err
	}
	return fresh, s.adopt(*token, fresh)
}

// adopt takes a token. The org may not change on the way.
func (s *session) adopt(token Token, fresh bool) error {
	if s.token.OrganizationID != "" && token.OrganizationID != s.token.OrganizationID {
		return &AuthError{Code: "another org", Reason: fmt.Sprintf("the fresh token is for the org %s, this run began in %s", token.OrganizationID, s.token.OrganizationID), Remedy: OneOrg}
	}
	address, err := baseURL(token.InstanceURL)
	if err != nil {
		return fmt.Errorf("salesforce: instance URL: %w", err)
	}
	s.token, s.address, s.proven = token, address, !fresh
	return nil
}

// held is the grant of a token that was just received: there is no other.
type held struct{ Token }

func (h held) token(_ context.Context, rejected string) (*Token, bool, error) {
	if rejected != "" {
		return nil, false, errors.New("salesforce: the token that the login gave was not accepted")
	}
	return &h.Token, true, nil
}
