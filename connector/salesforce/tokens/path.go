package tokens

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/axisync/axisync/durable"
)

// path is a file. Its lock lies beside it.
type path string

func (p path) lock(ctx context.Context) (func(), error) {
	if err := os.MkdirAll(filepath.Dir(string(p)), 0o700); err != nil {
		return nil, fmt.Errorf("the token store cannot be made: %w", err)
	}
	const pause = 20 * time.Millisecond
	lock := flock.New(string(p)+".lock", flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, pause); err != nil {
		return nil, fmt.Errorf("the token store cannot be locked: %w", err)
	}
	if err := durable.Sweep(string(p)); err != nil { // tokens of processes that were killed as they saved
		_ = lock.Close()
		return nil, fmt.Errorf("the token store cannot be cleared of what was left beside it: %w", err)
	}
	return func() { _ = lock.Close() }, nil
}

func (p path) read() ([]byte, error) { return os.ReadFile(string(p)) }

func (p path) write(content []byte) error { return durable.WriteFile(string(p), content) }

func (p path) remove() error {
	if err := os.Remove(string(p)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return durable.SyncFolder(filepath.Dir(string(p)))
}

func (p path) prove() error {
	pending, err := durable.Pending(string(p))
	if err != nil {
		return err
	}
	pending.Cleanup()
	return nil
}
