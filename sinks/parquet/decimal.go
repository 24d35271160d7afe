package parquet

import (
	"math/big"
	"math/bits"
	"slices"
)

// powers are the powers of ten that fit 64 bits.
var powers = func() (p [20]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = 10 * p[i-1]
	}
	return p
}()

// number is a decimal number as it was read: sign, digits without leading zeros
// (the most that are kept), and the power of ten they are to be multiplied with.
type number struct {
	negative bool
	digits   []byte // '0' to '9'; empty for zero
	exponent int
}

// maxExponent is far beyond any exponent that can still fit a decimal.
const maxExponent = 1 << 20

// parse reads [+-]digits[.digits][e[+-]digits], with at least one digit before
// the exponent. scratch is used for the digits.
func (n *number) parse(text, scratch []byte) bool {
	n.negative, n.digits, n.exponent = false, scratch[:0], 0
	text = n.sign(text)
	seen, fraction := false, 0
	i := 0
	for ; i < len(text); i++ {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			seen = true
			n.exponent -= fraction
			if c != '0' || len(n.digits) > 0 {
				n.digits = append(n.digits, c)
			}
			continue
		case c == '.' && fraction == 0:
			fraction = 1
			continue
		}
		break
	}
	if !seen {
		return false
	}
	return i == len(text) || n.parseExponent(text[i:])
}

func (n *number) sign(text []byte) []byte {
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		n.negative = text[0] == '-'
		return text[1:]
	}
	return text
}

func (n *number) parseExponent(text []byte) bool {
	if len(text) < 2 || text[0]|0x20 != 'e' {
		return false
	}
	text = text[1:]
	negative := false
	if text[0] == '-' || text[0] == '+' {
		negative = text[0] == '-'
		text = text[1:]
	}
	if len(text) == 0 {
		return false
	}
	exponent := 0
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
		exponent = min(maxExponent, 10*exponent+int(c-'0'))
	}
	if negative {
		exponent = -exponent
	}
	n.exponent += exponent
	return true
}

// scaled brings the number to an integer of units of 10^-scale: digits followed
// by zeros zeros. It answers false when there are more fraction digits than that
// or more than maxPrecision digits in all.
func (n *number) scaled(scale int) (zeros int, fits bool) {
	if len(n.digits) == 0 {
		return 0, true
	}
	for n.exponent < -scale && n.digits[len(n.digits)-1] == '0' {
		n.digits = n.digits[:len(n.digits)-1]
		n.exponent++
	}
	zeros = n.exponent + scale
	return zeros, zeros >= 0 && len(n.digits)+zeros <= maxPrecision
}

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
	digits := new(big.Int).Abs(units).Append(nil, 10)
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
