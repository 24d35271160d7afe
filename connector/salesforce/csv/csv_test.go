package csv

import (
	stdcsv "encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"
)

// null stands for a null in the expectations.
const null = "\x00null"

func schemaOf(names ...string) *arrow.Schema {
	fields := make([]arrow.Field, len(names))
	for i, name := range names {
		fields[i] = arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: i > 0}
	}
	return arrow.NewSchema(fields, nil)
}

// decode decodes whole pages and answers their cells.
func decode(t testing.TB, schema *arrow.Schema, delimiter byte, buffer int, pages ...io.Reader) ([][]string, error) {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	d := NewDecoder(schema, delimiter, mem)
	defer d.Release()
	if buffer > 0 {
		d.buf = make([]byte, buffer)
	}
	var rows [][]string
	take := func() {
		if batch := d.Take(); batch != nil {
			rows = append(rows, cells(batch)...)
			batch.Release()
		}
	}
	for _, page := range pages {
		d.Reset(page)
		for {
			err := d.Decode()
			if d.Full() {
				take()
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				return rows, err
			}
		}
	}
	take()
	return rows, nil
}

func cells(batch arrow.RecordBatch) [][]string {
	rows := make([][]string, batch.NumRows())
	for r := range rows {
		for c := range int(batch.NumCols()) {
			column := batch.Column(c).(*array.String)
			value := null
			if column.IsValid(r) {
				value = strings.Clone(column.Value(r))
			}
			rows[r] = append(rows[r], value)
		}
	}
	return rows
}

func TestDecode(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 131072)
	for name, test := range map[string]struct {
		page string
		want [][]string
	}{
		"as Salesforce writes":     {"\"Id\",\"A\",\"B\"\n\"1\",\"x\",\"\"\n\"2\",\"\",\"y\"\n", [][]string{{"1", "x", null}, {"2", null, "y"}}},
		"no rows":                  {"\"Id\",\"A\",\"B\"\n", nil},
		"no rows, no line end":     {"\"Id\",\"A\",\"B\"", nil},
		"no final line end":        {"Id,A,B\n\"1\",\"x\",\"y\"", [][]string{{"1", "x", "y"}}},
		"no final line end, empty": {"Id,A,B\n1,,", [][]string{{"1", null, null}}},
		"CRLF":                     {"Id,A,B\r\n\"1\",\"x\",\"y\"\r\n2,x,y\r\n", [][]string{{"1", "x", "y"}, {"2", "x", "y"}}},
		"not quoted":               {"Id,A,B\n1,x y, z \n", [][]string{{"1", "x y", " z "}}},
		"doubled quotes":           {"Id,A,B\n1,\"\"\"\",\"say \"\"hi\"\" \"\"\"\n", [][]string{{"1", `"`, `say "hi" "`}}},
		"line breaks in values":    {"Id,A,B\n1,\"a\nb\r\nc\rd\",\"\n\"\n", [][]string{{"1", "a\nb\r\nc\rd", "\n"}}},
		"delimiters in values":     {"Id,A,B\n1,\",\",\"a,b\"\n", [][]string{{"1", ",", "a,b"}}},
		"NUL":                      {"Id,A,B\n1,\"a\x00b\",\x00\n", [][]string{{"1", "a\x00b", "\x00"}}},
		"byte order mark":          {"\xef\xbb\xbf\"Id\",\"A\",\"B\"\n1,2,3\n", [][]string{{"1", "2", "3"}}},
		"other order, other case":  {"b,ID,a\ny,1,x\n", [][]string{{"1", "x", "y"}}},
		"a carriage return inside": {"Id,A,B\n1,a\rb,c\r\n", [][]string{{"1", "a\rb", "c"}}},
		"texts, not types":         {"Id,A,B\n1,01234,N/A\n2,None,1.0E3\n", [][]string{{"1", "01234", "N/A"}, {"2", "None", "1.0E3"}}},
		"longest text":             {"Id,A,B\n1,\"" + long + "\",x\n2,y,z\n", [][]string{{"1", long, "x"}, {"2", "y", "z"}}},
		"blanks are values":        {"Id,A,B\n1,\" \",\t\n", [][]string{{"1", " ", "\t"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := decode(t, schemaOf("Id", "A", "B"), ',', 0, strings.NewReader(test.page))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		page string
		want Error
	}{
		"empty":                      {"", Error{0, "", "the page is empty"}},
		"column unknown":             {"Id,A,C\n", Error{0, "", `column "C" was not asked for, or stands twice`}},
		"column twice":               {"Id,A,a,B\n", Error{0, "", `column "a" was not asked for, or stands twice`}},
		"column missing":             {"Id,B\n1,2\n", Error{0, "", "column A is missing"}},
		"HTML":                       {"<!DOCTYPE html>\n<html>", Error{0, "", `column "<!DOCTYPE html>" was not asked for, or stands twice`}},
		"too few fields":             {"Id,A,B\n1,2,3\n1,2\n", Error{2, "A", "the row ends here, before the last column of the header"}},
		"too many fields":            {"Id,A,B\n1,2,3,4\n", Error{1, "B", "the row goes on after the last column of the header"}},
		"cut within a row":           {"Id,A,B\n\"1\",\"2\",\"3\"\n\"1\",\"2\"", Error{2, "A", "the row ends here, before the last column of the header"}},
		"cut within a value":         {"Id,A,B\n\"1\",\"2\",\"3\"\n\"1\",\"2", Error{2, "A", "a quote is not closed"}},
		"blank line":                 {"Id,A,B\n1,2,3\n\n", Error{2, "Id", "the row ends here, before the last column of the header"}},
		"no id":                      {"Id,A,B\n\"\",2,3\n", Error{1, "Id", "is empty in a column that never is"}},
		"quote in a plain value":     {"Id,A,B\n1,a\"b,3\n", Error{1, "A", "a quote stands within a value that is not quoted"}},
		"text after a quote":         {"Id,A,B\n1,\"a\"b,3\n", Error{1, "A", "text follows the closing quote"}},
		"blank after a quote":        {"Id,A,B\n1,\"a\" ,3\n", Error{1, "A", "text follows the closing quote"}},
		"carriage return after it":   {"Id,A,B\n1,2,\"a\"\r3\n", Error{1, "B", "text follows the closing quote"}},
		"Latin-1":                    {"Id,A,B\n1,2,3\n1,caf\xe9,3\n", Error{2, "A", "is not valid UTF-8"}},
		"half a character":           {"Id,A,B\n1,2,\"\xc3\"\n", Error{1, "B", "is not valid UTF-8"}},
		"half a character, at end":   {"Id,A,B\n1,2,\xf0\x9f\x98", Error{1, "B", "is not valid UTF-8"}},
		"halves in two values":       {"Id,A,B\n1,\xc3,\xa9\n", Error{1, "A", "is not valid UTF-8"}},
		"surrogate":                  {"Id,A,B\n1,2,\xed\xa0\x80\n", Error{1, "B", "is not valid UTF-8"}},
		"wrong delimiter":            {"Id;A;B\n1;2;3\n", Error{0, "", `column "Id;A;B" was not asked for, or stands twice`}},
		"a quote opened in a header": {"Id,\"A,B\n1,2,3\n", Error{0, "", "a quote is not closed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for buffer := 1; buffer < 40; buffer++ {
				_, err := decode(t, schemaOf("Id", "A", "B"), ',', buffer, strings.NewReader(test.page))
				var got *Error
				if !errors.As(err, &got) || *got != test.want {
					t.Fatalf("buffer of %d: got %v, want %v", buffer, err, &test.want)
				}
			}
		})
	}
}

func TestRowOfUnclosedQuoteIsBounded(t *testing.T) {
	t.Parallel()
	endless := io.MultiReader(strings.NewReader("Id,A\n1,\""), letters{})
	_, err := decode(t, schemaOf("Id", "A"), ',', 1<<20, endless)
	var got *Error
	if !errors.As(err, &got) || got.Row != 1 || got.Column != "A" {
		t.Errorf("got %v", err)
	}
}

type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// A truncated gzip stream says io.ErrUnexpectedEOF, which must not be taken for
// the end of the page.
func TestReadErrorIsNotTheEnd(t *testing.T) {
	t.Parallel()
	for _, broken := range []error{io.ErrUnexpectedEOF, errors.New("broken")} {
		page := io.MultiReader(strings.NewReader("Id,A\n1,2\n"), iotest.ErrReader(broken))
		if _, err := decode(t, schemaOf("Id", "A"), ',', 0, page); !errors.Is(err, broken) {
			t.Errorf("got %v, want %v", err, broken)
		}
	}
}

// Every boundary between two buffers and between two reads, against another
// parser, cell by cell, for each delimiter.
func TestEveryBoundary(t *testing.T) {
	t.Parallel()
	for _, delimiter := range []string{",", ";", "|", "^", "\t", "`"} {
		page := strings.NewReplacer("⇥", delimiter).Replace(
			"\"Id\"⇥\"A\"⇥\"B\"\n1⇥⇥\n\"2\"⇥\"\"⇥\"a⇥\"\"b\"\"\"\n3⇥\"日本\n語\"⇥😀\r\n4⇥é⇥\n\"5\"⇥⇥\"\"\r\n6⇥\"x\"⇥")
		want := reference(t, page, delimiter)
		for buffer := 1; buffer <= len(page)+1; buffer++ {
			for name, reader := range map[string]io.Reader{
				"whole": strings.NewReader(page), "a byte at a time": iotest.OneByteReader(strings.NewReader(page)),
				"data with the end": iotest.DataErrReader(strings.NewReader(page)),
			} {
				got, err := decode(t, schemaOf("Id", "A", "B"), delimiter[0], buffer, reader)
				if err != nil {
					t.Fatalf("delimiter %q, buffer of %d, %s: %v", delimiter, buffer, name, err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("delimiter %q, buffer of %d, %s: %s", delimiter, buffer, name, diff)
				}
			}
		}
	}
}

// reference decodes with encoding/csv, which makes CRLF within values LF: the
// page has none.
func reference(t testing.TB, page, delimiter string) [][]string {
	t.Helper()
	reader := stdcsv.NewReader(strings.NewReader(page))
	reader.Comma = rune(delimiter[0])
	records, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records {
		for i, value := range record {
			if value == "" {
				record[i] = null
			}
		}
	}
	return records[1:]
}

type randomReads struct {
	io.Reader
	rand *rand.Rand
}

func (r *randomReads) Read(p []byte) (int, error) {
	return r.Reader.Read(p[:min(len(p), 1+r.rand.IntN(700))])
}

func TestBatchesSpanPagesAndStayBounded(t *testing.T) {
	t.Parallel()
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	d := NewDecoder(schemaOf("Id", "A"), ',', mem)
	var batches []arrow.RecordBatch
	decoded := 0
	for page := range 5 {
		d.Reset(numbered(page*5000, 5000))
		for {
			err := d.Decode()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			batches = append(batches, d.Take())
		}
		decoded += d.Rows()
	}
	batches = append(batches, d.Take())
	if again := d.Take(); again != nil {
		t.Error("an empty batch was given out")
	}
	d.Release()
	d.Release()
	next := 0
	for i, batch := range batches { // after the decoder is gone
		if i < len(batches)-1 && batch.NumRows() != batchRows {
			t.Errorf("batch %d holds %d rows", i, batch.NumRows())
		}
		for _, row := range cells(batch) {
			if row[0] != fmt.Sprint(next) {
				t.Fatalf("got row %s where %d belongs", row[0], next)
			}
			next++
		}
		batch.Release()
	}
	if next != 25000 || decoded != 25000 {
		t.Errorf("%d rows in batches, %d counted", next, decoded)
	}
}

func TestLongTextsMakeSmallBatches(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("x", 100_000)
	var page strings.Builder
	page.WriteString("Id,A\n")
	for i := range 200 {
		fmt.Fprintf(&page, "%d,%s\n", i, text)
	}
	d := NewDecoder(schemaOf("Id", "A"), ',', memory.NewGoAllocator())
	defer d.Release()
	d.Reset(strings.NewReader(page.String()))
	if err := d.Decode(); err != nil {
		t.Fatal(err)
	}
	batch := d.Take()
	defer batch.Release()
	if rows := batch.NumRows(); rows < 10 || rows > batchBytes/100_000+1 {
		t.Errorf("a batch of %d rows of 100 KB", rows)
	}
}

func numbered(first, rows int) io.Reader {
	var page strings.Builder
	page.WriteString("Id,A\n")
	for i := range rows {
		fmt.Fprintf(&page, "\"%d\",\"value %d\"\n", first+i, first+i)
	}
	return strings.NewReader(page.String())
}

// What is allocated belongs to batches, not to rows or values.
func TestNoAllocationPerValue(t *testing.T) {
	page := numbered(0, batchRows)
	text, _ := io.ReadAll(page)
	d := NewDecoder(schemaOf("Id", "A"), ',', memory.NewGoAllocator())
	defer d.Release()
	allocations := testing.AllocsPerRun(20, func() {
		d.Reset(strings.NewReader(string(text)))
		if err := d.Decode(); err != nil {
			t.Fatal(err)
		}
		d.Take().Release()
	})
	if allocations > 60 {
		t.Errorf("%.0f allocations for a batch of %d rows", allocations, batchRows)
	}
}

// The decoder holds the buffers of one batch and no more, however long the page.
func TestMemoryDoesNotGrow(t *testing.T) {
	t.Parallel()
	peaks := map[int]int{}
	for _, rows := range []int{50_000, 150_000} {
		mem := &peak{Allocator: memory.NewGoAllocator()}
		d := NewDecoder(schemaOf("Id", "A"), ',', mem)
		d.Reset(numbered(0, rows))
		for d.Decode() == nil {
			d.Take().Release()
		}
		if last := d.Take(); last != nil {
			last.Release()
		}
		if d.Rows() != rows {
			t.Fatalf("%d rows", d.Rows())
		}
		d.Release()
		peaks[rows] = mem.most
	}
	if small, large := peaks[50_000], peaks[150_000]; large > small*5/4 || large > 4<<20 {
		t.Errorf("%d bytes for 50,000 rows, %d for 150,000", small, large)
	}
}

type peak struct {
	memory.Allocator
	now, most int
}

func (p *peak) Allocate(size int) []byte {
	p.now += size
	p.most = max(p.most, p.now)
	return p.Allocator.Allocate(size)
}

func (p *peak) Free(b []byte) {
	p.now -= len(b)
	p.Allocator.Free(b)
}
