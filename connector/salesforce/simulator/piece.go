package simulator

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"

	"github.com/axisync/axisync/connector/salesforce/simulator/org"
)

// flushBytes is how much CSV is gathered before it goes to the compressor.
const flushBytes = 64 << 10

// piece is a part of a page, compressed once so that pages of any size are put
// together from pieces: a run of deflate blocks that ends on a byte and is not
// the last of its stream.
type piece struct {
	deflated []byte
	crc      uint32 // of the text
	size     int64  // of the text
}

// encoder makes pieces. It is reused, because a compressor is large.
type encoder struct {
	row      org.Row
	text     []byte
	out      bytes.Buffer
	deflater *flate.Writer
	made     piece
}

var encoders = sync.Pool{New: func() any {
	e := &encoder{}
	e.deflater, _ = flate.NewWriter(&e.out, flate.BestSpeed) // fails for a level that does not exist
	return e
}}

// encode compresses what write appends, which it may hand to flush in parts.
func encode(write func(e *encoder)) *piece {
	e := encoders.Get().(*encoder)
	defer encoders.Put(e)
	e.out.Reset()
	e.deflater.Reset(&e.out)
	e.text, e.made = e.text[:0], piece{}
	write(e)
	e.flush()
	_ = e.deflater.Flush() // a bytes.Buffer takes everything
	made := e.made
	made.deflated = bytes.Clone(e.out.Bytes())
	return &made
}

func (e *encoder) flush() {
	e.made.crc = crc32.Update(e.made.crc, crc32.IEEETable, e.text)
	e.made.size += int64(len(e.text))
	_, _ = e.deflater.Write(e.text)
	e.text = e.text[:0]
}

// encodeHeader makes the piece that every page begins with.
func encodeHeader(t *table) *piece {
	return encode(func(e *encoder) { e.text = t.appendHeader(e.text) })
}

// encodeRows makes the piece of these accounts.
func encodeRows(t *table, rows []uint32) *piece {
	return encode(func(e *encoder) {
		for _, index := range rows {
			t.view.Load(&e.row, int(index))
			if e.text = t.appendRow(e.text, &e.row); len(e.text) >= flushBytes {
				e.flush()
			}
		}
	})
}

var (
	gzipHeader = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255} // deflate, fastest, no name, no time
	lastBlock  = []byte{0x03, 0x00}                           // an empty block that ends a deflate stream
)

// page is a page of results, put together from pieces.
type page []*piece

// gzipSize is the number of bytes that writeGzip writes.
func (p page) gzipSize() int {
	size := len(gzipHeader) + len(lastBlock) + 8
	for _, piece := range p {
		size += len(piece.deflated)
	}
	return size
}

// writeGzip writes the page as one gzip member.
func (p page) writeGzip(w io.Writer) error {
	if _, err := w.Write(gzipHeader); err != nil {
		return err
	}
	var crc uint32
	var size int64
	for _, piece := range p {
		if _, err := w.Write(piece.deflated); err != nil {
			return err
		}
		crc = joinCRC(crc, piece.crc, piece.size)
		size += piece.size
	}
	trailer := binary.LittleEndian.AppendUint32(bytes.Clone(lastBlock), crc)
	_, err := w.Write(binary.LittleEndian.AppendUint32(trailer, uint32(size)))
	return err
}

// writeText writes the page uncompressed.
func (p page) writeText(w io.Writer) error {
	parts := make([]io.Reader, 0, len(p)+1)
	for _, piece := range p {
		parts = append(parts, bytes.NewReader(piece.deflated))
	}
	inflater := flate.NewReader(io.MultiReader(append(parts, bytes.NewReader(lastBlock))...))
	if _, err := io.Copy(w, inflater); err != nil {
		return err
	}
	return inflater.Close()
}
