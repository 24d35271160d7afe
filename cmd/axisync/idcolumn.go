package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/transform/recordid"
)

// normaliseColumn reads a CSV (RFC 4180; comma, semicolon or tab, found from the
// header) a row at a time, writes every row byte for byte as it was and appends
// record_id and verdict of the cell below the header column. A row with more or
// fewer cells than the header ends it: what was written is whole rows. As JSON, a row is
// an object.
func normaliseColumn(ctx context.Context, in io.Reader, out io.Writer, column string, asJSON bool) error {
	rows, err := newRowReader(in)
	if err != nil {
		return err
	}
	writer := bufio.NewWriterSize(out, 1<<16)
	err = appendReadings(ctx, rows, writer, column, asJSON)
	return errors.Join(err, writer.Flush())
}

func appendReadings(ctx context.Context, rows *rowReader, out *bufio.Writer, column string, asJSON bool) error {
	header, err := rows.next()
	if errors.Is(err, io.EOF) {
		return usageError{errors.New("there is no header line: a CSV begins with the names of its columns")}
	}
	if err != nil {
		return err
	}
	place, err := placeOf(column, header.cells)
	if err != nil {
		return err
	}
	recordID, verdictName := freeName("record_id", header.cells), freeName("verdict", header.cells)
	write := rows.write
	if asJSON {
		if write, err = objectsOf(header.cells, recordID, verdictName); err != nil {
			return err
		}
	} else if err := write(out, header, recordID, verdictName); err != nil {
		return err
	}
	for {
		row, err := rows.next()
		if errors.Is(err, io.EOF) {
			if asJSON {
				return nil
			}
			_, err := out.Write(row.raw) // blank lines after the last row
			return err
		}
		if err != nil {
			return err
		}
		reading := recordid.Read(row.cells[place])
		if err := write(out, row, reading.ID, verdict(reading)); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// objectsOf gives what writes a row and two more cells as an object, in the order of the
// columns. Two columns of one name would be one in it.
func objectsOf(header []string, more ...string) (func(out *bufio.Writer, row row, cells ...string) error, error) {
	var names [][]byte
	for i, name := range append(slices.Clone(header), more...) {
		if i < len(header) && slices.Contains(header[:i], name) {
			return nil, usageError{fmt.Errorf("two columns are called %q, which one object cannot have: rename one of them, or leave --json out", name)}
		}
		names = append(names, quotedJSON(name))
	}
	return func(out *bufio.Writer, row row, cells ...string) error {
		mark := byte('{')
		for i, cell := range append(slices.Clone(row.cells), cells...) {
			_ = out.WriteByte(mark) // an error stays, and comes again below
			_, _ = out.Write(names[i])
			_ = out.WriteByte(':')
			_, _ = out.Write(quotedJSON(cell))
			mark = ','
		}
		_, err := out.WriteString("}\n")
		return err
	}, nil
}

// quotedJSON is a text as JSON has it.
func quotedJSON(text string) []byte {
	quoted, _ := json.Marshal(text) // of a text there is always one
	return quoted
}

// placeOf finds the one column called name.
func placeOf(name string, header []string) (int, error) {
	place := slices.Index(header, name)
	if place < 0 {
		text := fmt.Sprintf("there is no column %q", name)
		if near := pipelines.Nearest(name, header); near != "" {
			return 0, usageError{fmt.Errorf("%s; did you mean %q?", text, near)}
		}
		return 0, usageError{fmt.Errorf("%s; the columns are %s", text, strings.Join(header[:min(len(header), 20)], ", "))}
	}
	if slices.Contains(header[place+1:], name) {
		return 0, usageError{fmt.Errorf("two columns are called %q: rename one of them", name)}
	}
	return place, nil
}

// freeName is name, or the first of name_2, name_3, ... that no column has, letter
// case aside: not every reader tells columns apart by it.
func freeName(name string, header []string) string {
	free := name
	for n := 2; slices.ContainsFunc(header, func(h string) bool { return strings.EqualFold(h, free) }); n++ {
		free = name + "_" + strconv.Itoa(n)
	}
	return free
}
