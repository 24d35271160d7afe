package pipelines

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/parquet"
)

// Sample is one cell of a change set; nil is an empty cell.
type Sample struct {
	CustomerID, Axis string
	Before, After    *string
	Unread           bool // nobody has seen what the cell holds
}

// Samples gives the first changed cells of the snapshot in a folder, and how
// many there are in all.
func Samples(snapshot string, most int) ([]Sample, int64, error) {
	reader, err := parquet.Open(snapshot)
	if err != nil {
		return nil, 0, err
	}
	changes, err := reader.Read("changes")
	if err != nil {
		return nil, 0, err
	}
	defer changes.Release()
	var samples []Sample
	for len(samples) < most && changes.Next() {
		batch := changes.RecordBatch()
		for i := 0; i < int(batch.NumRows()) && len(samples) < most; i++ {
			samples = append(samples, Sample{
				CustomerID: *cellText(batch, sinks.ColumnCustomerID, i), Axis: *cellText(batch, sinks.ColumnAxis, i),
				Before: cellText(batch, sinks.ColumnBefore, i), After: cellText(batch, sinks.ColumnAfter, i),
				Unread: *cellText(batch, sinks.ColumnCase, i) == string(sinks.CaseUnread),
			})
		}
	}
	return samples, reader.Rows("changes"), changes.Err()
}

// cellText is a copy of a text of a batch, nil for null.
func cellText(batch arrow.RecordBatch, column string, row int) *string {
	texts := batch.Column(batch.Schema().FieldIndices(column)[0]).(*array.String)
	if texts.IsNull(row) {
		return nil
	}
	text := strings.Clone(texts.Value(row))
	return &text
}
