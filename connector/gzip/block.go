package gzip

import "encoding/binary"

// The numbers of symbols, RFC 1951 section 3.2.7.
const (
	maxLit  = 286
	maxDist = 30
)

// block reads the header of a block.
func (d *inflater) block() error {
	if d.op > d.taken && d.end-d.at < maxBlockHeader {
		return errPause // as the source may have to be waited for
	}
	if err := d.need(3); err != nil {
		return err
	}
	d.final = d.take(1) == 1
	switch d.take(2) {
	case 0:
		return d.storedHeader()
	case 1:
		fixed := fixedTables()
		d.lit, d.dst, d.minBits = &fixed.lit, &fixed.dst, fixedMinBits
		d.phase = inCodes
		return nil
	case 2:
		d.phase = inCodes
		return d.dynamicHeader()
	}
	return d.corrupt()
}

func (d *inflater) storedHeader() error {
	d.align()
	var size [4]byte
	if err := d.read(size[:]); err != nil {
		return noEOF(err)
	}
	n := binary.LittleEndian.Uint16(size[:])
	if n != ^binary.LittleEndian.Uint16(size[2:]) {
		return d.corrupt()
	}
	d.left = int(n)
	d.phase = inStored
	return nil
}

// stored copies what there is of a stored block.
func (d *inflater) stored() error {
	for d.left > 0 {
		if d.op == outSize {
			return nil
		}
		if d.at == d.end {
			if err := d.more(); err != nil {
				return err
			}
		}
		n := copy(d.out[d.op:min(outSize, d.op+d.left)], d.in[d.at:d.end])
		d.at += n
		d.op += n
		d.left -= n
	}
	d.endBlock()
	return nil
}

// widthOrder is the order in which the code of the widths is told.
var widthOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// dynamicHeader reads the codes of a block and makes their tables.
func (d *inflater) dynamicHeader() error {
	if err := d.need(14); err != nil {
		return err
	}
	lit, dist, pre := int(d.take(5))+257, int(d.take(5))+1, int(d.take(4))+4
	if lit > maxLit || dist > maxDist {
		return d.corrupt()
	}
	var widths [len(widthOrder)]uint8
	for _, symbol := range widthOrder[:pre] {
		if err := d.need(3); err != nil {
			return err
		}
		widths[symbol] = uint8(d.take(3))
	}
	if !build(d.pre[:], preBits, preEntries[:], widths[:]) {
		return d.corrupt()
	}
	if err := d.readWidths(d.widths[:lit+dist]); err != nil {
		return err
	}
	if !build(d.ownLit[:], litBits, litEntries[:], d.widths[:lit]) ||
		!build(d.ownDst[:], distBits, distEntries[:], d.widths[lit:lit+dist]) {
		return d.corrupt()
	}
	d.lit, d.dst, d.minBits = &d.ownLit, &d.ownDst, minBits(d.widths[:lit])
	return nil
}

// repeats are the symbols 16, 17 and 18 of the code of the widths: how many bits
// follow that say how often, and how often at least.
var repeats = [...]struct{ bits, least uint8 }{{2, 3}, {3, 3}, {7, 11}}

// readWidths reads the widths of the codes of both tables.
func (d *inflater) readWidths(widths []uint8) error {
	for i := 0; i < len(widths); {
		symbol, err := d.preSymbol()
		if err != nil {
			return err
		}
		if symbol < 16 {
			widths[i] = symbol
			i++
			continue
		}
		var width uint8
		if symbol == 16 {
			if i == 0 {
				return d.corrupt()
			}
			width = widths[i-1]
		}
		repeat := repeats[symbol-16]
		if err := d.need(uint(repeat.bits)); err != nil {
			return err
		}
		times := int(repeat.least) + int(d.take(uint(repeat.bits)))
		if times > len(widths)-i {
			return d.corrupt()
		}
		for range times {
			widths[i] = width
			i++
		}
	}
	return nil
}

// preSymbol is the next symbol of the code of the widths.
func (d *inflater) preSymbol() (uint8, error) {
	for {
		e := d.pre[d.hold&(1<<preBits-1)]
		if width := e.width(); width <= d.bits {
			if e&special != 0 {
				return 0, d.corrupt()
			}
			d.drop(width)
			return uint8(e >> valueShift), nil
		}
		if err := d.need(d.bits + 1); err != nil {
			return 0, err
		}
	}
}
