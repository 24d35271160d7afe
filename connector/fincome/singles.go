package fincome

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/axisync/axisync/connector"
)

// Singles reads customers one by one, several at a time. A customer that the API
// does not know is left out.
type Singles struct {
	Client *Client
	IDs    []string
	// Concurrency is the number of requests at once; 0 means 4.
	Concurrency int
	Now         func() time.Time // the clock of Observed; time.Now when nil
}

var _ connector.Customers = Singles{}

// Read opens one pass. Its errors are those of Client.
func (s Singles) Read(ctx context.Context, query connector.CustomerQuery) (connector.CustomerReader, error) {
	if s.Concurrency == 0 {
		s.Concurrency = 4
	}
	schema := connector.CustomerSchema(query.Axes, func(string) bool { return true })
	return newReader(schema, len(query.Axes), clock(s.Now), &singles{
		Singles: s, ctx: ctx, customers: newDecoder(query),
	}), nil
}

// singles is one pass over the ids.
type singles struct {
	Singles
	ctx       context.Context // of the pass: the reader's Next takes none
	customers decoder
}

func (s *singles) axisNames() []string { return s.customers.carried() }
func (s *singles) close()              {}

func (s *singles) fill(b *batch) (done bool, err error) {
	for len(s.IDs) > 0 && !b.full() {
		ids := s.IDs[:min(len(s.IDs), 16*s.Concurrency)]
		s.IDs = s.IDs[len(ids):]
		if err := s.add(ids, b); err != nil {
			return false, err
		}
	}
	return len(s.IDs) == 0, nil
}

// add asks for ids, all at once up to the concurrency, and adds the answers in
// their order.
func (s *singles) add(ids []string, b *batch) error {
	answers := make([][]byte, len(ids))
	work := pool.New().WithContext(s.ctx).WithMaxGoroutines(s.Concurrency).WithCancelOnError()
	for i, id := range ids {
		if unfit(id) {
			continue
		}
		work.Go(func(ctx context.Context) error {
			body, err := s.Client.send(ctx, request{method: http.MethodGet, path: s.Client.clientPath(id), limit: maxCustomer, wanted: []int{http.StatusOK}})
			var failure *Error
			if errors.As(err, &failure) && failure.Refused() {
				return nil
			}
			answers[i] = body
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	for i, body := range answers {
		if body == nil {
			continue
		}
		s.customers.reset(body)
		id, err := s.customers.customer(b)
		if err == nil && string(id) != ids[i] {
			err = fmt.Errorf("the answer is about customer %q", id)
		}
		if err != nil {
			return fmt.Errorf("fincome: GET %s: %w", s.Client.clientPath(ids[i]), err)
		}
	}
	return nil
}
