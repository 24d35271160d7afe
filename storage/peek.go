package storage

import (
	"context"
	"time"
)

// Held tells who holds the lease that is kept in a folder, nil where nobody does. It
// takes nothing and writes nothing, and tells the age of a term by the clock of this
// machine: it is for people, not for deciding.
func Held(ctx context.Context, folder *Bucket, terms Terms) (*Holder, error) {
	l := &Lease{bucket: folder, terms: terms}
	there, err := l.present(ctx)
	if err != nil {
		return nil, err
	}
	number := there.highest()
	if number == 0 || time.Since(there[number].Changed) > terms.Length+blur {
		return nil, nil
	}
	t, err := l.read(ctx, number)
	if err != nil || t.Ended {
		return nil, err
	}
	return &t.Holder, nil
}
