package main

import (
	"testing"
	"time"
)

// eventually reports whether something that another process does came to be in time. Such
// a thing tells nobody: it is looked at again and again.
func eventually(within time.Duration, is func() bool) bool {
	for end := time.Now().Add(within); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// once is closed when something that another process does has come to be, and never where
// the test ends before.
func once(t testing.TB, is func() bool) <-chan struct{} {
	there := make(chan struct{})
	go func() {
		if eventually(patience, func() bool { return t.Context().Err() != nil || is() }) && t.Context().Err() == nil {
			close(there)
		}
	}()
	return there
}
