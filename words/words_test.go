package words_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/axisync/axisync/words"
)

func TestWords(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", 1121)
	for got, want := range map[string]string{
		words.Count(0): "0", words.Count(999): "999", words.Count(-1000): "-1,000", words.Count(-999): "-999", words.Count(1234567): "1,234,567",
		words.Count(math.MinInt64): "-9,223,372,036,854,775,808",
		words.Some(1000, 0):        "1,000", words.Some(1000, 1): "1,000 to 1,001",
		words.Share(1, 3): "33.3%", words.Share(0, 0): "-",
		words.Moment(time.Date(2026, 11, 27, 1, 0, 0, 0, time.FixedZone("", 3600))): "2026-11-27 00:00:00 UTC",
		words.Line("a\nb\u202ec 'd'"): `a\nb\u202ec 'd'`,
		words.QuotedOf(long, 5000):    `"` + long[:240] + `" and 4,880 characters more`, words.QuotedOf("ab", 3): `"ab" and 1 characters more`,
		words.Quoted("a\x1b[31m"): `"a\x1b[31m"`, words.Quoted(long): `"` + long[:240] + `" and 1,001 characters more`,
		words.QuotedOr(nil, "null"): "null", words.QuotedOr(new(string), "null"): `""`,
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
