package pipelines

import (
	"slices"
	"testing"
	"time"
)

// Ids are sorted as they were made, also within a minute.
func TestRunIDsAreInOrder(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 6, 59, 57, 0, time.UTC)
	var ids []string
	for range 2000 {
		id := newRunID(at)
		if !runIDForm.MatchString(id) {
			t.Fatal(id)
		}
		ids = append(ids, id)
		at = at.Add(60 * time.Millisecond)
	}
	if !slices.IsSorted(ids) {
		t.Error("they are not sorted")
	}
}
