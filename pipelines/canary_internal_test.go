package pipelines

import (
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	arrowmemory "github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/axisync/axisync/sinks"
)

// scribbler is an allocator whose memory holds something else once it is freed.
type scribbler struct{ arrowmemory.GoAllocator }

func (s *scribbler) Free(b []byte) {
	for i := range b {
		b[i] = 'x'
	}
	s.GoAllocator.Free(b)
}

// passing is a reader that releases each batch when it goes to the next.
type passing struct {
	array.RecordReader
	batches []arrow.RecordBatch
	now     arrow.RecordBatch
}

func (p *passing) Next() bool {
	if p.now != nil {
		p.now.Release()
		p.now = nil
	}
	if len(p.batches) == 0 {
		return false
	}
	p.now, p.batches = p.batches[0], p.batches[1:]
	return true
}

func (p *passing) RecordBatch() arrow.RecordBatch { return p.now }

// The cells of a customer may stand in two batches, of which the first is gone when the
// second is read, and a batch may be empty: a canary takes whole customers, as many as it
// was to.
func TestFirstCustomersAcrossBatches(t *testing.T) {
	t.Parallel()
	schema := arrow.NewSchema([]arrow.Field{{Name: sinks.ColumnCustomerID, Type: arrow.BinaryTypes.String}}, nil)
	changes := [][]string{{"A-1", "A-1", "B-2"}, {"B-2", "B-2"}, {}, {"B-2", "C-3"}, {"C-3", "D-4"}, {"D-4"}}
	for most, want := range map[int64]int64{1: 2, 2: 6, 3: 8, 4: 10, 9: 10} {
		t.Run(fmt.Sprint(most), func(t *testing.T) {
			t.Parallel()
			reader := &passing{}
			for _, ids := range changes {
				builder := array.NewRecordBuilder(&scribbler{}, schema)
				builder.Field(0).(*array.StringBuilder).AppendValues(ids, nil)
				reader.batches = append(reader.batches, builder.NewRecordBatch())
				builder.Release()
			}
			f, rows := &firstCustomers{RecordReader: reader, most: most}, int64(0)
			for f.Next() {
				rows += f.RecordBatch().NumRows()
			}
			if rows != want || f.cells != want || f.seen != min(most, 4) {
				t.Errorf("%d rows, %d cells of %d customers, want %d", rows, f.cells, f.seen, want)
			}
		})
	}
}
