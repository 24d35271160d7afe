package soql

import (
	"strconv"
	"strings"
	"time"
)

// dateRanges are the literals that stand for a range of days around today: from
// the first day to the day after the last.
var dateRanges = map[string]func(today time.Time) (from, to time.Time){
	"YESTERDAY":  func(d time.Time) (time.Time, time.Time) { return d.AddDate(0, 0, -1), d },
	"TODAY":      func(d time.Time) (time.Time, time.Time) { return d, d.AddDate(0, 0, 1) },
	"TOMORROW":   func(d time.Time) (time.Time, time.Time) { return d.AddDate(0, 0, 1), d.AddDate(0, 0, 2) },
	"LAST_MONTH": func(d time.Time) (time.Time, time.Time) { return month(d, -1), month(d, 0) },
	"THIS_MONTH": func(d time.Time) (time.Time, time.Time) { return month(d, 0), month(d, 1) },
	"NEXT_MONTH": func(d time.Time) (time.Time, time.Time) { return month(d, 1), month(d, 2) },
	"LAST_YEAR":  func(d time.Time) (time.Time, time.Time) { return year(d, -1), year(d, 0) },
	"THIS_YEAR":  func(d time.Time) (time.Time, time.Time) { return year(d, 0), year(d, 1) },
	"NEXT_YEAR":  func(d time.Time) (time.Time, time.Time) { return year(d, 1), year(d, 2) },
}

func month(d time.Time, add int) time.Time {
	return time.Date(d.Year(), d.Month()+time.Month(add), 1, 0, 0, 0, 0, time.UTC)
}

func year(d time.Time, add int) time.Time {
	return time.Date(d.Year()+add, time.January, 1, 0, 0, 0, 0, time.UTC)
}

// Range is the time that a DateRange stands for on a day, whose midnight today
// is: at or after from and before to. It reports false for a text that is none.
func Range(text string, today time.Time) (from, to time.Time, ok bool) {
	text = strings.ToUpper(text)
	if days, ok := dateRanges[text]; ok {
		from, to = days(today)
		return from, to, true
	}
	name, digits, _ := strings.Cut(text, ":")
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 {
		return from, to, false
	}
	switch name {
	case "LAST_N_DAYS": // and the day that is under way
		return today.AddDate(0, 0, -n), today.AddDate(0, 0, 1), true
	case "NEXT_N_DAYS":
		return today.AddDate(0, 0, 1), today.AddDate(0, 0, n+1), true
	case "N_DAYS_AGO":
		return today.AddDate(0, 0, -n), today.AddDate(0, 0, 1-n), true
	}
	return from, to, false
}
