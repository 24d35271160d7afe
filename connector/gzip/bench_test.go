package gzip_test

import (
	"bytes"
	standard "compress/gzip"
	"fmt"
	"io"
	"testing"

	klauspost "github.com/klauspost/compress/gzip"

	"github.com/axisync/axisync/connector/gzip"
)

// readers are ours and those it is compared with.
var readers = map[string]func(io.Reader) (io.Reader, error){
	"axisync":   func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	"klauspost": func(r io.Reader) (io.Reader, error) { return klauspost.NewReader(r) },
	"standard":  func(r io.Reader) (io.Reader, error) { return standard.NewReader(r) },
}

// BenchmarkReader inflates a result page: level 1 is what the simulator serves,
// 6 the default of most servers.
func BenchmarkReader(b *testing.B) {
	text := page(50_000)
	for _, level := range []int{1, 6} {
		compressed := compress("klauspost", text, level)
		for _, name := range []string{"axisync", "klauspost", "standard"} {
			b.Run(fmt.Sprintf("level=%d/%s", level, name), func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				buf := make([]byte, 256<<10)
				for b.Loop() {
					r, err := readers[name](bytes.NewReader(compressed))
					if err != nil {
						b.Fatal(err)
					}
					for err == nil {
						_, err = r.Read(buf)
					}
					if err != io.EOF {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(len(text))/float64(len(compressed)), "ratio")
			})
		}
	}
}
