package gzip

import "encoding/binary"

const (
	// fastInput is what a step of the fast loop may read: twice seven bytes, the
	// second time by a load of eight.
	fastInput = 16

	// fastRoom is what a step may write: five literals, a match of 258, and up to
	// 16 bytes that a copy writes beyond its end.
	fastRoom = 5 + 258 + 16
)

// outcome is why the fast loop ended.
type outcome uint8

const (
	scarce  outcome = iota // input or room
	ended                  // the block
	damaged                // a code or distance that cannot be
)

// fast inflates symbols while there are fastInput bytes and room for fastRoom.
//
// A step begins with 56 bits at least. It takes up to four literals, each of at
// most litBits, and, of 56 bits again, a match, which has at most 48, or one
// literal of a longer code. That more than one literal is taken with one refill
// and that nothing but positions is checked is what makes it fast.
func (d *inflater) fast() (why outcome) {
	lit, dst, in, out := d.lit, d.dst, d.in[:], d.out[:]
	at, op, hold, bits := d.at, d.op, d.hold, d.bits
	inLast, outLast, base := d.end-fastInput, outSize-fastRoom, d.base
steps:
	for at <= inLast && op <= outLast {
		// What does not fit is loaded again, to the same place, by the next refill.
		hold |= binary.LittleEndian.Uint64(in[at:]) << (bits & 63)
		at += int((63 - bits) >> 3 & 7)
		bits |= 56
		e := lit[hold&(1<<litBits-1)]
		for literals := 0; e&literal != 0; {
			hold, bits = hold>>(e&63), bits-uint(e&63)
			out[op] = byte(e >> valueShift)
			op++
			if literals++; literals == 4 {
				continue steps
			}
			e = lit[hold&(1<<litBits-1)]
		}
		hold |= binary.LittleEndian.Uint64(in[at:]) << (bits & 63)
		at += int((63 - bits) >> 3 & 7)
		bits |= 56
		if e&special != 0 {
			if e&link != 0 {
				hold, bits = hold>>litBits, bits-litBits
				e = lit[e.linked(hold)%len(lit)]
				if e&literal != 0 {
					hold, bits = hold>>(e&63), bits-uint(e&63)
					out[op] = byte(e >> valueShift)
					op++
					continue
				}
			}
			if e&special != 0 {
				why = damaged
				if e&endOfBlock != 0 {
					hold, bits = hold>>(e&63), bits-uint(e&63)
					why = ended
				}
				break steps
			}
		}
		length := e.number(hold)
		hold, bits = hold>>(e&63), bits-uint(e&63)

		e = dst[hold&(1<<distBits-1)]
		if e&special != 0 {
			if e&link != 0 {
				hold, bits = hold>>distBits, bits-distBits
				e = dst[e.linked(hold)%len(dst)]
			}
			if e&special != 0 {
				why = damaged
				break
			}
		}
		dist := e.number(hold)
		hold, bits = hold>>(e&63), bits-uint(e&63)
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
			repeatNear(out[:end+8], op, dist)
		}
		op = end
	}
	d.at, d.op = at, op
	d.hold, d.bits = hold&(1<<(bits&63)-1), bits&63
	return why
}

// repeatNear appends to out[:op] what begins dist bytes back, less than 16, up to
// eight bytes before the end of out; these it may overwrite.
func repeatNear(out []byte, op, dist int) {
	end := len(out) - 8
	from := op - dist
	for op-from < 8 && op < end { // what repeats every dist bytes repeats every 2*dist as well
		*(*[8]byte)(out[op:]) = *(*[8]byte)(out[from:])
		op += op - from
	}
	for dist = op - from; op < end; op += 8 {
		*(*[8]byte)(out[op:]) = *(*[8]byte)(out[op-dist:])
	}
}
