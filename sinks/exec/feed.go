package exec

import (
	"context"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks"
)

// customersPerBatch is how many customers a batch of the stream holds: their intents
// become durable together, before the batch is handed over.
const customersPerBatch = 1024

// feed writes the portion to the program and closes its input. A program that stops
// reading is told of when it ends.
func (h *handing) feed(ctx context.Context, p portion) {
	defer h.program.in.Close()
	writer := ipc.NewWriter(h.program.in, ipc.WithSchema(sinks.ChangeSchema()), ipc.WithAllocator(connector.Memory))
	rows := array.NewRecordBuilder(connector.Memory, sinks.ChangeSchema())
	defer rows.Release()
	for some := range slices.Chunk(p.customers, customersPerBatch) {
		if ctx.Err() != nil {
			return // without the mark of the end: the stream is not whole
		}
		if err := sinks.SendAll(h.journal, some, h.config.Now()); err != nil {
			h.stop(err)
			return
		}
		h.expect(some)
		batch := batchOf(rows, some)
		err := writer.Write(batch)
		batch.Release()
		if err != nil {
			return
		}
		h.alive()
	}
	if err := writer.Close(); err == nil { // with the mark of the end
		h.alive()
	}
}

// expect notes cells of which an answer may come from now on.
func (h *handing) expect(customers []sinks.Intent) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range customers {
		for i := range c.Cells {
			name := cellName{c.CustomerID, c.Cells[i].Axis}
			if _, twice := h.cells[name]; twice {
				h.stop(fmt.Errorf("the change set has the cell %q of customer %q twice", name.axis, name.customer))
				return
			}
			h.cells[name] = &c.Cells[i]
		}
	}
}

// batchOf makes a batch in the schema of a change set.
func batchOf(rows *array.RecordBuilder, customers []sinks.Intent) arrow.RecordBatch {
	add := func(column int, text string, set bool) {
		b := rows.Field(column).(*array.StringBuilder)
		if set {
			b.Append(text)
		} else {
			b.AppendNull()
		}
	}
	for _, c := range customers {
		for _, cell := range c.Cells {
			add(0, c.CustomerID, true)
			add(1, cell.Axis, true)
			add(2, cell.Before.Text, cell.Before.Set)
			add(3, cell.Before.Type, cell.Before.Type != "")
			add(4, cell.After.Text, cell.After.Set)
			add(5, string(cell.Case), true)
			add(6, cell.After.Type, cell.After.Type != "")
		}
	}
	return rows.NewRecordBatch()
}
