// Package report writes a diff as one HTML file for people: it opens from a disk,
// asks for nothing, and holds its figures, its chart and its table of changes.
//
// The rows are written as they are told, as JSON in elements that a browser does not
// run; what is told of all rows follows them, because it is known last. So memory does
// not grow with the rows, and a file that was cut off lacks its end, which it says.
package report

import (
	"bufio"
	"fmt"
	"io"

	"github.com/axisync/axisync/sinks/parquet/diff"
)

// Bound is the most that a file holds of the rows that differ. The first row that goes
// beyond it and all after it are counted, not held.
type Bound struct {
	Rows  int64
	Lines int64 // of the table: a cell that differs, or a row that has none
	Bytes int64 // of keys and values, as they are before they are written
}

// DefaultBound is what a browser sorts and searches with ease.
var DefaultBound = Bound{Rows: 200_000, Lines: 200_000, Bytes: 64 << 20}

// Of is the bound for so many rows, however many cells they have. Their bytes remain
// bounded: a browser opens no file of any size.
func Of(rows int64) Bound {
	return Bound{Rows: rows, Lines: 1 << 62, Bytes: DefaultBound.Bytes}
}

// Options say what a report is of.
type Options struct {
	Table string
	// Before and After are the runs whose snapshots are compared.
	Before, After string
	// Ignored are columns that were not compared. Notes are what a reader must know
	// before any figure.
	Ignored, Notes []string
	Bound          Bound
}

// Writer writes a report: New, Row for every row, Close.
type Writer struct {
	out     *bufio.Writer
	options Options
	rows    rowScripts
	all     held // rows that were told
	held    held // rows that are in the file
	full    bool // the bound is reached
}

// held is how much of the rows.
type held struct{ Rows, Lines, bytes int64 }

// New begins a report.
func New(to io.Writer, options Options) (*Writer, error) {
	w := &Writer{out: bufio.NewWriterSize(to, 1<<16), options: options}
	w.rows.out = w.out
	return w, pages.ExecuteTemplate(w.out, "head.html", struct {
		Options
		Policy string
		Style  any
	}{options, policy, style})
}

// Row adds a row that differs.
func (w *Writer) Row(row diff.Row) error {
	cost := costOf(row)
	w.all.add(cost)
	sum := w.held
	sum.add(cost)
	b := w.options.Bound
	if w.full = w.full || sum.Rows > b.Rows || sum.Lines > b.Lines || sum.bytes > b.Bytes; w.full {
		return nil
	}
	w.held = sum
	return w.rows.add(row, cost)
}

func costOf(row diff.Row) held {
	cost := held{Rows: 1, Lines: max(1, int64(len(row.Cells)))}
	for _, key := range row.Key {
		cost.bytes += int64(len(key))
	}
	for _, cell := range row.Cells {
		cost.bytes += int64(len(cell.Before.Text) + len(cell.After.Text))
	}
	return cost
}

func (h *held) add(other held) {
	h.Rows += other.Rows
	h.Lines += other.Lines
	h.bytes += other.bytes
}

// Held is how many rows the file holds, of all that it was given. It is less where there
// were more than its bound.
func (w *Writer) Held() (held, all int64) { return w.held.Rows, w.all.Rows }

// Close ends the report with what is told of all rows. Without it the file says that it
// was cut off.
func (w *Writer) Close(summary *diff.Summary) error {
	if told := summary.Added + summary.Removed + summary.Changed; told != w.all.Rows {
		return fmt.Errorf("the report was given %d rows, and the summary tells of %d", w.all.Rows, told)
	}
	if err := w.rows.end(); err != nil {
		return err
	}
	if err := pages.ExecuteTemplate(w.out, "page.html", w.page(summary)); err != nil {
		return err
	}
	return w.out.Flush()
}
