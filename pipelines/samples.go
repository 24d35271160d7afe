package pipelines

import (
	"context"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/parquet"
)

// Sample is one cell of a snapshot; nil is an empty cell.
type Sample struct {
	CustomerID, Axis string
	Before, After    *string // what it holds, and what it should
	Case             string  // the row of the table that decided it
	Unread           bool    // nobody has seen what the cell holds
	Since            string  // of a cell that is left: since when, RFC 3339
}

// Samples gives the first changed cells of the snapshot in a folder, and how
// many there are in all.
func Samples(ctx context.Context, snapshot string, most int) ([]Sample, int64, error) {
	reader, err := parquet.Open(ctx, snapshot)
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
				Case:   *cellText(batch, sinks.ColumnCase, i),
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

// KeptSamples gives the first cells of the snapshot in a folder that one of some
// rows of the table has left as they are, and how many there are in all.
func KeptSamples(ctx context.Context, snapshot string, most int, cases []string) (samples []Sample, total int64, err error) {
	reader, err := parquet.Open(ctx, snapshot)
	if err != nil {
		return nil, 0, err
	}
	kept, err := reader.Read("kept")
	if err != nil {
		return nil, 0, err
	}
	defer kept.Release()
	for kept.Next() {
		batch := kept.RecordBatch()
		for i := range int(batch.NumRows()) {
			name := *cellText(batch, sinks.ColumnCase, i)
			if !slices.Contains(cases, name) {
				continue
			}
			if total++; len(samples) < most {
				samples = append(samples, keptSample(batch, name, i))
			}
		}
	}
	return samples, total, kept.Err()
}

func keptSample(batch arrow.RecordBatch, name string, row int) Sample {
	sample := Sample{CustomerID: *cellText(batch, sinks.ColumnCustomerID, row), Axis: *cellText(batch, sinks.ColumnAxis, row), Case: name,
		Before: cellText(batch, "held", row), After: cellText(batch, "desired", row)}
	if at := cellText(batch, "since", row); at != nil {
		sample.Since = *at
	}
	return sample
}
