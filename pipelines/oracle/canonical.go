package oracle

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// canonical is the text of a value by its describe type, so that the same value
// is always the same cell.
func canonical(text, kind string, zone *time.Location) string {
	switch kind {
	case "int", "long", "double", "currency", "percent":
		return plainNumber(text)
	case "datetime":
		return local(text, zone)
	}
	return text
}

var number = regexp.MustCompile(`^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$`)

// plainNumber writes a number without exponent and without superfluous zeros; a
// text that is no number stays as it is.
func plainNumber(text string) string {
	part := number.FindStringSubmatch(text)
	if part == nil || part[2]+part[3] == "" {
		return text
	}
	whole, fraction := part[2], part[3]
	exponent := 0
	if part[4] != "" {
		var err error
		if exponent, err = strconv.Atoi(part[4]); err != nil || exponent > 400 || exponent < -400 {
			return text
		}
	}
	for ; exponent > 0; exponent-- {
		if fraction == "" {
			fraction = "0"
		}
		whole, fraction = whole+fraction[:1], fraction[1:]
	}
	for ; exponent < 0; exponent++ {
		if whole == "" {
			whole = "0"
		}
		whole, fraction = whole[:len(whole)-1], whole[len(whole)-1:]+fraction
	}
	whole = strings.TrimLeft(whole, "0")
	fraction = strings.TrimRight(fraction, "0")
	if whole == "" {
		whole = "0"
	}
	plain := whole
	if fraction != "" {
		plain += "." + fraction
	}
	if part[1] == "-" && plain != "0" {
		plain = "-" + plain
	}
	return plain
}

// local writes a date-time in a zone, its fraction only where there is one.
func local(text string, zone *time.Location) string {
	at, ok := instant(text)
	switch {
	case !ok:
		return text
	case zone == time.UTC:
		return at.UTC().Format("2006-01-02T15:04:05.999999999Z")
	}
	return at.In(zone).Format("2006-01-02T15:04:05.999999999-07:00")
}
