package gzip_test

import (
	"bytes"
	standard "compress/gzip"
	"encoding/binary"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"sync"

	"github.com/klauspost/compress/flate"
	klauspost "github.com/klauspost/compress/gzip"

	"github.com/axisync/axisync/connector/salesforce/simulator/org"
)

// properties are those of the project's benchmarks of a million accounts.
var properties = []string{"Id", "Name", "Industry", "Phone", "BillingStreet", "BillingCity", "BillingPostalCode", "BillingCountry", "Website",
	"AnnualRevenue", "NumberOfEmployees", "Description", "CreatedDate", "Region__c", "Type"}

// page is a result page of a generated org, as Salesforce writes it.
func page(accounts int) []byte {
	view := org.New(org.Config{Seed: 1, Accounts: accounts})
	columns := make([]org.Column, len(properties))
	for i, name := range properties {
		columns[i] = must(view.Schema().Column(name))
	}
	var text, value []byte
	var row org.Row
	for index := range view.Len() {
		view.Load(&row, index)
		for i := range columns {
			if i > 0 {
				text = append(text, ',')
			}
			value = columns[i].Append(value[:0], &row)
			text = append(append(append(text, '"'), bytes.ReplaceAll(value, []byte(`"`), []byte(`""`))...), '"')
		}
		text = append(text, '\n')
	}
	return text
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// smallPage is shared by the tests, which do not change it.
var smallPage = sync.OnceValue(func() []byte { return page(1000) })

// writer compresses to gzip.
type writer interface {
	io.WriteCloser
	Flush() error
}

// writers are the compressors, by level: from -2, Huffman codes only, over -1,
// the default, and 0, stored, to 9.
var writers = map[string]func(w io.Writer, level int) writer{
	"standard":  func(w io.Writer, level int) writer { return must(standard.NewWriterLevel(w, level)) },
	"klauspost": func(w io.Writer, level int) writer { return must(klauspost.NewWriterLevel(w, level)) },
}

// compress makes one member.
func compress(maker string, text []byte, level int) []byte {
	var out bytes.Buffer
	w := writers[maker](&out, level)
	must(w.Write(text))
	if err := w.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// header is a member's without anything optional.
var header = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}

// member puts a header before a deflate stream, and behind it the checksum of
// what can be inflated of it.
func member(deflated []byte) []byte {
	text, _ := io.ReadAll(flate.NewReader(bytes.NewReader(deflated)))
	out := append(bytes.Clone(header), deflated...)
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(text))
	return binary.LittleEndian.AppendUint32(out, uint32(len(text)))
}

// optional is a member with every optional part of a header.
func optional(text []byte) []byte {
	out := []byte{0x1f, 0x8b, 8, 1<<1 | 1<<2 | 1<<3 | 1<<4, 1, 2, 3, 4, 2, 3, 11, 0}
	out = append(out, "extra extra"...)
	out = append(out, "a name\x00a comment \xe9\x00"...)
	out = binary.LittleEndian.AppendUint16(out, uint16(crc32.ChecksumIEEE(out)))
	return append(out, compress("standard", text, 6)[10:]...)
}

// random is bytes without any order.
func random(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 0))
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(r.Uint32())
	}
	return out
}

// bitWriter writes a deflate stream by hand, lowest bit first.
type bitWriter struct {
	out  []byte
	bits uint
}

func (w *bitWriter) put(v uint64, n uint) {
	for i := range n {
		if w.bits%8 == 0 {
			w.out = append(w.out, 0)
		}
		w.out[len(w.out)-1] |= byte(v>>i&1) << (w.bits % 8)
		w.bits++
	}
}

// code writes a Huffman code, highest bit first.
func (w *bitWriter) code(v uint64, n uint) {
	for i := range n {
		w.put(v>>(n-1-i), 1)
	}
}
