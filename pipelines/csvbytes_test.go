package pipelines

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/google/go-cmp/cmp"

	"github.com/axisync/axisync/connector"
)

// A CSV file holds every value byte for byte, line ends and all, and a null as an
// empty field. It is read here by a parser that changes nothing.
func TestCSVKeepsEveryByte(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	pieces := []string{"\r", "\n", "\r\n", `"`, `""`, ",", " ", "\t", "\x00", `\.`, "é", "😀", "a", "#N/A", ";", "'", "\u00a0", "\ufeff", "\x7f"}
	values := append([]string{"", " leading", "trailing ", `\.`, "\r\n", "\n\r", "a\rb", `"quoted"`, "\x00", "\ufeffmark", strings.Repeat("é\r\n", 40_000)}, pieces...)
	for range 400 {
		var value strings.Builder
		for range r.IntN(8) {
			value.WriteString(pieces[r.IntN(len(pieces))])
		}
		values = append(values, value.String())
	}
	schema := connector.AccountSchema([]connector.Property{{Name: "Name", Type: "string"}, {Name: "Owner.Name", Type: "string"}})
	builder := array.NewRecordBuilder(connector.Memory, schema)
	want := [][]string{{"Id", "Name", "Owner.Name"}}
	for i, value := range values {
		other := values[(i*7)%len(values)]
		want = append(want, []string{"001", value, other})
		for c, text := range []string{"001", value, other} {
			if column := builder.Field(c).(*array.StringBuilder); text == "" {
				column.AppendNull()
			} else {
				column.Append(text)
			}
		}
	}
	reader, err := array.NewRecordReader(schema, []arrow.RecordBatch{builder.NewRecordBatch()})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "accounts.csv")
	if err := writeCSV(path, reader); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, parseExactly(t, string(content))); diff != "" {
		t.Errorf("seed %d: %s", seed, diff)
	}
}

// parseExactly reads RFC 4180 with LF and leaves values as they are.
func parseExactly(t *testing.T, text string) [][]string {
	t.Helper()
	var rows [][]string
	var row []string
	for len(text) > 0 {
		var value string
		if strings.HasPrefix(text, `"`) {
			end := 1
			for {
				n := strings.IndexByte(text[end:], '"')
				if n < 0 {
					t.Fatal("a quote is not closed")
				}
				if end += n + 1; end == len(text) || text[end] != '"' {
					break
				}
				end++
			}
			value, text = strings.ReplaceAll(text[1:end-1], `""`, `"`), text[end:]
		} else {
			end := strings.IndexAny(text, ",\n")
			if strings.ContainsAny(text[:end], "\"\r") {
				t.Fatalf("%q stands without quotes", text[:end])
			}
			value, text = text[:end], text[end:]
		}
		row = append(row, value)
		if text[0] == '\n' {
			rows, row = append(rows, row), nil
		} else if text[0] != ',' {
			t.Fatalf("%q follows a value", text[:1])
		}
		text = text[1:]
	}
	return rows
}
