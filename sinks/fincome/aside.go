package fincome

import (
	"fmt"
	"sync"
)

// aside are the customers that the server fails on while it answers about others:
// they are neither refused nor delivered. The next run attempts them again.
type aside struct {
	mu    sync.Mutex
	n     int
	first error
}

// most is how many customers are put aside before the server is taken to be out of
// order.
const most = 20

// giveUp puts a customer aside that was tried often enough. Its error ends the
// delivery: the server has answered nobody else meanwhile, or fails on many.
func (h *handling) giveUp(err error) error {
	h.aside.mu.Lock()
	defer h.aside.mu.Unlock()
	if !h.pace.wellSince(h.ill) || h.aside.n >= most {
		h.pace.stop(err)
		return err
	}
	if h.aside.n++; h.aside.n == 1 {
		h.aside.first = err
	}
	return nil
}

// told is the error at the end of a delivery that put customers aside.
func (a *aside) told() error {
	switch a.n {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("one customer could not be delivered, the others were: %w", a.first)
	}
	return fmt.Errorf("%d customers could not be delivered, the others were; the first: %w", a.n, a.first)
}
