package pipelines

import (
	"crypto/rand"
	"regexp"
	"strings"
	"time"
)

// newRunID names a run by its time to the minute in UTC and four characters of
// chance: 20261123-0600-k3f7.
func newRunID(at time.Time) string {
	return at.UTC().Format("20060102-1504-") + strings.ToLower(rand.Text()[:4])
}

var runIDForm = regexp.MustCompile(`^\d{8}-\d{4}-[a-z2-7]{4}$`)
