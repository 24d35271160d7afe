package suggest

import (
	"cmp"
	"container/heap"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/cespare/xxhash/v2"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/transform/recordid"
)

// The bounds of a sample: customers of one axis, values in all, bytes of a value.
// A longer value is no key: it is cut and finds nothing.
const (
	mostPerAxis = 20_000
	mostInAll   = 400_000
	longest     = 300
)

// Sample is a sample of the customers of every axis: those whose ids have the
// least hashes, so that the same customers give the same sample in any order.
type Sample struct {
	size      int
	customers int64
	axes      []axisSample
}

// axisSample is the sample of one axis, the greatest hash on top.
type axisSample struct {
	name    string
	carried int64
	kept    []entry
}

type entry struct {
	order           uint64 // the hash of the customer's id
	customer, value string
}

// NewSample begins a sample of the customers of these axes.
func NewSample(axes []string) *Sample {
	s := &Sample{size: min(mostPerAxis, mostInAll/max(len(axes), 1))}
	s.size = max(s.size, 1)
	for _, name := range axes {
		s.axes = append(s.axes, axisSample{name: name})
	}
	return s
}

// Size is the most customers that are kept of an axis.
func (s *Sample) Size() int { return s.size }

// Customers is how many were seen.
func (s *Sample) Customers() int64 { return s.customers }

// Add looks through a batch of customers in the schema connector.CustomerSchema,
// whose axes are those of NewSample, each customer once. Truth values, lists and
// objects identify nobody and are passed over, and so are blanks.
func (s *Sample) Add(batch arrow.RecordBatch) error {
	column := func(name string) (*array.String, error) {
		at := batch.Schema().FieldIndices(name)
		if len(at) == 0 {
			return nil, nil // the file has no column for the axis
		}
		texts, ok := batch.Column(at[0]).(*array.String)
		if !ok {
			return nil, fmt.Errorf("the column %s of the customers is no text", name)
		}
		return texts, nil
	}
	ids, err := column(connector.CustomerID)
	if err != nil || ids == nil {
		return fmt.Errorf("the customers have no ids: %w", err)
	}
	s.customers += int64(ids.Len())
	orders := make([]uint64, ids.Len())
	for row := range orders {
		orders[row] = xxhash.Sum64String(ids.Value(row))
	}
	for i := range s.axes {
		values, err := column(connector.ValueColumn(i))
		if err != nil {
			return err
		}
		kinds, err := column(connector.TypeColumn(i))
		if err != nil {
			return err
		}
		if values == nil {
			continue
		}
		for row, order := range orders {
			if values.IsNull(row) || kinds != nil && kinds.IsValid(row) && kinds.Value(row) != connector.TypeNumber {
				continue
			}
			s.axes[i].add(order, ids.Value(row), values.Value(row), s.size)
		}
	}
	return nil
}

func (a *axisSample) add(order uint64, customer, value string, size int) {
	if strings.TrimFunc(value, recordid.Blank) == "" {
		return
	}
	a.carried++
	if len(a.kept) == size && order >= a.kept[0].order {
		return
	}
	if len(value) > longest {
		value = value[:longest] + "…"
	}
	e := entry{order, strings.Clone(customer), strings.ToValidUTF8(strings.Clone(value), "\ufffd")}
	if len(a.kept) < size {
		heap.Push(a, e)
		return
	}
	a.kept[0] = e
	heap.Fix(a, 0)
}

// sorted gives the entries in the order of the hashes; the heap is done with.
func (a *axisSample) sorted() []entry {
	slices.SortFunc(a.kept, func(x, y entry) int {
		return cmp.Or(cmp.Compare(x.order, y.order), strings.Compare(x.customer, y.customer))
	})
	return a.kept
}

// Len, Less, Swap, Push and Pop are those of container/heap.
func (a *axisSample) Len() int { return len(a.kept) }

// Less: see Len.
func (a *axisSample) Less(i, j int) bool { return a.kept[i].order > a.kept[j].order }

// Swap: see Len.
func (a *axisSample) Swap(i, j int) { a.kept[i], a.kept[j] = a.kept[j], a.kept[i] }

// Push: see Len.
func (a *axisSample) Push(e any) { a.kept = append(a.kept, e.(entry)) }

// Pop: see Len.
func (a *axisSample) Pop() any {
	last := a.kept[len(a.kept)-1]
	a.kept = a.kept[:len(a.kept)-1]
	return last
}
