package csv

import (
	stdcsv "encoding/csv"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// FuzzDecode: what encoding/csv reads without a complaint, this package reads
// alike, at every buffer size; what it refuses is an Error and never a panic.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"Id,A\n1,2\n", "\"Id\",\"A\"\r\n\"1\",\"\"\r\n", "Id,A\n1,\"a\n\"\"b\"\n2,", "A,id\n,1", "\xef\xbb\xbfId,A\n1,é\n", "Id,A\n1,\"x\"y\n",
	} {
		for i := range delimiters {
			f.Add(strings.ReplaceAll(seed, ",", delimiters[i:i+1]), 7, byte(i))
		}
	}
	f.Fuzz(func(t *testing.T, page string, buffer int, delimiter byte) {
		delimiter = delimiters[int(delimiter)%len(delimiters)]
		compare(t, page, buffer, delimiter)
		compare(t, "Id"+string(delimiter)+"A\n"+page, buffer, delimiter) // for the inputs that are not about headers
	})
}

// delimiters are the six that Salesforce offers.
const delimiters = ",;|^\t`"

func compare(t *testing.T, page string, buffer int, delimiter byte) {
	t.Helper()
	got, err := decode(t, schemaOf("Id", "A"), delimiter, 1+int(uint(buffer)%300), strings.NewReader(page))
	var malformed *Error
	if err != nil && !errors.As(err, &malformed) {
		t.Fatalf("error of another kind: %v", err)
	}
	want, ok := strict(page, delimiter)
	if !ok {
		return
	}
	if err != nil {
		t.Fatalf("%q was refused: %v", page, err)
	}
	for _, row := range got {
		for i, value := range row {
			row[i] = strings.ReplaceAll(value, "\r\n", "\n") // as encoding/csv does
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%q: %s", page, diff)
	}
}

// strict answers the rows of page by encoding/csv, and whether page is one that
// both parsers take alike: not those with blank lines, which encoding/csv skips.
func strict(page string, delimiter byte) ([][]string, bool) {
	page = strings.TrimPrefix(page, "\xef\xbb\xbf")
	if !utf8.ValidString(page) || strings.HasSuffix(page, "\r") {
		return nil, false
	}
	lines := strings.ReplaceAll("\n"+page, "\r\n", "\n")
	reader := stdcsv.NewReader(strings.NewReader(page))
	reader.Comma = rune(delimiter)
	records, err := reader.ReadAll()
	if err != nil || len(records) == 0 || len(records[0]) != 2 || strings.Contains(lines, "\n\n") {
		return nil, false
	}
	id := 0
	switch strings.ToLower(strings.Join(records[0], ",")) {
	case "id,a":
	case "a,id":
		id = 1
	default:
		return nil, false
	}
	var rows [][]string
	for _, record := range records[1:] {
		row := []string{record[id], record[1-id]}
		if row[0] == "" {
			return nil, false
		}
		if row[1] == "" {
			row[1] = null
		}
		rows = append(rows, row)
	}
	return rows, true
}
