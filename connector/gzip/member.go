package gzip

import (
	"compress/gzip"
	"encoding/binary"
	"hash/crc32"
)

// The flags of a header, RFC 1952 section 2.3.1.
const (
	flagHeaderCRC = 1 << 1
	flagExtra     = 1 << 2
	flagName      = 1 << 3
	flagComment   = 1 << 4
)

// maxText is the longest name or comment with its zero, as in compress/gzip.
const maxText = 512

// header reads the header of a member. The error is io.EOF if there is none.
func (d *inflater) header() error {
	h := headerReader{input: &d.input}
	fixed := h.next(10)
	if h.err != nil {
		return h.err
	}
	if fixed[0] != 0x1f || fixed[1] != 0x8b || fixed[2] != 8 {
		return gzip.ErrHeader
	}
	h.rest(fixed[3])
	if h.err != nil {
		return noEOF(h.err)
	}
	d.phase, d.base, d.crc, d.size = atBlock, d.op, 0, 0
	return nil
}

// headerReader reads a header, until an error.
type headerReader struct {
	input *input
	crc   uint32
	err   error
	buf   [10]byte
}

func (h *headerReader) rest(flags byte) {
	if flags&flagExtra != 0 {
		for left := int(binary.LittleEndian.Uint16(h.next(2))); left > 0 && h.err == nil; {
			left -= len(h.next(min(left, len(h.buf))))
		}
	}
	if flags&flagName != 0 {
		h.skipText()
	}
	if flags&flagComment != 0 {
		h.skipText()
	}
	if want := uint16(h.crc); flags&flagHeaderCRC != 0 {
		if is := binary.LittleEndian.Uint16(h.next(2)); is != want && h.err == nil {
			h.err = gzip.ErrHeader
		}
	}
}

// next is the next n bytes, at most ten, valid until it is called again.
func (h *headerReader) next(n int) []byte {
	if h.err == nil {
		h.err = h.input.read(h.buf[:n])
	}
	h.crc = crc32.Update(h.crc, crc32.IEEETable, h.buf[:n])
	return h.buf[:n]
}

func (h *headerReader) skipText() {
	for range maxText {
		if h.next(1)[0] == 0 || h.err != nil {
			return
		}
	}
	if h.err == nil {
		h.err = gzip.ErrHeader
	}
}

// trailer compares what was inflated of the member with its checksum and size.
func (d *inflater) trailer() error {
	d.align()
	var want [8]byte
	if err := d.read(want[:]); err != nil {
		return noEOF(err)
	}
	if binary.LittleEndian.Uint32(want[:]) != d.crc || binary.LittleEndian.Uint32(want[4:]) != d.size {
		return gzip.ErrChecksum
	}
	return nil
}
