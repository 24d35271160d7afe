package probe

import (
	"fmt"
	"strings"
	"time"

	"github.com/axisync/axisync/connector/fincome"
)

// Findings are how an account's API behaves.
type Findings struct {
	AuthHeader string `json:"auth_header"`
	AuthScheme string `json:"auth_scheme"`
	ClientPath string `json:"client_path"`
	UpdateVerb string `json:"update_verb"`
	Update     string `json:"update"` // merge, replace
	Clear      string `json:"clear"`  // json_null, empty_text, remove_key, unknown

	// What a value does to its key.
	Null  Effect `json:"null"`
	Empty Effect `json:"empty_text"`
	// What becomes of values that are no texts.
	Numbers  Effect `json:"numbers"`
	Booleans Effect `json:"booleans"`
	Lists    Effect `json:"lists"`
	Objects  Effect `json:"objects"`
	// FieldsLost: an update that does not carry name, email and so on empties them.
	FieldsLost bool `json:"fields_lost,omitempty"`

	Status int  `json:"status"` // answers an update
	Shows  bool `json:"shows"`  // the answer shows the customer
	// Slowest is the longest time that an update took to show, Settle that time with a
	// margin.
	Slowest time.Duration `json:"slowest_ns"`
	Settle  time.Duration `json:"settle_ns"`
	// List is how customers are listed; nil: no way was found.
	List *fincome.List `json:"list,omitempty"`
	// ListUnproven: there was no second page to try it on.
	ListUnproven bool `json:"list_unproven,omitempty"`
}

// Effect is what an update did with a value.
type Effect string

// The effects.
const (
	Kept    Effect = "kept"    // it is held as it was sent
	Removed Effect = "removed" // its key is gone
	AsNull  Effect = "as_null"
	AsText  Effect = "as_text"
	Ignored Effect = "ignored" // the key holds what it held before
	Refused Effect = "refused" // the whole update was
	Changed Effect = "changed" // it became something else
)

// Empties reports whether the key is empty afterwards: absent, null or "".
func (e Effect) Empties() bool { return e == Kept || e == Removed || e == AsNull }

// How an update treats the dictionary, and how a cell is cleared: the words of a
// pipeline file.
const (
	Merge   = "merge"
	Replace = "replace"

	ClearJSONNull  = "json_null"
	ClearEmptyText = "empty_text"
	ClearRemoveKey = "remove_key"
	ClearUnknown   = "unknown"
)

// leastSettle is the settle time of a server that shows everything at once.
const leastSettle = time.Minute

// conclude draws from what was seen what is to be done.
func (f *Findings) conclude() {
	switch {
	case f.Null.Empties():
		f.Clear = ClearJSONNull
	case f.Empty.Empties():
		f.Clear = ClearEmptyText
	case f.Update == Replace:
		f.Clear = ClearRemoveKey
	default:
		f.Clear = ClearUnknown
	}
	f.Settle = max(leastSettle, margin(f.Slowest))
}

// margin is how long after an update it counts as not applied, where the slowest
// took so long.
func margin(slowest time.Duration) time.Duration {
	return (3 * slowest).Truncate(time.Second) + time.Second
}

// list is a list of words as people write it.
func list(words []string) string { return strings.Join(words, ", ") }

// counted is a number and what it counts.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
