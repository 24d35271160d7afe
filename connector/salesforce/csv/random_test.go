package csv

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Pages in every form that Salesforce or a proxy may give them, decoded at random
// reads and buffer sizes, against what they were made of, cell by cell, and against
// encoding/csv. The seeds are drawn anew each time.
func TestRandomPagesAtRandomReads(t *testing.T) {
	t.Parallel()
	for range 60 {
		seed := rand.Uint64()
		r := rand.New(rand.NewPCG(seed, 1))
		page := newRandomPage(r)
		got, err := decode(t, schemaOf("Id", "A", "B", "C"), page.delimiter[0], 1+r.IntN(5000), &randomReads{strings.NewReader(page.text), r})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if diff := cmp.Diff(page.rows, got); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
		for _, row := range got {
			for i := range row {
				row[i] = strings.ReplaceAll(row[i], "\r\n", "\n") // as encoding/csv does
			}
		}
		if diff := cmp.Diff(page.standard(t), got); diff != "" {
			t.Fatalf("seed %d, encoding/csv: %s", seed, diff)
		}
	}
}

// randomPage is a page and what it says, in the order Id, A, B, C.
type randomPage struct {
	text      string
	delimiter string
	order     []int // the column of each field
	rows      [][]string
}

func newRandomPage(r *rand.Rand) *randomPage {
	p := &randomPage{delimiter: delimiters[r.IntN(len(delimiters)):][:1], order: r.Perm(4)}
	var text strings.Builder
	if r.IntN(3) == 0 {
		text.WriteString("\xef\xbb\xbf")
	}
	end := []string{"\n", "\r\n"}[r.IntN(2)]
	for i, c := range p.order {
		if i > 0 {
			text.WriteString(p.delimiter)
		}
		name := []string{"Id", "A", "B", "C"}[c]
		text.WriteString([]string{name, strings.ToUpper(name), strings.ToLower(name), `"` + name + `"`}[r.IntN(4)])
	}
	for n := range 1 + r.IntN(300) {
		text.WriteString(end)
		row := []string{fmt.Sprint(n), randomValue(r, p.delimiter), randomValue(r, p.delimiter), randomValue(r, p.delimiter)}
		for i, c := range p.order {
			if i > 0 {
				text.WriteString(p.delimiter)
			}
			text.WriteString(written(r, row[c], p.delimiter))
		}
		for c, value := range row {
			if value == "" {
				row[c] = null
			}
		}
		p.rows = append(p.rows, row)
	}
	if r.IntN(2) == 0 {
		text.WriteString(end)
	}
	p.text = text.String()
	return p
}

func randomValue(r *rand.Rand, delimiter string) string {
	pieces := []string{"a", "Z9", " ", delimiter, "\n", "\r\n", "\r", `"`, `""`, "é", "日本", "😀", ";", "\x00", "N/A", "01234", `\.`, "#N/A"}
	if r.IntN(400) == 0 { // the longest text of Salesforce, of characters of two and of four bytes
		return strings.Repeat([]string{"é", "😀"}[r.IntN(2)], 131_072)
	}
	var value strings.Builder
	for range r.IntN(6) {
		value.WriteString(pieces[r.IntN(len(pieces))])
	}
	return value.String()
}

// written is a value as a field: quoted, or plain where that is possible.
func written(r *rand.Rand, value, delimiter string) string {
	if r.IntN(3) == 0 && !strings.ContainsAny(value, "\"\r\n"+delimiter) {
		return value
	}
	return `"` + strings.ReplaceAll(value, `"`, `""`) + `"`
}

// standard decodes with encoding/csv.
func (p *randomPage) standard(t *testing.T) [][]string {
	t.Helper()
	var rows [][]string
	for _, record := range reference(t, strings.TrimPrefix(p.text, "\xef\xbb\xbf"), p.delimiter) {
		row := make([]string, len(record))
		for i, c := range p.order {
			row[c] = record[i]
		}
		rows = append(rows, row)
	}
	return rows
}
