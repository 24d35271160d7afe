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

// once is closed when something that another process does has come to be. That it does
// not come in time fails the test, unless that has ended.
func once(t testing.TB, what string, is func() bool) <-chan struct{} {
	there := make(chan struct{})
	go func() {
		defer close(there)
		if !eventually(patience, func() bool { return t.Context().Err() != nil || is() }) {
			t.Errorf("%s does not come", what)
		}
	}()
	return there
}
