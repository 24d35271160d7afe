package pipelines

import (
	"crypto/rand"
	"regexp"
	"strings"
	"time"
)

// inOrder are the characters of the second half of an id, in the order in which they
// are sorted.
const inOrder = "234567abcdefghijklmnopqrstuvwxyz"

// newRunID names a run by its time to the minute in UTC, two characters for the time
// within the minute and two of chance: 20261123-0600-k3f7. The ids of a source, whose
// runs follow each other, are sorted as they were made: who uploads the files of
// several runs goes by their names.
func newRunID(at time.Time) string {
	at = at.UTC()
	within := time.Duration(at.Second())*time.Second + time.Duration(at.Nanosecond())
	place := int(within * time.Duration(len(inOrder)*len(inOrder)) / time.Minute)
	return at.Format("20060102-1504-") + string([]byte{inOrder[place/len(inOrder)], inOrder[place%len(inOrder)]}) + strings.ToLower(rand.Text()[:2])
}

var runIDForm = regexp.MustCompile(`^\d{8}-\d{4}-[a-z2-7]{4}$`)
