package salesforce

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"

	"golang.org/x/oauth2"
)

// session holds the access token of the moment. A new one is fetched by one
// caller, for all.
type session struct {
	grant grant

	mu      sync.Mutex
	token   string
	address *url.URL
	org     string // 18 characters
	user    string
	scopes  []string
}

// grant gives a fresh access token, other than the one that was rejected.
type grant interface {
	token(ctx context.Context, rejected string) (*oauth2.Token, error)
}

func (s *session) current() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token
}

func (s *session) instance() *url.URL {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.address
}

// renew answers a token other than rejected. It fetches one unless another
// caller has done so since.
func (s *session) renew(ctx context.Context, rejected string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token != rejected {
		return s.token, nil
	}
	token, err := s.grant.token(ctx, rejected)
	if err != nil {
		return "", err
	}
	if err := s.adopt(token); err != nil {
		return "", err
	}
	return s.token, nil
}

// adopt takes what the token endpoint answered. The org may not change on the
// way; a token that another process has fetched comes without these answers.
func (s *session) adopt(token *oauth2.Token) error {
	text := func(key string) string {
		value, _ := token.Extra(key).(string)
		return value
	}
	if id := text("id"); id != "" {
		org, user, err := identityURL(id)
		if err != nil {
			return err
		}
		if s.org != "" && s.org != org {
			return fmt.Errorf("salesforce: the fresh token is for the org %s, this run began in %s", org, s.org)
		}
		s.org, s.user = org, user
	}
	if instance := text("instance_url"); instance != "" {
		address, err := baseURL(instance)
		if err != nil {
			return fmt.Errorf("salesforce: instance URL: %w", err)
		}
		s.address = address
	}
	if scope := text("scope"); scope != "" {
		s.scopes = strings.Fields(scope)
	}
	if s.address == nil || s.org == "" {
		return fmt.Errorf("salesforce: the login URL answered with a token but without instance_url and id: it is not Salesforce's")
	}
	s.token = token.AccessToken
	return nil
}

// identityURL reads the ids out of https://login.salesforce.com/id/ORG/USER.
func identityURL(id string) (org, user string, err error) {
	parts := strings.Split(id, "/")
	if n := len(parts); n >= 2 && strings.HasPrefix(parts[n-2], "00D") && len(parts[n-2]) == 18 && parts[n-1] != "" {
		return parts[n-2], parts[n-1], nil
	}
	return "", "", fmt.Errorf("salesforce: the identity URL of the token names no org and user")
}
