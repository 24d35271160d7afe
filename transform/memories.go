package transform

import (
	"context"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// memories holds what is remembered of the cells of some customers.
type memories struct {
	engine *Engine
	axes   map[string]int
	rows   []windowRow // by place of the customer and axis
	held   []memoryBatch
}

// memoryBatch is a batch of the table ack: n and ackColumns.
type memoryBatch struct{ arrow.RecordBatch }

func (b memoryBatch) time(column, row int) int64 {
	c := b.Column(1 + column).(*array.Int64)
	if c.IsNull(row) {
		return 0
	}
	return c.Value(row)
}

// value is the text in one column, of the type in another; -1: of none.
func (b memoryBatch) value(column, form, row int) value {
	c := b.Column(1 + column).(*array.String)
	if c.IsNull(row) {
		return value{}
	}
	v := textValue(c.Value(row))
	if form >= 0 {
		if f := b.Column(1 + form).(*array.String); f.IsValid(row) {
			v.form = forms[f.Value(row)]
		}
	}
	return v
}

func newMemories(e *Engine) *memories {
	m := &memories{engine: e, axes: map[string]int{}}
	for i, axis := range e.axes {
		m.axes[axis] = i
	}
	return m
}

// load reads what is remembered of the customers from number first up to last;
// drop frees it.
func (m *memories) load(ctx context.Context, first, last int64) error {
	if !m.engine.remembers {
		return nil
	}
	m.rows = make([]windowRow, int(last-first)*len(m.axes))
	query := fmt.Sprintf("SELECT n, %s FROM ack WHERE n BETWEEN %d AND %d", ackList(""), first, last-1)
	return m.engine.emit(ctx, query, func(batch arrow.RecordBatch) error {
		batch.Retain()
		m.held = append(m.held, memoryBatch{batch})
		numbers, axes := batch.Column(0).(*array.Int64), batch.Column(2).(*array.String)
		for row := range axes.Len() {
			if axis, ok := m.axes[axes.Value(row)]; ok {
				m.rows[int(numbers.Value(row)-first)*len(m.axes)+axis] = windowRow{int32(len(m.held)), int32(row)}
			}
		}
		return nil
	})
}

func (m *memories) drop() {
	for _, held := range m.held {
		held.Release()
	}
	m.rows, m.held = nil, nil
}

// recall sets into to what is remembered of an axis of the customer at a place of
// the window. Its texts live until drop.
func (m *memories) recall(at, axis int, into *remembered) {
	if m.rows == nil {
		return // and it never was anything else
	}
	*into = remembered{}
	place := m.rows[at*len(m.axes)+axis]
	if place.batch == 0 {
		return
	}
	m.held[place.batch-1].remembered(int(place.row), into)
}

// remembered sets into, which is empty, to what a row says. Its texts live as long
// as the batch.
func (b memoryBatch) remembered(row int, into *remembered) {
	into.aAt, into.a, into.f = b.time(ackAAt, row), b.value(ackA, -1, row), b.value(ackF, ackFType, row)
	into.oAt, into.o = b.time(ackOAt, row), b.value(ackO, ackOType, row)
	if into.sAt = b.time(ackSAt, row); into.sAt > 0 {
		into.s, into.sBefore, into.sTries = b.value(ackS, ackSType, row), b.value(ackSBefore, ackSBeforeType, row), b.time(ackSTries, row)
		answered := b.Column(1 + ackSAnswered).(*array.Boolean)
		into.sAnswered = answered.IsValid(row) && answered.Value(row)
	}
	if into.rAt = b.time(ackRAt, row); into.rAt > 0 {
		into.rD, into.rH = b.value(ackRD, ackRDType, row), b.value(ackRH, ackRHType, row)
		into.rCode, into.rReason = b.value(ackRCode, -1, row), b.value(ackRReason, -1, row)
	}
	if into.sinceAt = b.time(ackSinceAt, row); into.sinceAt > 0 {
		into.sinceCase = left(slices.Index(leftNames[:], b.value(ackSinceCase, -1, row).text))
	}
}
