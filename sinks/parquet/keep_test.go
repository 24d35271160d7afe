package parquet_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axisync/axisync/sinks/parquet"
)

func TestParseKeep(t *testing.T) {
	t.Parallel()
	if k, err := parquet.ParseKeep(" 30 daily  12 monthly "); err != nil || k != (parquet.Keep{Daily: 30, Monthly: 12}) || k.String() != "30 daily 12 monthly" {
		t.Errorf("%v, %v", k, err)
	}
	if k, err := parquet.ParseKeep("1 yearly 2 last 3 weekly"); err != nil || k.String() != "2 last 3 weekly 1 yearly" {
		t.Errorf("%v, %v", k, err)
	}
	for text, want := range map[string]string{
		"": "is no rule", "30": "is no rule", "daily 30": `"daily" is no number`, "0 daily": "write 1 or more", "-1 daily": "write 1 or more", "30 days": `"days" is no period`,
		"3 daily 4 daily": "daily stands twice", "1.5 daily": "is no number", "99999999999999999999 daily": "is no number",
	} {
		if _, err := parquet.ParseKeep(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// What is kept is what a plain reading of the rule keeps, over random days.
func TestKept(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	for range 500 {
		var times []parquet.Dated
		at := time.Date(2026, 11, 27, 23, 30, 0, 0, time.FixedZone("far", 9*3600))
		for range random.IntN(120) {
			times = append(times, parquet.Dated{At: at, Rank: random.IntN(1 + random.IntN(3))})
			at = at.Add(-time.Duration(random.IntN(1+random.IntN(400))) * time.Hour)
		}
		k := parquet.Keep{Last: random.IntN(4), Daily: random.IntN(9), Weekly: random.IntN(5), Monthly: random.IntN(5), Yearly: random.IntN(3)}
		for i, kept := range k.Kept(times) {
			if want := keptPlainly(k, times, i); kept != want {
				t.Fatalf("%v of %v: number %d (%v) is kept: %v", k, times, i, times[i], kept)
			}
		}
	}
}

// keptPlainly reports whether a snapshot is the best of its period, and its period
// one of the newest that have any.
func keptPlainly(k parquet.Keep, times []parquet.Dated, i int) bool {
	if i < k.Last {
		return true
	}
	for _, p := range []struct {
		n  int
		of func(t time.Time) string
	}{
		{k.Daily, func(t time.Time) string { return t.Format("20060102") }},
		{k.Weekly, func(t time.Time) string { // by its Monday
			return t.AddDate(0, 0, -(int(t.Weekday())+6)%7).Format("20060102")
		}},
		{k.Monthly, func(t time.Time) string { return t.Format("200601") }},
		{k.Yearly, func(t time.Time) string { return fmt.Sprint(t.Year()) }},
	} {
		var seen []string
		best := map[string]int{}
		for j, d := range times {
			name := p.of(d.At.UTC())
			if now, ok := best[name]; !ok {
				seen, best[name] = append(seen, name), j
			} else if d.Rank < times[now].Rank {
				best[name] = j
			}
		}
		if place := slices.Index(seen, p.of(times[i].At.UTC())); place < p.n && best[seen[place]] == i {
			return true
		}
	}
	return false
}
