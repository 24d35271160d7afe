package fincome

import (
	"cmp"
	"fmt"
	"log/slog"
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks"
)

// tally gathers the report of a delivery, in constant memory.
type tally struct {
	mu      sync.Mutex
	report  sinks.Report
	gaps    histogram
	refused map[refusedKey]*sinks.RefusedKind
}

// refusedKey is a kind of reject: of one axis, or of all that was to be written, and
// reason with what differs left out.
type refusedKey struct{ code, axis, reason string }

// kinds is how many kinds of reject are told apart; the rest is one kind.
const kinds = 100

func (t *tally) customer() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report.Customers++
}

func (t *tally) request(throttled bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report.Requests++
	if throttled {
		t.report.Throttled++
	}
}

func (t *tally) gap(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.gaps.add(d)
}

// reject counts a customer with a reject of a kind; reason is what it was told.
func (t *tally) reject(key refusedKey, id, reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.refused == nil {
		t.refused = map[refusedKey]*sinks.RefusedKind{}
	}
	if t.refused[key] == nil && len(t.refused) >= kinds {
		key, reason = refusedKey{code: "other"}, "for various reasons"
	}
	if t.refused[key] == nil {
		t.refused[key] = &sinks.RefusedKind{Code: key.code, Axis: key.axis, Reason: reason, Remedy: Remedy(key.code, reason, key.axis), Example: connector.Brief(id)}
	}
	t.refused[key].Customers++
}

var (
	quoted   = regexp.MustCompile(`"[^"]*"|'[^']*'`)
	numbered = regexp.MustCompile(`[^\s.,:;()]*[0-9][^\s.,:;()]*`)
)

// blank takes out of a reason what differs from customer to customer: what stands
// in quotes, and words with a digit in them.
func blank(reason string) string {
	return numbered.ReplaceAllString(quoted.ReplaceAllString(reason, "#"), "#")
}

// finish is the report of a delivery that took so long.
func (t *tally) finish(took time.Duration) sinks.Report {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.report
	r.Took, r.Seconds = took, took.Seconds()
	if took > 0 {
		r.CustomersPerSecond = float64(r.Customers) / took.Seconds()
	}
	r.GapP99 = float64(t.gaps.quantile(0.99)) / float64(time.Millisecond)
	for _, kind := range t.refused {
		r.Refused = append(r.Refused, *kind)
	}
	slices.SortFunc(r.Refused, func(a, b sinks.RefusedKind) int {
		return cmp.Or(cmp.Compare(b.Customers, a.Customers), strings.Compare(a.Code, b.Code), strings.Compare(a.Axis, b.Axis), strings.Compare(a.Reason, b.Reason))
	})
	return r
}

// tell logs the rejects, a line for each kind. listed is the command that lists
// them, empty for none.
func tell(log *slog.Logger, refused []sinks.RefusedKind, listed string) {
	for _, kind := range refused {
		in := ""
		if kind.Axis != "" {
			in = fmt.Sprintf(" in the axis %q", kind.Axis)
		}
		text := fmt.Sprintf("1 customer refused%s: %s %s (customer %s)", in, kind.Code, kind.Reason, kind.Example)
		if kind.Customers > 1 {
			text = fmt.Sprintf("%d customers refused%s: %s %s (e.g. customer %s)", kind.Customers, in, kind.Code, kind.Reason, kind.Example)
		}
		text += "; " + kind.Remedy
		if listed != "" {
			text += "; " + listed + " lists them"
		}
		log.Warn(text)
	}
}

// histogram holds durations in buckets that each end a twentieth after the one
// before: from a tenth of a millisecond to well over an hour.
type histogram struct {
	counts [400]int64
	n      int64
}

const (
	finest = 100 * time.Microsecond
	step   = 1.05
)

func (h *histogram) add(d time.Duration) {
	at := 0
	if d > finest {
		at = int(math.Ceil(math.Log(float64(d)/float64(finest)) / math.Log(step)))
	}
	h.counts[min(at, len(h.counts)-1)]++
	h.n++
}

// quantile is a bound that the part q of the durations does not exceed; 0 without
// any.
func (h *histogram) quantile(q float64) time.Duration {
	left := int64(math.Ceil(q * float64(h.n)))
	for at, n := range h.counts {
		if left -= n; left <= 0 && h.n > 0 {
			return time.Duration(float64(finest) * math.Pow(step, float64(at)))
		}
	}
	return 0
}
