package gzip_test

import (
	"bytes"
	"github.com/axisync/axisync/connector/gzip"
	"io"
	"testing"
)

func TestRoundTrip(t *testing.T) {
	text := page(t, 20000)
	for level := -2; level <= 9; level++ {
		r, err := gzip.NewReader(bytes.NewReader(deflated(t, text, level)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(level, err)
		}
		if !bytes.Equal(got, text) {
			t.Fatal(level, "differs")
		}
	}
}
