package pipelines

import (
	"context"
	"maps"
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

// Kind says what becomes of a cell.
type Kind string

// The kinds of changes.
const (
	KindNew     Kind = "new"
	KindChanged Kind = "changed"
	KindCleared Kind = "cleared"
)

// Kind is that of a cell that changes.
func (s Sample) Kind() Kind {
	switch {
	case s.After == nil:
		return KindCleared
	case s.Before == nil:
		return KindNew
	}
	return KindChanged
}

// sampled is how many customers samples are chosen among.
const sampled = 2000

// Samples gives the changed cells of some customers of the snapshot in a folder, and how
// many cells change in all. Among the first customers those are chosen who show every
// kind of change.
func Samples(ctx context.Context, snapshot string, customers int) ([]Sample, int64, error) {
	reader, err := parquet.Open(ctx, snapshot)
	if err != nil {
		return nil, 0, err
	}
	changes, err := reader.Read("changes")
	if err != nil {
		return nil, 0, err
	}
	defer changes.Release()
	var groups [][]Sample
	for len(groups) <= max(customers, sampled) && changes.Next() {
		batch := changes.RecordBatch()
		for i := range int(batch.NumRows()) {
			s := sampleOf(batch, i)
			if last := len(groups) - 1; last >= 0 && groups[last][0].CustomerID == s.CustomerID {
				groups[last] = append(groups[last], s)
			} else {
				groups = append(groups, []Sample{s})
			}
		}
	}
	return slices.Concat(exemplary(groups, customers)...), reader.Rows("changes"), changes.Err()
}

func sampleOf(batch arrow.RecordBatch, row int) Sample {
	decided := *cellText(batch, sinks.ColumnCase, row)
	return Sample{
		CustomerID: *cellText(batch, sinks.ColumnCustomerID, row), Axis: *cellText(batch, sinks.ColumnAxis, row),
		Before: cellText(batch, sinks.ColumnBefore, row), After: cellText(batch, sinks.ColumnAfter, row),
		Case: decided, Unread: decided == string(sinks.CaseUnread),
	}
}

// exemplary are some of the customers, in their order: one for each kind of change, and
// then the first.
func exemplary(groups [][]Sample, most int) [][]Sample {
	if len(groups) <= most {
		return groups
	}
	chosen := map[int]bool{}
	for _, kind := range []Kind{KindCleared, KindChanged, KindNew} {
		at := slices.IndexFunc(groups, func(cells []Sample) bool {
			return slices.ContainsFunc(cells, func(s Sample) bool { return s.Kind() == kind })
		})
		if at >= 0 && len(chosen) < most {
			chosen[at] = true
		}
	}
	for at := 0; len(chosen) < most; at++ {
		chosen[at] = true
	}
	var told [][]Sample
	for _, at := range slices.Sorted(maps.Keys(chosen)) {
		told = append(told, groups[at])
	}
	return told
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
