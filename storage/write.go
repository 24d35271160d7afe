package storage

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
)

// Put replaces an object. It is there for good when nil is returned, and after an
// error it is the old one or the new one.
func (b *Bucket) Put(ctx context.Context, name string, content []byte) error {
	return b.write(ctx, name, bytes.NewReader(content), int64(len(content)), false)
}

// PutNew makes an object that is not there; the error is fs.ErrExist where it is.
// Of several who try, one succeeds. That it was made and the answer was lost is
// found out by its content, which therefore should be like no other.
func (b *Bucket) PutNew(ctx context.Context, name string, content []byte) error {
	err := b.write(ctx, name, bytes.NewReader(content), int64(len(content)), true)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	if held, readErr := b.Read(ctx, name); readErr == nil && bytes.Equal(held, content) {
		return nil
	}
	return err
}

// Upload replaces an object by a file of this machine.
func (b *Bucket) Upload(ctx context.Context, name, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return b.write(ctx, name, file, info.Size(), false)
}

// writeBuffer is the size of the pieces in which a large object is sent.
const writeBuffer = 8 << 20

func (b *Bucket) write(ctx context.Context, name string, content io.Reader, size int64, onlyNew bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience+time.Duration(size/slowest)*time.Second)
	defer cancel() // also what makes an object that was not written whole vanish: Close would keep it
	w, err := b.blob.NewWriter(ctx, b.key(name), &blob.WriterOptions{
		ContentType: "application/octet-stream", BufferSize: writeBuffer, MaxConcurrency: 2, IfNotExist: onlyNew,
	})
	if err != nil {
		return b.fault("write", name, err)
	}
	if _, err := io.Copy(w, content); err != nil {
		cancel()
		return b.fault("write", name, errors.Join(err, ignored(w.Close())))
	}
	return b.fault("write", name, w.Close())
}

// ignored: the write had failed already.
func ignored(error) error { return nil }

// Remove removes an object, or all that lies below a folder.
func (b *Bucket) Remove(ctx context.Context, name string) error {
	if err := b.delete(ctx, name); err != nil {
		return err
	}
	below, err := b.Tree(ctx, name)
	if err != nil {
		return err
	}
	return eachOf(ctx, below, func(ctx context.Context, entry string) error { return b.delete(ctx, name+"/"+entry) })
}

func (b *Bucket) delete(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := b.blob.Delete(ctx, b.key(name))
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil
	}
	return b.fault("remove", name, err)
}
