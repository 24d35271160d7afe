package storage

import (
	"context"
	"maps"
	"slices"

	"github.com/sourcegraph/conc/pool"
)

// together is how many requests are under way at once.
const together = 8

// eachOf does something for every name of a map, several at once, and ends with the
// first error.
func eachOf[T any](ctx context.Context, names map[string]T, do func(ctx context.Context, name string) error) error {
	work := pool.New().WithMaxGoroutines(together).WithContext(ctx).WithCancelOnError().WithFirstError()
	for _, name := range slices.Sorted(maps.Keys(names)) {
		work.Go(func(ctx context.Context) error { return do(ctx, name) })
	}
	return work.Wait()
}
