package parquet

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Keep says which snapshots stay: of each of the last days, weeks (Monday to Sunday),
// months and years that have one, the best (see Dated), and the Last ones, whenever they were
// made. Days begin at midnight UTC. What is zero keeps nothing by itself.
type Keep struct {
	Last, Daily, Weekly, Monthly, Yearly int
}

// period is a part of a Keep.
type period struct {
	word string
	of   func(*Keep) *int
	name func(time.Time) string // of the period that a time falls into
}

// periods are the words of a Keep.
var periods = []period{
	{"last", func(k *Keep) *int { return &k.Last }, func(t time.Time) string { return t.Format(time.RFC3339Nano) }},
	{"daily", func(k *Keep) *int { return &k.Daily }, func(t time.Time) string { return t.Format(time.DateOnly) }},
	{"weekly", func(k *Keep) *int { return &k.Weekly }, func(t time.Time) string { year, week := t.ISOWeek(); return fmt.Sprint(year, "-", week) }},
	{"monthly", func(k *Keep) *int { return &k.Monthly }, func(t time.Time) string { return t.Format("2006-01") }},
	{"yearly", func(k *Keep) *int { return &k.Yearly }, func(t time.Time) string { return t.Format("2006") }},
}

// ParseKeep reads a Keep as people write it: 30 daily 12 monthly.
func ParseKeep(text string) (Keep, error) {
	var k Keep
	words := strings.Fields(text)
	if len(words) == 0 || len(words)%2 != 0 {
		return k, fmt.Errorf("%q is no rule; write numbers and periods, such as 30 daily 12 monthly", text)
	}
	for pair := range slices.Chunk(words, 2) {
		n, err := strconv.Atoi(pair[0])
		if err != nil || n < 1 {
			return k, fmt.Errorf("%q is no number of snapshots; write 1 or more, and then what of, such as 30 daily", pair[0])
		}
		i := slices.IndexFunc(periods, func(p period) bool { return p.word == pair[1] })
		if i < 0 {
			return k, fmt.Errorf("%q is no period; there are last, daily, weekly, monthly and yearly", pair[1])
		}
		of := periods[i].of(&k)
		if *of != 0 {
			return k, fmt.Errorf("%s stands twice", pair[1])
		}
		*of = n
	}
	return k, nil
}

// String is the Keep as people write it.
func (k Keep) String() string {
	var words []string
	for _, p := range periods {
		if n := *p.of(&k); n > 0 {
			words = append(words, strconv.Itoa(n), p.word)
		}
	}
	return strings.Join(words, " ")
}

// Dated is a snapshot of which a Keep decides. Of a day (week, month, year) that of the
// lowest rank stays, and of several of one rank the newest.
type Dated struct {
	At   time.Time
	Rank int
}

// Kept reports which of some snapshots, newest first, stay.
func (k Keep) Kept(newestFirst []Dated) []bool {
	kept := make([]bool, len(newestFirst))
	for _, p := range periods {
		left := *p.of(&k)
		for from := 0; from < len(newestFirst) && left > 0; left-- {
			best, end := from, from+1
			for p.word != "last" && end < len(newestFirst) && p.name(newestFirst[end].At.UTC()) == p.name(newestFirst[from].At.UTC()) {
				if newestFirst[end].Rank < newestFirst[best].Rank {
					best = end
				}
				end++
			}
			kept[best], from = true, end
		}
	}
	return kept
}
