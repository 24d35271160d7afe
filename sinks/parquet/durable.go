package parquet

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Snapshots hold personal data.
const (
	dirMode  = 0o700
	fileMode = 0o600
)

// makeFolder creates dir and what is missing above it, and gives the folders it
// created, the innermost first.
func makeFolder(dir string) ([]string, error) {
	var missing []string
	for at := filepath.Clean(dir); ; at = filepath.Dir(at) {
		_, err := os.Stat(at)
		if err == nil || !errors.Is(err, fs.ErrNotExist) || at == filepath.Dir(at) {
			break
		}
		missing = append(missing, at)
	}
	return missing, os.MkdirAll(dir, dirMode)
}
