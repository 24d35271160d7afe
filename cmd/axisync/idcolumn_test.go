package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/axisync/axisync/transform/recordid"
)

func TestColumnKeepsEveryByte(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want string }{
		"byte order mark and crlf": {"\ufeffid,b\r\n0015f00000C6bea,\"x\r\ny\"\r\n", "\ufeffid,b,record_id,verdict\r\n0015f00000C6bea,\"x\r\ny\",0015f00000C6beaAAB,upgraded_15\r\n"},
		"tabs":                     {"a,b\tid\tc\n;,\t\t;\n", "a,b\tid\tc\trecord_id\tverdict\n;,\t\t;\t\tempty\n"},
		"no last line break":       {"id,b\nn/a,1", "id,b,record_id,verdict\nn/a,1,,not_an_id"},
		"header without break":     {"id", "id,record_id,verdict"},
		"blank lines at the end":   {"id,b\nn/a,1\n\r\n\n", "id,b,record_id,verdict\nn/a,1,,not_an_id\n\r\n\n"},
		"blank line before header": {"\n\nid,b\n", "\n\nid,b,record_id,verdict\n"},
		"not UTF-8":                {"id,b\n,\xff\xfe\n", "id,b,record_id,verdict\n,\xff\xfe,,empty\n"},
		"line break in the header": {"\"a,,\nb\";id\n1;n/a\n", "\"a,,\nb\";id;record_id;verdict\n1;n/a;;not_an_id\n"},
	} {
		var out bytes.Buffer
		if err := normaliseColumn(t.Context(), strings.NewReader(c.in), &out, "id", false); err != nil || out.String() != c.want {
			t.Errorf("%s: got %q, %v, want %q", name, out.String(), err, c.want)
		}
	}
}

// Whatever the cells hold and however the file is read: the old cells come back,
// and the new ones are those of the id.
func TestColumnRoundTrip(t *testing.T) {
	t.Parallel()
	cell := rapid.OneOf(rapid.SampledFrom([]string{"", "0015f00000C6bea", " 0015f00000BCvReAAL", "\"", "\r\n", "a\nb", ",", ";;", "\t"}), rapid.StringN(0, 9, -1))
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(2, 4).Draw(t, "columns")
		header := []string{"id", "b", "c", "d"}
		rows := [][]string{header[:width]}
		for range rapid.IntRange(0, 20).Draw(t, "rows") {
			rows = append(rows, rapid.SliceOfN(cell, width, width).Draw(t, "row"))
		}
		var in, out bytes.Buffer
		writer := csv.NewWriter(&in)
		writer.Comma = rapid.SampledFrom([]rune{',', ';', '\t'}).Draw(t, "delimiter")
		writer.UseCRLF = rapid.Bool().Draw(t, "crlf")
		if err := writer.WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		before := parsed(t, in.String(), writer.Comma)
		if err := normaliseColumn(context.Background(), &dripping{from: &in, n: rapid.IntRange(1, 100).Draw(t, "drip")}, &out, "id", false); err != nil {
			t.Fatal(err)
		}
		after := parsed(t, out.String(), writer.Comma)
		if len(after) != len(before) {
			t.Fatalf("%d rows, want %d", len(after), len(before))
		}
		for i, row := range before[1:] {
			reading := recordid.Read(row[0])
			if got, want := after[i+1], append(row, reading.ID, verdict(reading)); !equal(got, want) {
				t.Fatalf("got %q, want %q", got, want)
			}
		}
	})
}

func equal(a, b []string) bool { return strings.Join(a, "\x00") == strings.Join(b, "\x00") }

func parsed(t *rapid.T, text string, comma rune) [][]string {
	reader := csv.NewReader(strings.NewReader(text))
	reader.Comma = comma
	rows, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// dripping reads at most n bytes at a time.
type dripping struct {
	from io.Reader
	n    int
}

func (d *dripping) Read(p []byte) (int, error) { return d.from.Read(p[:min(len(p), d.n)]) }

// TestColumnStreams reads rows while the input is still open, and holds no more of
// it than a row and what is read ahead.
func TestColumnStreams(t *testing.T) {
	t.Parallel()
	in, feed := io.Pipe()
	results, out := io.Pipe()
	go func() {
		_, _ = io.WriteString(feed, "id,note\n")
		line := strings.Repeat("0015f00000C6bea,"+strings.Repeat("x", 100)+"\n", 100)
		for {
			if _, err := io.WriteString(feed, line); err != nil {
				return
			}
		}
	}()
	ended := make(chan error, 1)
	go func() { ended <- normaliseColumn(context.Background(), in, out, "id", false) }()
	if _, err := io.CopyN(io.Discard, results, 20<<20); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("nobody reads")
	results.CloseWithError(broken)
	if err := <-ended; !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	in.Close()
}

func TestColumnRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in   io.Reader
		want string
	}{
		"a quote that never closes": {io.MultiReader(strings.NewReader("id,b\n\""), &endless{}), "a closing quote is missing"},
		"UTF-16":                    {strings.NewReader("\xff\xfei\x00d\x00"), "UTF-16"},
	} {
		err := normaliseColumn(t.Context(), c.in, io.Discard, "id", false)
		var usage usageError
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	broken := errors.New("the disk is gone")
	err := normaliseColumn(t.Context(), io.MultiReader(strings.NewReader("id,b\n1,2\n"), &failing{broken}), io.Discard, "id", false)
	if usage := (usageError{}); !errors.Is(err, broken) || errors.As(err, &usage) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := normaliseColumn(ctx, strings.NewReader("id\n1\n"), io.Discard, "id", false); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: got %v", err)
	}
}

type endless struct{}

func (*endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }
