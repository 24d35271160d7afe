package simulator

import (
	"container/list"
	"sync"
)

// shelf keeps pieces of pages, of all results together not much more than budget
// bytes. Those that were sent already are the first to go: they are needed again
// only when a client asks again.
type shelf struct {
	budget int64

	mu    sync.Mutex
	used  int64
	kept  map[spot]*kept
	taken *list.List // of spot, the least recently taken first
}

// spot is where a piece belongs: the rows from..to-1 of a result.
type spot struct {
	result   *result
	from, to int
}

// kept is a piece on the shelf, or on its way there.
type kept struct {
	encode  func() *piece
	element *list.Element // in taken
	size    int64         // as counted in used
}

func newShelf(budget int64) *shelf {
	return &shelf{budget: budget, kept: map[spot]*kept{}, taken: list.New()}
}

// fill makes a piece before it is asked for. It reports false when there is no
// room for more.
func (s *shelf) fill(r *result, from, to int) bool {
	s.mu.Lock()
	full := s.used >= s.budget
	s.mu.Unlock()
	if full {
		return false
	}
	s.get(spot{r, from, to}, false)
	return true
}

// take returns a piece to be sent.
func (s *shelf) take(r *result, from, to int) *piece { return s.get(spot{r, from, to}, true) }

func (s *shelf) get(at spot, take bool) *piece {
	s.mu.Lock()
	if at.result.dropped {
		s.mu.Unlock()
		return at.result.encode(at.from, at.to)
	}
	k := s.kept[at]
	if k == nil {
		k = &kept{encode: sync.OnceValue(func() *piece { return at.result.encode(at.from, at.to) })}
		s.kept[at] = k
	}
	s.mu.Unlock()
	made := k.encode() // once, however many want it
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept[at] != k {
		return made // dropped meanwhile
	}
	if k.size == 0 {
		k.size = int64(len(made.deflated))
		s.used += k.size
	}
	switch {
	case take && k.element == nil:
		k.element = s.taken.PushBack(at)
	case take:
		s.taken.MoveToBack(k.element)
	}
	s.evict()
	return made
}

// evict makes room among what was taken. The caller holds the mutex.
func (s *shelf) evict() {
	for s.used > s.budget && s.taken.Len() > 0 {
		s.remove(s.taken.Front().Value.(spot))
	}
}

func (s *shelf) remove(at spot) {
	k := s.kept[at]
	s.used -= k.size
	if k.element != nil {
		s.taken.Remove(k.element)
	}
	delete(s.kept, at)
}

// drop takes everything of a result off the shelf, for good.
func (s *shelf) drop(r *result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.dropped = true
	for at := range s.kept {
		if at.result == r {
			s.remove(at)
		}
	}
}
