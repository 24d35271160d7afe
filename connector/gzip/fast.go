package gzip

import "encoding/binary"

const (
	// fastInput is what a step of the fast loop may read: twice seven bytes, the
	// second time by a load of eight.
	fastInput = 16

	// fastRoom is what a step may write: four literals, a match of 258, and up to
	// 32 bytes that a copy writes beyond its end.
	fastRoom = 4 + 258 + 32
)

// outcome is why the fast loop ended.
type outcome uint8

const (
	scarce  outcome = iota // input or room
	ended                  // the block
	damaged                // a code or distance that cannot be
)

// fast inflates symbols while there are fastInput bytes and room for fastRoom. It
// leaves everything to fast as careful does.
//
// A step begins with at least 56 bits. It takes up to four entries of literals,
// of 11 bits each; or, of 48 bits with all extras, a match.
func (d *inflater) fast() (why outcome) {
	lit, dst := d.lit, d.dst
	in, out := d.in[:], d.out[:]
	at, op := d.at, d.op
	hold, bits := d.hold, d.bits
	inLast, outLast, base := d.end-fastInput, outSize-fastRoom, d.base
	why = scarce
	for at <= inLast && op <= outLast {
		// Bits that do not fit are loaded again by the next refill, to the same place.
		hold |= binary.LittleEndian.Uint64(in[at:]) << (bits & 63)
		at += int((63 - bits) >> 3 & 7)
		bits |= 56
		e := lit[hold&(1<<litBits-1)]
		if e&literal != 0 {
			hold >>= e & 63
			bits -= uint(e & 63)
			out[op] = byte(e >> valueShift)
			op++
			e = lit[hold&(1<<litBits-1)]
			if e&literal != 0 {
				hold >>= e & 63
				bits -= uint(e & 63)
				out[op] = byte(e >> valueShift)
				op++
				e = lit[hold&(1<<litBits-1)]
				if e&literal != 0 {
					hold >>= e & 63
					bits -= uint(e & 63)
					out[op] = byte(e >> valueShift)
					op++
					e = lit[hold&(1<<litBits-1)]
					if e&literal != 0 {
						hold >>= e & 63
						bits -= uint(e & 63)
						out[op] = byte(e >> valueShift)
						op++
						continue
					}
				}
			}
			hold |= binary.LittleEndian.Uint64(in[at:]) << (bits & 63)
			at += int((63 - bits) >> 3 & 7)
			bits |= 56
		}
		if e&special != 0 {
			if e&link != 0 {
				hold >>= litBits
				bits -= litBits
				e = lit[(uint64(e>>valueShift)+hold&(1<<(e>>widthShift&15)-1))%uint64(len(lit))]
				if e&literal != 0 {
					hold >>= e & 63
					bits -= uint(e & 63)
					out[op] = byte(e >> valueShift)
					op++
					continue
				}
			}
			if e&special != 0 {
				why = damaged
				if e&endOfBlock != 0 {
					hold >>= e & 63
					bits -= uint(e & 63)
					why = ended
				}
				break
			}
		}
		length := int(e>>valueShift) + int(hold&(1<<(e&63)-1)>>(e>>widthShift&15))
		hold >>= e & 63
		bits -= uint(e & 63)

		e = dst[hold&(1<<distBits-1)]
		if e&special != 0 {
			if e&link != 0 {
				hold >>= distBits
				bits -= distBits
				e = dst[(uint64(e>>valueShift)+hold&(1<<(e>>widthShift&15)-1))%uint64(len(dst))]
			}
			if e&special != 0 {
				why = damaged
				break
			}
		}
		dist := int(e>>valueShift) + int(hold&(1<<(e&63)-1)>>(e>>widthShift&15))
		hold >>= e & 63
		bits -= uint(e & 63)
		if dist > op-base {
			why = damaged
			break
		}

		end := op + length
		if dist >= 16 {
			*(*[16]byte)(out[op:]) = *(*[16]byte)(out[op-dist:])
			for op += 16; op < end; op += 16 {
				*(*[16]byte)(out[op:]) = *(*[16]byte)(out[op-dist:])
			}
		} else {
			// What repeats every dist bytes repeats every 2*dist as well.
			from := op - dist
			for op-from < 8 && op < end {
				*(*[8]byte)(out[op:]) = *(*[8]byte)(out[from:])
				op += op - from
			}
			for dist = op - from; op < end; op += 8 {
				*(*[8]byte)(out[op:]) = *(*[8]byte)(out[op-dist:])
			}
		}
		op = end
	}
	d.at, d.op = at, op
	d.hold, d.bits = hold&(1<<(bits&63)-1), bits&63
	return why
}
