package parquet

import (
	"math/big"
	"math/bits"
	"slices"
	"strconv"
)

// powers are the powers of ten that fit 64 bits.
var powers = func() (p [20]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = 10 * p[i-1]
	}
	return p
}()

// integer is the number in units of 10^-scale, if it fits the digits given.
func (n *number) integer(scale, precision int) (int64, bool) {
	zeros, fits := n.scaled(scale)
	if !fits || len(n.digits)+zeros > precision {
		return 0, false
	}
	var value uint64
	for _, c := range n.digits {
		value = 10*value + uint64(c-'0') // precision is at most 19: no overflow
	}
	high, value := bits.Mul64(value, powers[zeros])
	if high != 0 {
		return 0, false
	}
	if n.negative {
		return -int64(value), value <= 1<<63
	}
	return int64(value), value < 1<<63
}

// wide writes the number in units of 10^-scale to out, as two's complement, big
// endian, if it fits the digits given.
func (n *number) wide(scale, precision int, out []byte) bool {
	zeros, fits := n.scaled(scale)
	if !fits || len(n.digits)+zeros > precision {
		return false
	}
	text := append(slices.Clone(n.digits), zeroDigits[:zeros]...)
	value, ok := new(big.Int).SetString("0"+string(text), 10)
	if !ok {
		return false
	}
	if n.negative {
		value.Neg(value)
		value.Add(value, new(big.Int).Lsh(big.NewInt(1), uint(8*len(out))))
		value.SetBit(value, 8*len(out), 0) // minus zero
	}
	value.FillBytes(out)
	return true
}

var zeroDigits = slices.Repeat([]byte("0"), maxPrecision)

// decimalBytes is the fewest bytes that hold a signed number of so many digits.
func decimalBytes(precision int) int {
	most := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(precision)), nil)
	return most.BitLen()/8 + 1
}

// decimalText is the canonical text of a number of units of 10^-scale: plain, no
// zeros at the end of the fraction.
func decimalText(text []byte, units *big.Int, scale int) []byte {
	if units.Sign() < 0 {
		text = append(text, '-')
	}
	return plainText(text, new(big.Int).Abs(units).Append(nil, 10), scale)
}

// smallText is decimalText of a number that fits 64 bits, without an allocation.
func smallText(text []byte, units int64, scale int) []byte {
	var room [24]byte
	digits := strconv.AppendInt(room[:0], units, 10)
	if units < 0 {
		text, digits = append(text, '-'), digits[1:]
	}
	return plainText(text, digits, scale)
}

// plainText sets the point into digits.
func plainText(text, digits []byte, scale int) []byte {
	for len(digits) <= scale {
		digits = slices.Insert(digits, 0, '0')
	}
	point := len(digits) - scale
	end := len(digits)
	for end > point && digits[end-1] == '0' {
		end--
	}
	text = append(text, digits[:point]...)
	if end > point {
		text = append(append(text, '.'), digits[point:end]...)
	}
	return text
}

// twosComplement reads a big endian signed number.
func twosComplement(b []byte) *big.Int {
	value := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0]&0x80 != 0 {
		value.Sub(value, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return value
}
