package pipelines

import (
	"io"
	"strings"
	"testing"
)

// Of what a program says only the beginning is kept, however it is copied.
func TestBeginningIsBounded(t *testing.T) {
	t.Parallel()
	b := &beginning{}
	const said = 1 << 20
	n, err := io.Copy(b, struct{ io.Reader }{strings.NewReader(strings.Repeat("x", said))})
	if err != nil || n != said || b.String() != strings.Repeat("x", mostKept) {
		t.Errorf("%d bytes were taken, %d kept, %v", n, len(b.String()), err)
	}
}
