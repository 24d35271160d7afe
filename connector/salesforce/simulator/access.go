package simulator

import "slices"

// Revoke is an administrator who revokes the app's access: every token dies, and
// REST answers INVALID_SESSION_ID, a refresh invalid_grant. A new login works, by
// client credentials too.
func (s *Server) Revoke() { s.change(func(l *logins) { l.killAll() }) }

// Block is an administrator who blocks the app: like Revoke, and no new login is
// possible either until Unblock.
func (s *Server) Block() { s.change(func(l *logins) { l.blocked = true; l.killAll() }) }

// Unblock undoes Block. The tokens of before stay dead.
func (s *Server) Unblock() { s.change(func(l *logins) { l.blocked = false }) }

// Uninstall takes the app out of the org: no token of it holds, no login leads
// anywhere, until Install.
func (s *Server) Uninstall() { s.change(func(l *logins) { l.uninstalled = true; l.killAll() }) }

// Install undoes Uninstall. The tokens of before stay dead.
func (s *Server) Install() { s.change(func(l *logins) { l.uninstalled = false }) }

// Deactivate freezes the user: the sessions end and no login works until Activate.
// Refresh tokens live on.
func (s *Server) Deactivate() {
	s.change(func(l *logins) {
		l.inactive = true
		l.expireAll()
	})
}

// Activate undoes Deactivate.
func (s *Server) Activate() { s.change(func(l *logins) { l.inactive = false }) }

// Approve says whether the user is pre-authorized for the app, which JWT bearer
// needs; at first the user is.
func (s *Server) Approve(approved bool) { s.change(func(l *logins) { l.approved = approved }) }

// LimitScopes grants the next logins no more than these scopes, whatever they ask
// for; none ends it.
func (s *Server) LimitScopes(scopes ...string) { s.change(func(l *logins) { l.most = scopes }) }

// ExpireTokens ends the access tokens of now. Refreshing gives new ones.
func (s *Server) ExpireTokens() { s.change(func(l *logins) { l.expireAll() }) }

// ExpireAfter ends each access token once it was used so many times; 0 ends that.
func (s *Server) ExpireAfter(uses int) { s.change(func(l *logins) { l.uses = uses }) }

func (s *Server) change(change func(*logins)) {
	s.login.mu.Lock()
	defer s.login.mu.Unlock()
	change(&s.login)
}

func (l *logins) killAll() {
	for _, g := range l.refreshes {
		g.dead = true
	}
	for _, session := range l.sessions {
		session.grant.dead = true
	}
	clear(l.codes)
}

func (l *logins) expireAll() {
	for _, session := range l.sessions {
		session.expired = true
	}
}

// admitted says why nobody gets a token at the moment.
func (l *logins) admitted() *refusal {
	switch {
	case l.uninstalled:
		return &refusal{"app_not_found", "External client app is not installed in this org"}
	case l.blocked:
		return &refusal{"invalid_app_access", "user is not admin approved to access this app"}
	case l.inactive:
		return &refusal{"inactive_user", "user is inactive"}
	}
	return nil
}

// limited are those of the scopes that are granted at the moment.
func (l *logins) limited(scopes []string) []string {
	if len(l.most) == 0 {
		return scopes
	}
	var granted []string
	for _, scope := range scopes {
		if slices.Contains(l.most, scope) {
			granted = append(granted, scope)
		}
	}
	return granted
}
