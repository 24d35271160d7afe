//go:build unix

package fincome_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/fincome"
)

// A named pipe is refused: to open it would wait for ever.
func TestAPipeIsNoFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "customers.csv")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := fincome.File{Config: fincome.FileConfig{Path: path}}.Read(t.Context(), connector.CustomerQuery{IdentificationAxis: "Salesforce ID"})
	if err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("a pipe: %v", err)
	}
}
