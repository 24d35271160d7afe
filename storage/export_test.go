package storage

import (
	"context"
	"io"
)

// WriteForTest writes an object from a reader that may fail.
func WriteForTest(b *Bucket, ctx context.Context, name string, content io.Reader, size int64) error {
	return b.write(ctx, name, content, size, false)
}

// RenewForTest renews a lease that does not renew itself for long.
func RenewForTest(l *Lease) error { return l.renew(l.ctx) }
