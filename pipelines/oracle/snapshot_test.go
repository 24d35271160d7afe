package oracle_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go"
)

// readTable reads all parts of a table of a snapshot, column by column of the
// file's own schema. A null is absent.
func readTable(t tester, snapshot, table string) []map[string]string {
	t.Helper()
	parts, err := filepath.Glob(filepath.Join(snapshot, table, "part-*.parquet"))
	if err != nil || len(parts) == 0 {
		t.Fatalf("table %s of %s: %d parts, %v", table, snapshot, len(parts), err)
	}
	var all []map[string]string
	for _, part := range parts {
		rows, err := readPart(part)
		if err != nil {
			t.Fatalf("%s: %v", part, err)
		}
		all = append(all, rows...)
	}
	return all
}

func readPart(path string) ([]map[string]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it is only read
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	opened, err := parquet.OpenFile(file, info.Size())
	if err != nil {
		return nil, err
	}
	var all []map[string]string
	for _, group := range opened.RowGroups() {
		rows, err := readGroup(group, opened.Schema().Columns())
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

func readGroup(group parquet.RowGroup, columns [][]string) ([]map[string]string, error) {
	reader := group.Rows()
	defer func() { _ = reader.Close() }() // it is only read
	var all []map[string]string
	buffer := make([]parquet.Row, 64)
	for {
		n, err := reader.ReadRows(buffer)
		for _, row := range buffer[:n] {
			cells := map[string]string{}
			for _, value := range row {
				if !value.IsNull() {
					cells[columns[value.Column()][0]] = value.String()
				}
			}
			all = append(all, cells)
		}
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
