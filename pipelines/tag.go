package pipelines

import (
	"crypto/rand"
	"fmt"
	"math/big"
)

// newTag proposes six digits for the names of the axes of a new source.
func newTag() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err) // the system has no randomness left: nothing works then
	}
	return fmt.Sprintf("%06d", n)
}
