//go:build race

package parquet_test

// raceEnabled: memory says nothing under the race detector.
const raceEnabled = true
