package sinks

import (
	"cmp"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/axisync/axisync/connector"
)

// Refusals counts the customers that were refused, by kind and in constant memory.
// The zero value is ready; its methods may be called by several goroutines.
type Refusals struct {
	mu    sync.Mutex
	kinds map[refusedKey]*refusedKind
}

// refusedKey is a kind of reject: reason with what differs left out.
type refusedKey struct{ code, axis, reason string }

type refusedKind struct {
	RefusedKind
	last string // the customer that was counted last
}

// most is how many kinds of reject are told apart; the rest is one kind.
const most = 100

// Add counts a customer under the code, the axis, the reason and the remedy of a kind.
// One that comes several times in a row for several of its cells is one customer.
func (r *Refusals) Add(customerID string, kind RefusedKind) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kinds == nil {
		r.kinds = map[refusedKey]*refusedKind{}
	}
	key := refusedKey{kind.Code, kind.Axis, blank(kind.Reason)}
	if r.kinds[key] == nil && len(r.kinds) >= most {
		key, kind = refusedKey{code: "other"}, RefusedKind{Code: "other", Reason: "for various reasons", Remedy: kind.Remedy}
	}
	known := r.kinds[key]
	if known == nil {
		kind.Customers, kind.Example = 0, connector.Brief(customerID)
		known = &refusedKind{RefusedKind: kind}
		r.kinds[key] = known
	} else if known.last == customerID {
		return
	}
	known.last = customerID
	known.Customers++
}

var (
	inQuotes = regexp.MustCompile(`"[^"]*"|'[^']*'`)
	numbered = regexp.MustCompile(`[^\s.,:;()]*[0-9][^\s.,:;()]*`)
)

// blank takes out of a reason what differs from customer to customer: what stands
// in quotes, and words with a digit in them.
func blank(reason string) string {
	return numbered.ReplaceAllString(inQuotes.ReplaceAllString(reason, "#"), "#")
}

// Kinds are the kinds of reject, the most frequent first.
func (r *Refusals) Kinds() []RefusedKind {
	r.mu.Lock()
	defer r.mu.Unlock()
	var kinds []RefusedKind
	for _, kind := range r.kinds {
		kinds = append(kinds, kind.RefusedKind)
	}
	slices.SortFunc(kinds, func(a, b RefusedKind) int {
		return cmp.Or(cmp.Compare(b.Customers, a.Customers), strings.Compare(a.Code, b.Code), strings.Compare(a.Axis, b.Axis), strings.Compare(a.Reason, b.Reason))
	})
	return kinds
}

// LogRefused logs what was refused, a line for each kind. listed is the command that
// lists each one, empty for none.
func LogRefused(log *slog.Logger, refused []RefusedKind, listed string) {
	for _, kind := range refused {
		in := ""
		if kind.Axis != "" {
			in = fmt.Sprintf(" in the axis %q", kind.Axis)
		}
		text := fmt.Sprintf("1 customer refused%s: %s %s (customer %s)", in, kind.Code, kind.Reason, kind.Example)
		if kind.Customers > 1 {
			text = fmt.Sprintf("%d customers refused%s: %s %s (e.g. customer %s)", kind.Customers, in, kind.Code, kind.Reason, kind.Example)
		}
		if kind.Remedy != "" {
			text += "; " + kind.Remedy
		}
		if listed != "" {
			text += "; " + listed + " lists them"
		}
		log.Warn(text)
	}
}
