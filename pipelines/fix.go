package pipelines

import (
	"encoding/csv"
	"errors"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/storage"
	"github.com/axisync/axisync/transform"
)

// FixName is the name of the list of corrected identifiers in the folder of a
// snapshot.
const FixName = "fix.csv"

// Fix is the list of corrected identifiers: its path and its rows without the
// header.
type Fix struct {
	Path string `json:"path"`
	Rows int64  `json:"rows"`
}

// corrected are the verdicts of an identifier that is better replaced by the
// 18-character id of the account it means, which is certain: a list for the
// person who owns the billing tool. Fifteen characters do no harm, and what is
// only near an account (invalid_suffix, the same name) is for a person to judge:
// it stands in the matches.
var corrected = []string{string(transform.CaseRepaired), string(transform.Trimmed), string(transform.FromURL), string(transform.Merged)}

// fixList writes the corrected identifiers in the shape of Fincome's import
// "Enrich your data": the customer, the identification axis, and why. The rows are
// in the order of the customers. It stays literal: a customer whose id begins with
// =, +, - or @ keeps it as it is, because an import takes what stands there.
type fixList struct {
	file   *parquet.Plain
	writer *csv.Writer
	rows   int64
}

// beginFix begins the list. There is none where the identifiers are not Record
// IDs: nothing says then what the right one would be.
func (r *run) beginFix() (*fixList, error) {
	if r.Key != connector.AccountID {
		return nil, nil
	}
	file, err := r.snapshot.Plain(FixName)
	if err != nil {
		return nil, err
	}
	f := &fixList{file: file, writer: csv.NewWriter(file)}
	return f, f.writer.Write([]string{connector.CustomerID, r.IdentificationAxis, "why"})
}

// add looks through a batch of transform.MatchesSchema with the rows of customers.
func (f *fixList) add(batch arrow.RecordBatch) error {
	if f == nil {
		return nil
	}
	column := func(name string) arrow.Array { return batch.Column(batch.Schema().FieldIndices(name)[0]) }
	ids, accounts, verdicts, reasons := column("id"), column("account_id"), column("verdict"), column("reason")
	for row := range int(batch.NumRows()) {
		if !slices.Contains(corrected, textAt(verdicts, row)) {
			continue
		}
		if accounts.IsNull(row) {
			return fmt.Errorf("the customer %s has the verdict %s and no account", textAt(ids, row), textAt(verdicts, row))
		}
		if err := f.writer.Write([]string{textAt(ids, row), textAt(accounts, row), textAt(reasons, row)}); err != nil {
			return err
		}
		f.rows++
	}
	return nil
}

// textAt is a text of a column, which may be a dictionary; empty where it is null.
func textAt(column arrow.Array, row int) string {
	if column.IsNull(row) {
		return ""
	}
	if coded, ok := column.(*array.Dictionary); ok {
		return coded.Dictionary().(*array.String).Value(coded.GetValueIndex(row))
	}
	return column.(*array.String).Value(row)
}

// close makes the list durable; it appears with the snapshot.
func (f *fixList) close() error {
	if f == nil {
		return nil
	}
	f.writer.Flush()
	return errors.Join(f.writer.Error(), f.file.Close(f.rows))
}

// tellFix says where the list is, once the snapshot is there.
func (r *run) tellFix() {
	if r.fix != nil {
		r.result.Fix = &Fix{Path: storage.Join(r.result.Snapshot, FixName), Rows: r.fix.rows}
	}
}
