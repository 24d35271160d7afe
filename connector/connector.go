// Package connector is the contract of a source: what comes out of Salesforce
// and out of Fincome, as Arrow record batches, before anything is decided.
//
// The currency is arrow-go's array.RecordReader: the consumer pulls, a batch
// lives until the next call of Next, and an error that ends the stream early is
// told by Err after Next has answered false. A reader that ended without an
// error has delivered everything: implementations check their own counts before
// they say so. The buffers of a batch come from Memory.
package connector

import (
	"context"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
)

// Customers reads the customers of Fincome.
type Customers interface {
	// Read opens one pass over all customers. The caller releases the reader.
	// It may be called again for another pass.
	Read(ctx context.Context, query CustomerQuery) (CustomerReader, error)
}

// CustomerQuery says which cells of the customers are wanted.
type CustomerQuery struct {
	// IdentificationAxis is the axis whose value says which account a customer is.
	IdentificationAxis string
	// Axes are the axes whose cells are read, in the order of the columns.
	Axes []string
}

// CustomerReader is one pass over the customers, in the schema that
// CustomerSchema gives. Every customer comes once; the same id twice is an
// error.
type CustomerReader interface {
	array.RecordReader
	// Observed is the time at which the cells are known to have been so: the
	// start of a listing, the export time of a file.
	Observed() time.Time
	// AxisNames are the names of all axes seen so far, sorted; after the last
	// batch, of all customers.
	AxisNames() []string
}
