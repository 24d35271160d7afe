package simulator

import (
	"fmt"
	"time"

	"github.com/axisync/axisync/connector/salesforce/simulator/org"
)

// Change gives this share of the accounts (0 to 1) new values now, within the
// day. Each call chooses others; how many follows from the seed and is the share
// but for chance.
func (s *Server) Change(share float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deeds++
	s.view = s.view.Changed(share, s.moment(), s.deeds)
}

// Delete deletes accounts by their ids: they are in the recycle bin.
func (s *Server) Delete(ids ...string) { s.remove(false, ids) }

// HardDelete deletes accounts so that not even the recycle bin has them, or, when
// they are in it, takes them out of it. Only the list of deletions tells of them.
func (s *Server) HardDelete(ids ...string) { s.remove(true, ids) }

func (s *Server) remove(erase bool, ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.view = s.view.Deleted(erase, s.moment(), s.accounts(ids)...)
}

// Undelete brings accounts back from the recycle bin, with their own ids, also
// those that lost a merge.
func (s *Server) Undelete(ids ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.view = s.view.Restored(s.moment(), s.accounts(ids)...)
}

// Merge merges one account into another, both of which live: the loser is
// deleted and the winner is updated.
func (s *Server) Merge(loser, winner string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	both := s.accounts([]string{loser, winner})
	s.view = s.view.Merged(s.moment(), both[0], both[1])
}

// RenameUser gives a user another name, which the accounts show as Owner.Name
// and the like while their SystemModstamp stays.
func (s *Server) RenameUser(id, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.view = s.view.Renamed(id, name)
}

// accounts finds accounts. An id that does not exist is a mistake in a test.
func (s *Server) accounts(ids []string) []org.Account {
	var found []org.Account
	for _, id := range ids {
		a, ok := s.view.Find(id)
		if !ok {
			panic(fmt.Sprintf("simulator: there is no account %q", id))
		}
		found = append(found, a)
	}
	return found
}

// Transaction is a long one: what it changed is stamped when it began and can be
// seen only when it is committed.
type Transaction struct {
	server *Server
	share  float64
	at     time.Time
}

// Begin opens a transaction that changes this share of the accounts (0 to 1),
// stamped so long ago. Nothing of it can be seen, and the lists of deleted and of
// updated records cover nothing later than it, until Commit.
func (s *Server) Begin(share float64, ago time.Duration) *Transaction {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &Transaction{server: s, share: share, at: s.moment().Add(-ago)}
	s.open[t] = true
	return t
}

// Commit makes the changes visible, with the stamp of their time. An account that
// was changed later meanwhile stays as it is. Only the first Commit counts.
func (t *Transaction) Commit() {
	s := t.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.open[t] {
		return
	}
	delete(s.open, t)
	s.deeds++
	s.view = s.view.Changed(t.share, t.at, s.deeds)
}

// Stamp is the SystemModstamp of what the transaction changed.
func (t *Transaction) Stamp() time.Time { return t.at }
