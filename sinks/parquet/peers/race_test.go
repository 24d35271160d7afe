//go:build race

package peers_test

// raceEnabled: memory says nothing under the race detector.
const raceEnabled = true
