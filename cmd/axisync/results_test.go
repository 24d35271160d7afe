package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/axisync/axisync/pipelines"
)

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// A result that cannot be written is no success.
func TestALostResultIsAFailure(t *testing.T) {
	var errs bytes.Buffer
	if code := execute([]string{"version"}, fullDisk{}, &errs); code != pipelines.ExitFailed || !strings.Contains(errs.String(), "no space left") {
		t.Errorf("exit code %d, %q", code, errs.String())
	}
}
