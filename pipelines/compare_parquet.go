package pipelines

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/sinks/parquet/diff"
)

// WriteParquet compares a table and writes what differs as Parquet files with a
// manifest into dir, which must be missing or empty: one row for a cell, in the table
// differences, with the columns of the key, kind, silent, column, before and after. A row that
// was added or removed and holds nothing but its key has a row without a column.
// Without the manifest, the files are not whole.
func (c *Comparison) WriteParquet(ctx context.Context, options diff.Options, dir string, now time.Time, version string) (*diff.Summary, error) {
	if err := checkFolder(ctx, c.pipeline, dir, "diff"); err != nil {
		return nil, err
	}
	snapshot, err := parquet.Create(ctx, dir, "")
	if err != nil {
		return nil, err
	}
	defer func() { _ = snapshot.Abort() }() // after Commit it does nothing
	key := c.before.Manifest().Tables[options.Table].Key
	schema := differenceSchema(key)
	table, err := snapshot.Table("differences", schema, parquet.TableOptions{Key: append(slices.Clone(key), "column")})
	if err != nil {
		return nil, err
	}
	w := differences{table: table, builder: array.NewRecordBuilder(connector.Memory, schema), columns: c.Columns(options)}
	defer w.builder.Release()
	summary, err := c.Run(ctx, options, w.add)
	if err == nil {
		err = w.flush()
	}
	if err == nil {
		err = table.Write(ctx, nil)
	}
	if err != nil {
		return nil, err
	}
	m := c.after.Manifest()
	return summary, snapshot.Commit(ctx, parquet.Manifest{RunID: m.RunID, Kind: "diff", Source: m.Source, Slug: m.Slug, ObservedAt: now, ProgramVersion: version,
		Counts: map[string]int64{"added": summary.Added, "removed": summary.Removed, "changed": summary.Changed, "unchanged": summary.Unchanged}})
}

func differenceSchema(key []string) *arrow.Schema {
	var fields []arrow.Field
	for _, name := range key {
		fields = append(fields, arrow.Field{Name: name, Type: arrow.BinaryTypes.String})
	}
	for _, name := range []string{"kind", "silent", "column", "before", "after"} {
		fields = append(fields, arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: name == "before" || name == "after"})
	}
	return arrow.NewSchema(fields, nil)
}

// differences writes the rows of a diff.
type differences struct {
	table   *parquet.Table
	builder *array.RecordBuilder
	columns []string
}

func (w *differences) add(row diff.Row) error {
	if len(row.Cells) == 0 {
		w.append(row, "", diff.Cell{})
	}
	for _, cell := range row.Cells {
		w.append(row, w.columns[cell.Column], cell)
	}
	if w.builder.Field(0).Len() < 8192 {
		return nil
	}
	return w.flush()
}

func (w *differences) append(row diff.Row, column string, cell diff.Cell) {
	texts := slices.Clone(row.Key)
	texts = append(texts, []byte(row.Kind.String()), strconv.AppendBool(nil, row.Silent), []byte(column))
	for i, text := range texts {
		w.builder.Field(i).(*array.StringBuilder).BinaryBuilder.Append(text)
	}
	for i, value := range []diff.Value{cell.Before, cell.After} {
		if b := w.builder.Field(len(texts) + i).(*array.StringBuilder); value.Set {
			b.BinaryBuilder.Append(value.Text)
		} else {
			b.AppendNull()
		}
	}
}

func (w *differences) flush() error {
	batch := w.builder.NewRecordBatch()
	defer batch.Release()
	return w.table.Append(batch)
}
