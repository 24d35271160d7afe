// Package progress is how far the stages of a run have come. What does the work offers
// figures, and a Board reads them from time to time and shows them: on a terminal as a
// live line for each stage (Live), elsewhere as a line of the log every ten seconds
// (Log). The work never waits for who shows it, except for a line on its way.
package progress

import "sync/atomic"

// Figures are what a stage has done so far.
type Figures struct {
	Unit      string // what is counted: accounts, customers, cells
	Done      int64
	Total     int64  // how many there will be; 0 where that is not known
	Bytes     int64  // received; 0 where none are
	Pages     int64  // of results, on their way
	Customers int64  // written to
	Waiting   string // for what, in words, where there is nothing to count yet
}

// Board shows stages. It may be used by several goroutines.
type Board interface {
	// Begin shows a stage until the function that it gives back is called, once.
	Begin(stage *Stage) (end func())
}

// Stage is a part of a run that may take long.
type Stage struct {
	Source string // whose run it is; empty where there is one only
	Name   string // what is done: "read customers"

	figures atomic.Pointer[func() Figures]
}

// From says where the figures of the stage come from. The function is called by other
// goroutines, at any time until the stage has ended. A nil stage shows nothing.
func (s *Stage) From(figures func() Figures) {
	if s != nil {
		s.figures.Store(&figures)
	}
}

// Figures are those of now.
func (s *Stage) Figures() Figures {
	if figures := s.figures.Load(); figures != nil {
		return (*figures)()
	}
	return Figures{}
}
