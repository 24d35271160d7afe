package parquet

import "time"

// parseDate reads YYYY-MM-DD as days since 1970.
func parseDate(text []byte) (int32, bool) {
	if len(text) != 10 || text[4] != '-' || text[7] != '-' {
		return 0, false
	}
	year, ok1 := digits(text[:4])
	month, ok2 := digits(text[5:7])
	day, ok3 := digits(text[8:])
	if !ok1 || !ok2 || !ok3 || month < 1 || month > 12 || day < 1 {
		return 0, false
	}
	date := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if date.Day() != day {
		return 0, false
	}
	return int32(date.Unix() / 86400), true
}

// parseTimestamp reads YYYY-MM-DDThh:mm:ss[.fraction]zone as microseconds since
// 1970; zone is Z or an offset such as +0000 or +00:00. A fraction finer than a
// microsecond does not fit.
func parseTimestamp(text []byte) (int64, bool) {
	if len(text) < 20 || text[10] != 'T' || text[13] != ':' || text[16] != ':' {
		return 0, false
	}
	days, ok := parseDate(text[:10])
	hour, ok1 := digits(text[11:13])
	minute, ok2 := digits(text[14:16])
	second, ok3 := digits(text[17:19])
	if !ok || !ok1 || !ok2 || !ok3 || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	micros, zone, ok := fraction(text[19:])
	if !ok {
		return 0, false
	}
	offset, ok := zoneOffset(zone)
	seconds := int64(days)*86400 + int64(hour*3600+minute*60+second-offset)
	return seconds*1_000_000 + int64(micros), ok
}

// fraction reads the fraction of a second, if there is one, and gives the rest.
func fraction(text []byte) (micros int, rest []byte, ok bool) {
	if text[0] != '.' {
		return 0, text, true
	}
	unit, i := 100_000, 1
	for ; i < len(text) && text[i] >= '0' && text[i] <= '9'; i++ {
		if unit == 0 && text[i] != '0' {
			return 0, nil, false
		}
		micros += unit * int(text[i]-'0')
		unit /= 10
	}
	return micros, text[i:], i > 1
}

// zoneOffset reads Z or ±hh:mm or ±hhmm as seconds east of UTC.
func zoneOffset(text []byte) (int, bool) {
	if len(text) == 1 && text[0] == 'Z' {
		return 0, true
	}
	if len(text) == 6 && text[3] == ':' {
		text = []byte{text[0], text[1], text[2], text[4], text[5]}
	}
	if len(text) != 5 || text[0] != '+' && text[0] != '-' {
		return 0, false
	}
	hours, ok1 := digits(text[1:3])
	minutes, ok2 := digits(text[3:5])
	offset := hours*3600 + minutes*60
	if text[0] == '-' {
		offset = -offset
	}
	return offset, ok1 && ok2 && hours < 24 && minutes < 60
}

func digits(text []byte) (int, bool) {
	n := 0
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, true
}
