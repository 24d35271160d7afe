package org

import "strconv"

func appendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, "true"...)
	}
	return append(dst, "false"...)
}

// appendPadded appends n with zeros in front, at least width digits.
func appendPadded(dst []byte, n uint64, width int) []byte {
	var digits [20]byte
	at := len(digits)
	for n > 0 || width > 0 {
		at--
		digits[at] = byte('0' + n%10)
		n /= 10
		width--
	}
	return append(dst, digits[at:]...)
}

// annualRevenue has no decimals. Large numbers come in scientific notation now
// and then, as the platform writes doubles.
func annualRevenue(dst []byte, _ *Row, r random) []byte {
	switch n := r.below(1000); {
	case n < 300:
		return dst
	case n < 320:
		return appendScientific(dst, 1+r.below(9999), 7+r.below(3))
	}
	magnitude := [...]int{1, 10, 100, 1000, 10_000}[r.below(5)]
	return strconv.AppendInt(dst, int64((1+r.below(9999))*1000*magnitude), 10)
}

// appendScientific appends a number with up to three decimals as Java writes a
// double: 1.0E7, 2.345E9.
func appendScientific(dst []byte, thousandths, exponent int) []byte {
	dst = strconv.AppendInt(dst, int64(1+thousandths/1000%9), 10)
	dst = append(dst, '.')
	decimals := thousandths % 1000
	for _, unit := range [...]int{100, 10, 1} {
		dst = append(dst, byte('0'+decimals/unit))
		if decimals %= unit; decimals == 0 {
			break
		}
	}
	dst = append(dst, 'E')
	return strconv.AppendInt(dst, int64(exponent), 10)
}

func employees(dst []byte, _ *Row, r random) []byte {
	if r.chance(250) {
		return dst
	}
	magnitude := [...]int{1, 10, 100, 1000}[r.below(4)]
	return strconv.AppendInt(dst, int64(r.below(100)*magnitude), 10)
}

// healthScore is a double: decimals without superfluous zeros, whole numbers
// with one, very large and very small ones in scientific notation.
func healthScore(dst []byte, _ *Row, r random) []byte {
	switch n := r.below(1000); {
	case n < 200:
		return dst
	case n < 215:
		return append(dst, "1.0E7"...)
	case n < 225:
		return appendScientific(dst, r.below(9000), 7)
	case n < 235:
		return append(dst, "5.0E-4"...)
	case n < 250:
		return append(dst, "0.0"...)
	case n < 300:
		return append(strconv.AppendInt(dst, int64(r.below(101)), 10), ".0"...)
	}
	return appendDecimal(dst, r.below(1_000_000), 4, 1)
}

func contractValue(dst []byte, _ *Row, r random) []byte {
	if r.chance(300) {
		return dst
	}
	if r.chance(20) {
		dst = append(dst, '-')
	}
	return appendDecimal(dst, 1+r.below(50_000_000), 2, 2)
}

func discount(dst []byte, _ *Row, r random) []byte {
	if r.chance(500) {
		return dst
	}
	return appendDecimal(dst, r.below(200)*50, 2, 0)
}

// appendDecimal appends units of 10^-scale, with trailing zeros cut off down to
// keep decimals.
func appendDecimal(dst []byte, units, scale, keep int) []byte {
	power := 1
	for range scale {
		power *= 10
	}
	dst = strconv.AppendInt(dst, int64(units/power), 10)
	fraction := units % power
	for scale > keep && fraction%10 == 0 {
		fraction /= 10
		scale--
	}
	if scale == 0 {
		return dst
	}
	return appendPadded(append(dst, '.'), uint64(fraction), scale)
}

func isPartner(dst []byte, _ *Row, r random) []byte { return appendBool(dst, r.chance(180)) }

// coordinate is a latitude or longitude in [-limit, limit].
func coordinate(limit int) func([]byte, *Row, random) []byte {
	return func(dst []byte, _ *Row, r random) []byte {
		if r.chance(600) {
			return dst
		}
		for range limit % 7 { // the pair is drawn from one stream
			r.next()
		}
		if r.chance(500) {
			dst = append(dst, '-')
		}
		return appendDecimal(dst, r.below(limit*100_000), 5, 1)
	}
}

// tier is a formula over the revenue: it follows AnnualRevenue and changes
// without a change of its own.
func tier(dst []byte, row *Row, _ random) []byte {
	revenue, ok := row.view.schema.Field("AnnualRevenue")
	if !ok {
		return dst
	}
	var scratch [32]byte
	text := revenue.append(scratch[:0], row)
	if len(text) == 0 {
		return dst
	}
	number, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return dst
	}
	level := 0
	for _, floor := range [...]float64{100_000, 10_000_000, 1_000_000_000} {
		if number >= floor {
			level++
		}
	}
	return append(dst, tiers[level]...)
}
