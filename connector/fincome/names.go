package fincome

import "bytes"

// names are the names of the members of objects that are much alike, with what
// is known of each.
type names[T any] struct {
	spelled map[string]*name[T] // as they are written, quotes and all
	named   map[string]*name[T] // as they read
	know    func(name string) T

	round int      // the objects so far
	last  *name[T] // of this object
	first name[T]  // stands before the first of an object
}

// name is one of them.
type name[T any] struct {
	text    string
	written string   // as it was first written, quotes and all
	next    *name[T] // came after it last time
	round   int      // the last object that it was in
	known   T
}

// newNames are names of which know tells what is known.
func newNames[T any](know func(name string) T) names[T] {
	return names[T]{spelled: map[string]*name[T]{}, named: map[string]*name[T]{}, know: know}
}

// object reads an object, whose brace comes next. each is given the name of a
// member and has to read its value.
func object[T any](s *scanner, of *names[T], each func(n *name[T]) error) error {
	of.round++
	of.last = &of.first
	s.at++
	if s.take('}') {
		return nil
	}
	for {
		n := of.read(s)
		if n == nil || n.round == of.round || !s.take(':') { // a name may not come twice
			return s.fault()
		}
		n.round = of.round
		if err := each(n); err != nil {
			return err
		}
		if s.take(',') {
			continue
		}
		if s.take('}') {
			return nil
		}
		return s.fault()
	}
}

// read reads a name; nil where there is none. Mostly it is the one that followed
// last time, and that costs a comparison.
func (n *names[T]) read(s *scanner) *name[T] {
	if s.kind() != '"' {
		return nil
	}
	if next := n.last.next; next != nil && bytes.HasPrefix(s.text[s.at:], []byte(next.written)) {
		s.at += len(next.written)
		n.last = next
		return next
	}
	start := s.at
	if !s.string() {
		return nil
	}
	found := n.find(s, s.text[start:s.at])
	n.last.next, n.last = found, found
	return found
}

func (n *names[T]) find(s *scanner, written []byte) *name[T] {
	if found := n.spelled[string(written)]; found != nil { // no copy is made for the lookup
		return found
	}
	text := string(s.unquoted(written))
	found := n.named[text]
	if found == nil {
		found = &name[T]{text: text, written: string(written), known: n.know(text)}
		n.named[text] = found
	}
	n.spelled[string(written)] = found
	return found
}
