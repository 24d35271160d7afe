package simulator

import (
	"bytes"
	"sync"
	"testing"
)

// shelved makes the result of a query with a shelf of so many bytes.
func shelved(t *testing.T, s *Server, budget int64) *result {
	t.Helper()
	p, _, err := s.planBulk(jobRequest{Operation: "query", Query: "SELECT Id, Name, Description FROM Account"})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	r := newResult(s.ctx, p, table{view: p.view, columns: p.columns, delimiter: ',', lineEnd: "\n"}, 7, newShelf(budget), func() { close(done) })
	<-done
	return r
}

func text(t *testing.T, p page) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := p.writeText(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAResultLargerThanTheShelf(t *testing.T) {
	t.Parallel()
	s := New(Config{Seed: 2, Accounts: 22_000})
	defer s.Close()
	large, little := shelved(t, s, 1<<30), shelved(t, s, 60_000)
	if len(large.shelf.kept) != 5 || len(little.shelf.kept) == 0 || len(little.shelf.kept) > 3 {
		t.Fatalf("%d pieces are made ahead, and %d when there is little room", len(large.shelf.kept), len(little.shelf.kept))
	}
	most := int64(0)
	for _, size := range []int{20_000, 7000} {
		for from := 0; from < 22_000; from += size {
			to := min(from+size, 22_000)
			if !bytes.Equal(text(t, large.page(from, to)), text(t, little.page(from, to))) {
				t.Fatalf("the page %d to %d differs", from, to)
			}
			most = max(most, little.shelf.used)
		}
	}
	piece := large.shelf.used / 5
	if most > 60_000+5*piece {
		t.Errorf("%d bytes are kept of %d, 60,000 are allowed", most, large.shelf.used)
	}
}

func TestADroppedResultLeavesNothing(t *testing.T) {
	t.Parallel()
	s := New(Config{Seed: 2, Accounts: 12_000})
	defer s.Close()
	r := shelved(t, s, 1<<30)
	var side sync.WaitGroup
	for from := range 8 {
		side.Go(func() { text(t, r.page(from*1000, 12_000)) })
	}
	r.shelf.drop(r)
	side.Wait()
	r.page(0, 100)
	if r.shelf.used != 0 || len(r.shelf.kept) != 0 || r.shelf.taken.Len() != 0 {
		t.Errorf("%d bytes in %d pieces are left", r.shelf.used, len(r.shelf.kept))
	}
}
