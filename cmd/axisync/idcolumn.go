package main

import (
	"bufio"
	"context"
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
// fewer cells than the header ends it: what was written is whole rows.
func normaliseColumn(ctx context.Context, in io.Reader, out io.Writer, column string) error {
	rows, err := newRowReader(in)
	if err != nil {
		return err
	}
	writer := bufio.NewWriterSize(out, 1<<16)
	err = appendReadings(ctx, rows, writer, column)
	return errors.Join(err, writer.Flush())
}

func appendReadings(ctx context.Context, rows *rowReader, out *bufio.Writer, column string) error {
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
	if err := rows.write(out, header, recordID, verdictName); err != nil {
		return err
	}
	for {
		row, err := rows.next()
		if errors.Is(err, io.EOF) {
			_, err := out.Write(row.raw) // blank lines after the last row
			return err
		}
		if err != nil {
			return err
		}
		reading := recordid.Read(row.cells[place])
		if err := rows.write(out, row, reading.ID, verdict(reading)); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
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
