// Package gzip inflates gzip streams (RFC 1952 around RFC 1951) faster than the
// libraries do: it is where the CPU time of receiving result pages goes. It
// refuses and accepts exactly what compress/gzip does.
//
// The design is libdeflate's (github.com/ebiggers/libdeflate, decompress_template.h):
// a 64-bit bit buffer filled by one load, tables whose entries hold all there is
// to know of a symbol, a fast loop without checks while input and room are ample
// and a careful one at the ends. Unlike it, this one streams.
package gzip

import (
	"io"
	"sync"
)

// Reader inflates a stream of one or more gzip members. What it has read is to
// be taken as whole only at io.EOF: the checksum of a member comes after it.
type Reader struct {
	inflater *inflater // nil once everything was read
	err      error     // what comes after everything that was inflated
}

// inflaters are reused: one is 170 KB.
var inflaters = sync.Pool{New: func() any { return new(inflater) }}

// NewReader reads the header of the first member. The error is io.EOF when the
// source is empty, compress/gzip.ErrHeader when it is no gzip stream,
// io.ErrUnexpectedEOF when it ends within the header, or the source's own.
//
// It may read more of the source than the stream, and so a buffered source gains
// nothing. There is nothing to close; a Reader read to an error, such as io.EOF,
// leaves its buffers to the next.
func NewReader(source io.Reader) (*Reader, error) {
	d := inflaters.Get().(*inflater)
	d.reset(source)
	if err := d.header(); err != nil {
		d.release()
		return nil, err
	}
	return &Reader{inflater: d}, nil
}

// Read inflates. The error is io.EOF at the end of the last member, with all
// checksums right; io.ErrUnexpectedEOF when the stream is cut off;
// compress/flate.CorruptInputError, which tells where in the source, and
// compress/gzip.ErrChecksum or ErrHeader when it is damaged; or the source's own.
// It comes after everything that was inflated before, and at every Read from
// then on. What is inflated is given out before the source is waited for.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for d := r.inflater; d != nil; {
		if d.taken < d.op {
			n := copy(p, d.out[d.taken:d.op])
			d.taken += n
			return n, nil
		}
		if r.err != nil {
			d.release()
			r.inflater = nil
			break
		}
		d.slide()
		r.err = d.inflate()
	}
	return 0, r.err
}
