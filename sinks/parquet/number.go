package parquet

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
