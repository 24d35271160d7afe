package tokens

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/axisync/axisync/storage"
)

// object is an object of a bucket. Its lock is a lease beside it, so that a process
// that was asleep cannot save a token over that of another.
type object struct {
	location string

	mu    sync.Mutex
	lease *storage.Lease // while it is locked
}

// The object and what lies beside it.
const (
	tokenName = "token.json"
	leaseName = "token.lease"
	proveName = "token.writable"
)

// retry is how long a lock waits before it asks again whether another has let it go:
// to refresh a token takes a second.
const retry = time.Second

// folder is what the object lies in.
func (o *object) folder(ctx context.Context) (*storage.Bucket, error) {
	return storage.OpenBucket(ctx, storage.Join(o.location, ".."))
}

func (o *object) lock(ctx context.Context) (func(), error) {
	folder, err := o.folder(ctx)
	if err != nil {
		return nil, fmt.Errorf("the token store cannot be locked: %w", err)
	}
	host, _ := os.Hostname() // it is only told
	for {
		lease, err := storage.Acquire(ctx, folder.Below(leaseName), storage.Holder{Host: host, PID: os.Getpid(), What: "a refresh of the token", Since: time.Now().UTC()}, storage.DefaultTerms)
		var held *storage.HeldError
		if err == nil {
			return o.held(lease), nil
		}
		if !errors.As(err, &held) {
			return nil, fmt.Errorf("the token store cannot be locked: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("the token store cannot be locked: %w: %w", context.Cause(ctx), held)
		case <-time.After(retry):
		}
	}
}

func (o *object) held(lease *storage.Lease) (unlock func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lease = lease
	return func() {
		o.mu.Lock()
		o.lease = nil
		o.mu.Unlock()
		lease.Release()
	}
}

// valid fails once another may have the lock.
func (o *object) valid() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.lease == nil {
		return errors.New("the token store is not locked")
	}
	return o.lease.Err()
}

func (o *object) read() ([]byte, error) {
	ctx := context.Background() // it ends by itself within a minute
	folder, err := o.folder(ctx)
	if err != nil {
		return nil, err
	}
	return folder.Read(ctx, tokenName)
}

func (o *object) write(content []byte) error {
	if err := o.valid(); err != nil {
		return err
	}
	ctx := context.Background() // a token that was given has to be saved, whatever ends
	folder, err := o.folder(ctx)
	if err != nil {
		return err
	}
	return folder.Put(ctx, tokenName, content)
}

func (o *object) remove() error {
	if err := o.valid(); err != nil {
		return err
	}
	ctx := context.Background()
	folder, err := o.folder(ctx)
	if err != nil {
		return err
	}
	return folder.Remove(ctx, tokenName)
}

func (o *object) prove() error {
	ctx := context.Background()
	folder, err := o.folder(ctx)
	if err != nil {
		return err
	}
	return errors.Join(folder.Put(ctx, proveName, nil), folder.Remove(ctx, proveName))
}
