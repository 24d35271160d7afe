package gzip

import (
	"errors"
	"hash/crc32"
	"io"
)

const (
	windowSize = 32 << 10 // how far back a match reaches
	outSize    = windowSize + 64<<10

	// maxBlockHeader is above the bytes of the longest header of a block: 17 bits,
	// 19 widths of 3, and 316 of 7 and 7 more that say how often.
	maxBlockHeader = 600
)

// phase is what comes next in the stream.
type phase uint8

const (
	atBlock   phase = iota // the header of a block
	inStored               // bytes as they are
	inCodes                // symbols
	atTrailer              // the checksum of the member
)

// errPause says that there is output to take before the source is read again.
var errPause = errors.New("gzip: paused")

// inflater is the state of a stream, large and reused.
type inflater struct {
	input
	progress

	out    [outSize]byte
	ownLit litTable // of the last dynamic block
	ownDst distTable
	pre    preTable
	widths [maxLit + maxDist]uint8
}

// progress is what starts anew with every stream.
type progress struct {
	phase phase
	final bool // this block is the last of its member
	left  int  // bytes of the stored block

	lit     *litTable // of this block
	dst     *distTable
	minBits uint // that must be there before a symbol is decoded

	base  int // where in out the member begins
	op    int // where in out the next byte goes
	taken int // up to where the caller has it

	crc  uint32 // of the member
	size uint32
}

func (d *inflater) reset(source io.Reader) {
	d.input.reset(source)
	d.progress = progress{}
}

func (d *inflater) release() {
	d.source = nil
	inflaters.Put(d)
}

// full reports whether the fast loop has no room for a step.
func (d *inflater) full() bool { return d.op > outSize-fastRoom }

// slide makes room when there is none. Everything must have been taken.
func (d *inflater) slide() {
	if !d.full() {
		return
	}
	by := d.op - windowSize
	copy(d.out[:windowSize], d.out[by:d.op])
	d.base = max(0, d.base-by)
	d.op, d.taken = windowSize, windowSize
}

// inflate goes on until there is something to take or the stream has ended,
// which is io.EOF.
func (d *inflater) inflate() error {
	if d.phase == atTrailer {
		if err := d.trailer(); err != nil {
			return err
		}
		return d.header()
	}
	from := d.op
	err := d.blocks()
	d.crc = crc32.Update(d.crc, crc32.IEEETable, d.out[from:d.op])
	d.size += uint32(d.op - from)
	if err == errPause {
		return nil
	}
	return err
}

func (d *inflater) blocks() (err error) {
	for !d.full() && err == nil {
		switch d.phase {
		case atBlock:
			err = d.block()
		case inStored:
			err = d.stored()
		case inCodes:
			err = d.codes()
		case atTrailer:
			return nil
		}
	}
	return err
}

// more reads the source, unless there is something to take first.
func (d *inflater) more() error {
	if d.op > d.taken {
		return errPause
	}
	return noEOF(d.fill())
}

func (d *inflater) endBlock() {
	d.phase = atBlock
	if d.final {
		d.phase = atTrailer
	}
}

// noEOF is err where the stream may not end.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
