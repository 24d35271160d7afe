package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A simulator that has not printed yet is waited for aloud, and not for ever.
func TestFirstLineOfAnEmptyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "simulated.json")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	_, err := firstLine(t.Context(), path, time.Millisecond, &said)
	if err == nil || !strings.Contains(err.Error(), "is still empty after 1ms: the simulator may not have started") {
		t.Errorf("%v", err)
	}
	if want := "waiting for the simulator (" + path + " is empty)\n"; said.String() != want {
		t.Errorf("%q, want %q", said.String(), want)
	}
}
