package fincome

import (
	"context"
	"net/http"
)

// Send sends one request that this package has no name for, with the key and the
// retries of the client, and answers the body. path is escaped and stands behind
// the base address; a body that is nil is none. Any answer but 200, 202 and 204 is
// an *Error.
func (c *Client) Send(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	return c.send(ctx, request{
		method: method, path: path, body: body, limit: maxPage,
		wanted: []int{http.StatusOK, http.StatusAccepted, http.StatusNoContent},
	})
}

// CustomerPath is the path of a customer, for Send. An id that is empty or consists
// of one or two dots has none.
func (c *Client) CustomerPath(id string) (path string, ok bool) {
	return c.clientPath(id), !unfit(id)
}

// ParseCustomer reads the answer about one customer.
func ParseCustomer(body []byte) (Customer, error) { return parseCustomer(body) }
