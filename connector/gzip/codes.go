package gzip

import "errors"

// errShort says that the bits there are do not make a symbol.
var errShort = errors.New("gzip: short")

// codes inflates symbols: fast while it can, with care near the end of the input.
func (d *inflater) codes() error {
	for !d.full() {
		if d.end-d.at >= fastInput {
			switch d.fast() {
			case ended:
				d.endBlock()
				return nil
			case damaged:
				return d.corrupt()
			}
			continue // the input or the room has become scarce
		}
		d.refill()
		last, err := d.symbol()
		if err == errShort {
			err = d.more()
		}
		if err != nil {
			return err
		}
		if last {
			d.endBlock()
			return nil
		}
	}
	return nil
}

// symbol inflates one literal or one match, or finds the end of the block. With
// an error it has taken nothing.
func (d *inflater) symbol() (last bool, err error) {
	if d.bits < d.minBits {
		return false, errShort
	}
	s := symbols{d.hold, d.bits, nil}
	e := s.next(d.lit[:], litBits)
	switch {
	case s.err != nil:
	case e&literal != 0:
		d.out[d.op] = byte(e >> valueShift)
		d.op++
	case e&endOfBlock != 0:
		last = true
	default:
		length := s.value(e)
		dist := s.value(s.next(d.dst[:], distBits))
		if s.err == nil && dist > d.op-d.base {
			s.err = errDamaged
		}
		if s.err == nil {
			d.repeat(dist, length)
		}
	}
	if s.err == errDamaged {
		return false, d.corrupt()
	}
	if s.err == nil {
		d.hold, d.bits = s.hold, s.bits
	}
	return last, s.err
}

// repeat appends what begins dist bytes back.
func (d *inflater) repeat(dist, length int) {
	for range length {
		d.out[d.op] = d.out[d.op-dist]
		d.op++
	}
}

// errDamaged is made an error that says where.
var errDamaged = errors.New("gzip: damaged")

// symbols are read from bits, until an error.
type symbols struct {
	hold uint64
	bits uint
	err  error
}

// next takes the code of a symbol.
func (s *symbols) next(table []entry, indexBits uint) entry {
	if s.err != nil {
		return 0
	}
	e, links := table[s.hold&(1<<indexBits-1)], uint(0)
	if e&link != 0 {
		links = indexBits
		e = table[e.linked(s.hold>>indexBits)]
	}
	width := links + e.width()
	switch {
	case width > s.bits:
		s.err = errShort
	case e&special != 0 && e&endOfBlock == 0:
		s.err = errDamaged
	}
	s.hold >>= width
	s.bits -= width
	return e
}

// value takes the extra bits of a length or distance.
func (s *symbols) value(e entry) int {
	extra := e.extra()
	if s.err == nil && extra > s.bits {
		s.err = errShort
	}
	if s.err != nil {
		return 0
	}
	v := int(e>>valueShift) + int(s.hold&(1<<extra-1))
	s.hold >>= extra
	s.bits -= extra
	return v
}
