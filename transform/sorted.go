package transform

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/axisync/axisync/sinks"
)

// The flags of a cell, above the place of the row that decided it.
const (
	placeBits             = 8
	flagCleared    uint16 = 1 << (placeBits + iota) // D is empty
	flagHeldEmpty                                   // H is empty or unread
	flagOurs                                        // A is a value
	flagHeldIsOurs                                  // H is A
	flagAdoptable                                   // holds what we would write without being ours
)

// sorted takes the decided cells of one axis: it counts them and makes change
// sets of those that are written. DuckDB computes a cell once.
type sorted struct {
	axis      string
	table     []row
	decision  *AxisDecision
	changes   func(arrow.RecordBatch) error
	builder   *array.RecordBuilder
	columns   [6]*array.StringBuilder
	adoptable int64
}

// changeRows is the number of rows of a batch of changes.
const changeRows = 8192

func newSorted(axis string, table []row, decision *AxisDecision, changes func(arrow.RecordBatch) error) *sorted {
	// The batches stay in Go: they need no C memory.
	s := &sorted{axis: axis, table: table, decision: decision, changes: changes, builder: array.NewRecordBuilder(memory.DefaultAllocator, sinks.ChangeSchema())}
	for i := range s.columns {
		s.columns[i] = s.builder.Field(i).(*array.StringBuilder) // every column of a change set is text
	}
	return s
}

func (s *sorted) release() { s.builder.Release() }

// query gives for every cell its code, and the texts of those that are written.
func (s *sorted) query(cells string) string {
	written := func(text string) string { return "CASE WHEN written THEN " + text + " END" }
	return fmt.Sprintf(`SELECT code, %s, %s, %s, %s FROM (SELECT *, place IN (%s) AS written, (place
		| CASE WHEN d_empty THEN %d ELSE 0 END | CASE WHEN h_empty OR NOT h_read THEN %d ELSE 0 END
		| CASE WHEN a_set AND a <> '' THEN %d ELSE 0 END | CASE WHEN h_is_a THEN %d ELSE 0 END
		| CASE WHEN NOT a_set AND NOT d_empty THEN %d ELSE 0 END)::USMALLINT AS code FROM %s)`,
		written("customer_id"), written("CASE WHEN h_read THEN h ELSE coalesce(f, a) END"), written("CASE WHEN h_read THEN h_type ELSE f_type END"), written("d"),
		places(s.table, Write), flagCleared, flagHeldEmpty, flagOurs, flagHeldIsOurs, flagAdoptable, cells)
}

// add takes a batch of the query's result.
func (s *sorted) add(batch arrow.RecordBatch) error {
	codes := batch.Column(0).(*array.Uint16).Uint16Values()
	var texts [4]*array.String
	for i := range texts {
		texts[i] = batch.Column(i + 1).(*array.String)
	}
	for i, code := range codes {
		row, flags := &s.table[code&(1<<placeBits-1)], code
		s.decision.add(row, flags)
		switch {
		case row.action == Same && flags&flagAdoptable != 0:
			s.adoptable++
		case row.action == Write:
			s.write(row, texts, i)
		}
	}
	if s.columns[0].Len() >= changeRows {
		return s.flush()
	}
	return nil
}

func (s *sorted) write(row *row, texts [4]*array.String, i int) {
	s.columns[0].Append(texts[0].Value(i))
	s.columns[1].Append(s.axis)
	for j, column := range []*array.StringBuilder{s.columns[2], s.columns[3], s.columns[4]} {
		if text := texts[j+1]; text.IsNull(i) {
			column.AppendNull()
		} else {
			column.Append(text.Value(i))
		}
	}
	s.columns[5].Append(string(row.name))
}

func (s *sorted) flush() error {
	if s.columns[0].Len() == 0 {
		return nil
	}
	batch := s.builder.NewRecordBatch()
	defer batch.Release()
	return s.changes(batch)
}
