package org

import (
	"strconv"
	"strings"
)

// oneOf is a picklist that perMille of a thousand accounts fill in.
func oneOf(perMille int, values []string) func([]byte, *Row, random) []byte {
	return func(dst []byte, _ *Row, r random) []byte {
		if !r.chance(perMille) {
			return dst
		}
		return append(dst, r.of(values)...)
	}
}

func appendPlainName(dst []byte, r *random) []byte {
	dst = append(dst, r.of(nameHeads)...)
	dst = append(dst, ' ')
	dst = append(dst, r.of(nameTails)...)
	return dst
}

// accountName is odd for one account in ten.
func accountName(dst []byte, _ *Row, r random) []byte {
	if !r.chance(100) {
		dst = appendPlainName(dst, &r)
		dst = append(dst, ' ')
		return append(dst, r.of(nameForms)...)
	}
	form := r.of(oddNames)
	for {
		before, after, found := strings.Cut(form, "%s")
		dst = append(dst, before...)
		if !found {
			return dst
		}
		dst = appendPlainName(dst, &r)
		form = after
	}
}

// address draws the components of an address from one stream, so that they
// belong together.
type address struct {
	place  place
	number int
	street string
	odd    int // 0 to 999: what is wrong with it
	rest   random
}

func drawAddress(r random) (address, bool) {
	if r.chance(120) {
		return address{}, false
	}
	return address{place: places[r.below(len(places))], number: 1 + r.below(400), street: r.of(streets), odd: r.below(1000), rest: r}, true
}

func street(dst []byte, _ *Row, r random) []byte {
	a, ok := drawAddress(r)
	if !ok {
		return dst
	}
	dst = strconv.AppendInt(dst, int64(a.number), 10)
	dst = append(dst, ' ')
	dst = append(dst, a.street...)
	switch {
	case a.odd < 80:
		dst = append(dst, "\nFloor "...)
	case a.odd < 120:
		dst = append(dst, "\r\nc/o \"Reception\", Suite "...)
	default:
		return dst
	}
	return strconv.AppendInt(dst, int64(1+a.rest.below(40)), 10)
}

func city(dst []byte, _ *Row, r random) []byte {
	a, ok := drawAddress(r)
	switch {
	case !ok:
		return dst
	case a.odd < 10:
		return append(append(dst, ' '), a.place.city...)
	case a.odd < 20:
		return append(append(dst, a.place.city...), ' ')
	}
	return append(dst, a.place.city...)
}

func state(dst []byte, _ *Row, r random) []byte {
	a, ok := drawAddress(r)
	switch {
	case !ok:
		return dst
	case a.place.state == "" && a.odd%100 < 5:
		return append(dst, literalNulls[a.odd%4]...)
	}
	return append(dst, a.place.state...)
}

func country(dst []byte, _ *Row, r random) []byte {
	a, ok := drawAddress(r)
	if !ok {
		return dst
	}
	return append(dst, a.place.country...)
}

func postalCode(dst []byte, _ *Row, r random) []byte {
	a, ok := drawAddress(r)
	if !ok {
		return dst
	}
	for _, c := range []byte(a.place.postalCodes) {
		switch c {
		case '#':
			c = byte('0' + a.rest.below(10))
		case 'B':
			c = byte('A' + a.rest.below(26))
		}
		dst = append(dst, c)
	}
	return dst
}

func phone(dst []byte, _ *Row, r random) []byte {
	switch n := r.below(1000); {
	case n < 180:
		return dst
	case n < 190:
		return append(dst, r.of(literalNulls)...)
	case n < 300:
		return appendPadded(append(dst, '0'), uint64(r.below(1_000_000_000)), 9)
	case n < 600:
		dst = appendPadded(append(dst, "+33 "...), uint64(1+r.below(9)), 1)
		for range 4 {
			dst = appendPadded(append(dst, ' '), uint64(r.below(100)), 2)
		}
		return dst
	}
	dst = appendPadded(append(dst, '('), uint64(200+r.below(700)), 3)
	dst = appendPadded(append(dst, ") "...), uint64(r.below(1000)), 3)
	return appendPadded(append(dst, '-'), uint64(r.below(10_000)), 4)
}

// accountNumber is what people type: not unique, not complete.
func accountNumber(dst []byte, row *Row, r random) []byte {
	if r.chance(200) {
		return dst
	}
	number := uint64(row.index)
	if r.chance(30) {
		number /= 2
	}
	return appendPadded(append(dst, "ACC-"...), number, 7)
}

func website(dst []byte, _ *Row, r random) []byte {
	switch n := r.below(1000); {
	case n < 250:
		return dst
	case n < 258:
		return append(dst, r.of(literalNulls)...)
	case n < 600:
		dst = append(dst, "https://www."...)
	case n < 620:
		dst = append(dst, "HTTP://"...)
	}
	return append(append(appendLower(dst, r.of(nameHeads)), '.'), "example.com"...)
}

func supportEmail(dst []byte, _ *Row, r random) []byte {
	if r.chance(500) {
		return dst
	}
	return append(appendLower(append(dst, "support@"...), r.of(nameHeads)), ".example.com"...)
}

func appendLower(dst []byte, word string) []byte {
	for i := range len(word) {
		c := word[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

func region(dst []byte, _ *Row, r random) []byte {
	switch n := r.below(1000); {
	case n < 150:
		return dst
	case n < 170:
		return append(dst, r.of(literalNulls)...)
	case n < 180:
		return append(append(append(dst, ' '), r.of(regions)...), ' ')
	}
	return append(dst, r.of(regions)...)
}

// productList is a multi-select picklist: the values in the picklist's order,
// joined by semicolons.
func productList(dst []byte, _ *Row, r random) []byte {
	one, other := r.next(), r.next() // both, so that most accounts have few
	chosen := one & other & (1<<len(products) - 1)
	start := len(dst)
	for i, product := range products {
		if chosen>>i&1 == 0 {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ';')
		}
		dst = append(dst, product...)
	}
	return dst
}

func legacyNotes(dst []byte, _ *Row, r random) []byte {
	switch n := r.below(1000); {
	case n < 700:
		return dst
	case n < 720:
		return append(dst, r.of(literalNulls)...)
	}
	return appendProse(dst, &r, 20+r.below(140))
}

// description is long for one account in a thousand, and as long as the field
// allows for one in five thousand.
func description(dst []byte, _ *Row, r random) []byte {
	switch n := r.below(10_000); {
	case n < 4500:
		return dst
	case n < 4508:
		return appendProse(dst, &r, 2000+r.below(6000))
	case n < 4510:
		return appendProse(dst, &r, 20_000+r.below(11_900))
	}
	return appendProse(dst, &r, 20+r.below(160))
}

// appendProse appends words up to about length bytes, with line breaks of both
// kinds now and then.
func appendProse(dst []byte, r *random, length int) []byte {
	for end := len(dst) + length; len(dst) < end; {
		switch n := r.below(400); {
		case n < 5:
			dst = append(dst, '\n')
		case n < 7:
			dst = append(dst, "\r\n\r\n"...)
		}
		dst = append(dst, r.of(prose)...)
		dst = append(dst, ' ')
	}
	return dst[:len(dst)-1]
}
