package transform

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
)

// patch gathers what the observations say about A and S: a write that has
// arrived, a value that stands already (row 7), a write that never shows (row 4).
// It puts the new memories into the table patch.
type patch struct {
	engine  *Engine
	builder *array.RecordBuilder
	now     int64
}

// patchRows is how many memories wait for DuckDB.
const patchRows = 1 << 15

func newPatch(e *Engine) *patch {
	fields := make([]arrow.Field, 0, len(ackColumns)+1)
	for _, column := range append(ackColumns[:len(ackColumns):len(ackColumns)], ackColumn{"adopted", "BOOLEAN"}) {
		fields = append(fields, arrow.Field{Name: column.name, Type: arrowTypes[column.sqlType], Nullable: true})
	}
	return &patch{engine: e, builder: array.NewRecordBuilder(connector.Memory, arrow.NewSchema(fields, nil)), now: e.rules.Now.UnixMicro()}
}

var arrowTypes = map[string]arrow.DataType{"VARCHAR": arrow.BinaryTypes.String, "BIGINT": arrow.PrimitiveTypes.Int64, "BOOLEAN": arrow.FixedWidthTypes.Boolean}

func (p *patch) free() { p.builder.Release() }

// relieve hands on what was learned when it is much.
func (p *patch) relieve(ctx context.Context) error {
	if p.builder.Field(0).Len() < patchRows {
		return nil
	}
	return p.flush(ctx)
}

func (p *patch) flush(ctx context.Context) error {
	if p.builder.Field(0).Len() == 0 {
		return nil
	}
	batch := p.builder.NewRecordBatch()
	defer batch.Release()
	reader, err := array.NewRecordReader(p.builder.Schema(), []arrow.RecordBatch{batch})
	if err != nil {
		return err
	}
	defer reader.Release()
	return p.engine.consume(ctx, reader, "INSERT INTO patch SELECT * FROM stream")
}

// learn notes what is new about a cell that was decided by a row of the table.
// single: its customer was read by itself, which no later run sees again. It
// reports whether the cell is taken for ours because it holds what we would write.
func (p *patch) learn(id string, axis Axis, row *row, c *cell, single bool) (adopted bool) {
	unchanged, rejected := row.action == Same, row.action == Reject
	adopted = unchanged && c.facts&(aSet|dEmpty) == 0 && axis.Merge == Overwrite
	corrected := unchanged && c.facts&(aSet|dIsA) == aSet
	closed := c.arrived() || rejected || unchanged && c.facts&sJudged != 0
	seen := single && c.hAt > c.memory.oAt
	if !adopted && !corrected && !closed && !c.changedState && !seen {
		return false
	}
	m := c.memory
	if rejected {
		m.rAt, m.rD, m.rH = p.now, m.s, c.h
		m.rCode, m.rReason = textValue("not_applied"), textValue("the write was accepted twice and never showed")
	}
	m.a, m.f = c.a, c.f
	if adopted || corrected || c.arrived() {
		m.aAt = p.now
	}
	if adopted || corrected {
		m.a, m.f = c.d, value{}
		if !c.h.is(c.d) || c.h.form != textForm {
			m.f = c.h
		}
	}
	if c.hAt > 0 && (adopted || corrected || closed || seen) {
		m.oAt, m.o = c.hAt, c.h
	}
	if closed {
		m.sAt = 0
	}
	p.add(id, axis.Name, &m, adopted)
	return adopted
}

func (p *patch) add(id, axis string, m *remembered, adopted bool) {
	p.text(ackCustomerID, textValue(id))
	p.text(ackAxis, textValue(axis))
	p.time(ackAAt, m.aAt)
	p.text(ackA, m.a)
	p.typed(ackF, ackFType, m.f)
	p.time(ackOAt, m.oAt)
	p.typed(ackO, ackOType, m.o)
	p.sent(m)
	p.time(ackRAt, m.rAt)
	p.typed(ackRD, ackRDType, m.rD)
	p.typed(ackRH, ackRHType, m.rH)
	p.text(ackRCode, m.rCode)
	p.text(ackRReason, m.rReason)
	p.time(ackSinceAt, m.sinceAt)
	p.text(ackSinceCase, value{text: leftNames[m.sinceCase], set: m.sinceCase != leftAlone})
	p.builder.Field(len(ackColumns)).(*array.BooleanBuilder).Append(adopted)
}

// sent adds S, or nulls when nothing is open.
func (p *patch) sent(m *remembered) {
	p.time(ackSAt, m.sAt)
	if m.sAt == 0 {
		for place := ackS; place <= ackSTries; place++ {
			p.builder.Field(place).AppendNull()
		}
		return
	}
	p.typed(ackS, ackSType, m.s)
	p.typed(ackSBefore, ackSBeforeType, m.sBefore)
	p.builder.Field(ackSAnswered).(*array.BooleanBuilder).Append(m.sAnswered)
	p.builder.Field(ackSTries).(*array.Int64Builder).Append(m.sTries)
}

func (p *patch) text(place int, v value) {
	if b := p.builder.Field(place).(*array.StringBuilder); v.set {
		b.Append(v.text)
	} else {
		b.AppendNull()
	}
}

func (p *patch) typed(place, form int, v value) {
	p.text(place, v)
	name, other := v.form.name()
	p.text(form, value{text: name, set: other})
}

func (p *patch) time(place int, at int64) {
	if b := p.builder.Field(place).(*array.Int64Builder); at > 0 {
		b.Append(at)
	} else {
		b.AppendNull()
	}
}
