package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"time"

	"github.com/axisync/axisync/durable"
	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/sinks/parquet/diff"
)

// rowWriter writes the rows of a diff into a stream or a file.
type rowWriter interface {
	begin(*pipelines.Comparison, diff.Options) error
	row(diff.Row) error
	end(*diff.Summary) error
}

func newRowWriter(f diffFlags, w *bufio.Writer) rowWriter {
	switch f.format {
	case "csv":
		return &csvDiff{w: csv.NewWriter(w)}
	case "html":
		return &htmlDiff{to: w, bound: f.bound()}
	}
	return &jsonDiff{w: w}
}

// csvDiff writes a line for a cell.
type csvDiff struct {
	w       *csv.Writer
	columns []string
	line    []string
}

func (c *csvDiff) begin(of *pipelines.Comparison, options diff.Options) error {
	c.columns = of.Columns(options)
	header := append([]string{"kind"}, of.Key(options)...)
	return c.w.Write(append(header, "silent", "column", "before", "after", "before_null", "after_null"))
}

func (c *csvDiff) row(r diff.Row) error {
	c.line = append(c.line[:0], r.Kind.String())
	for _, key := range r.Key {
		c.line = append(c.line, string(key))
	}
	c.line = append(c.line, strconv.FormatBool(r.Silent))
	if len(r.Cells) == 0 { // a row that holds nothing
		return c.w.Write(append(c.line, "", "", "", "true", "true"))
	}
	for _, cell := range r.Cells {
		if err := c.w.Write(append(c.line, c.columns[cell.Column], string(cell.Before.Text), string(cell.After.Text), strconv.FormatBool(!cell.Before.Set), strconv.FormatBool(!cell.After.Set))); err != nil {
			return err
		}
	}
	return nil
}

func (c *csvDiff) end(*diff.Summary) error {
	c.w.Flush()
	return c.w.Error()
}

// jsonDiff writes one object, a line for a row.
type jsonDiff struct {
	w       *bufio.Writer
	columns []string
	begun   bool
}

type jsonRow struct {
	Kind   string     `json:"kind"`
	Key    []string   `json:"key"`
	Silent bool       `json:"silent"`
	Cells  []jsonCell `json:"cells"`
}

type jsonCell struct {
	Column string  `json:"column"`
	Before *string `json:"before"`
	After  *string `json:"after"`
}

func (j *jsonDiff) begin(of *pipelines.Comparison, options diff.Options) error {
	j.columns = of.Columns(options)
	_, err := j.w.WriteString(`{"version":` + strconv.Itoa(diff.SummaryVersion) + `,"rows":[`)
	return err
}

func (j *jsonDiff) row(r diff.Row) error {
	content, err := json.Marshal(asJSON(r, j.columns))
	if err != nil {
		return err
	}
	if j.begun {
		content = append([]byte{','}, content...)
	}
	j.begun = true
	_, err = j.w.Write(append(content, '\n'))
	return err
}

func asJSON(r diff.Row, columns []string) jsonRow {
	row := jsonRow{Kind: r.Kind.String(), Key: []string{}, Silent: r.Silent, Cells: []jsonCell{}}
	for _, key := range r.Key {
		row.Key = append(row.Key, string(key))
	}
	for _, cell := range r.Cells {
		row.Cells = append(row.Cells, jsonCell{columns[cell.Column], textOf(cell.Before), textOf(cell.After)})
	}
	return row
}

func textOf(v diff.Value) *string {
	if !v.Set {
		return nil
	}
	text := string(v.Text)
	return &text
}

func (j *jsonDiff) end(s *diff.Summary) error {
	content, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = j.w.WriteString(`],"summary":` + string(content) + "}\n")
	return err
}

// out is where rows go: standard output, or a file that appears when it is whole.
type out struct {
	io.Writer
	file *durable.File // nil: standard output
}

// stalled is how long nobody has written to a file that nobody writes any more, where
// that is not known otherwise.
const stalled = 6 * time.Hour

func openOut(path string, standard io.Writer) (*out, error) {
	if path == "" {
		return &out{Writer: standard}, nil
	}
	_ = durable.SweepLeft(path, stalled) // of commands that were killed; nothing hangs on it
	file, err := durable.Pending(path)
	if err != nil {
		return nil, err
	}
	return &out{file, file}, nil
}

func (o *out) keep() error {
	if o.file == nil {
		return nil
	}
	return o.file.Replace()
}

func (o *out) cleanup() {
	if o.file != nil {
		o.file.Cleanup()
	}
}
