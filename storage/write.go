package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob"
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
	for again := 0; errors.Is(err, errConflict) && again < conflicts; again++ {
		err = b.write(ctx, name, bytes.NewReader(content), int64(len(content)), true)
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	held, readErr := b.Read(ctx, name)
	switch {
	case readErr == nil && bytes.Equal(held, content):
		return nil
	case readErr != nil && !errors.Is(readErr, fs.ErrNotExist): // it may be ours
		return readErr
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

// conflicts is how often S3 may say that somebody else was writing the object at the
// same moment, which does not tell who has it.
const conflicts = 5

// writeBuffer is the size of the pieces in which a large object is sent.
const writeBuffer = 8 << 20

// write sends an object in one call of the client: the writer that gocloud has for
// Azure panics when it is closed after a failure.
func (b *Bucket) write(ctx context.Context, name string, content io.Reader, size int64, onlyNew bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience+time.Duration(size/slowest)*time.Second)
	defer cancel()
	whole := &wholeOrNothing{from: content, cancel: cancel}
	err := b.blob.Upload(ctx, b.key(name), whole, &blob.WriterOptions{
		ContentType: "application/octet-stream", BufferSize: b.pieceSize(size), MaxConcurrency: 2, IfNotExist: onlyNew,
	})
	if whole.err != nil {
		return fmt.Errorf("%s/%s cannot be written: %w", b.url, name, whole.err)
	}
	return b.fault("write", name, err)
}

// pieceSize is the size of the buffer for an object. The client of Google has one for
// each object, however small that is; S3 takes no small pieces.
func (b *Bucket) pieceSize(size int64) int {
	const least = 256 << 10
	if b.scheme == "gs" && size < least {
		return least
	}
	return writeBuffer
}

// wholeOrNothing is content that ends the request when it cannot be read: some clients
// would send what they have.
type wholeOrNothing struct {
	from   io.Reader
	cancel func()
	err    error
}

func (w *wholeOrNothing) Read(p []byte) (int, error) {
	n, err := w.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		w.err = err
		w.cancel()
	}
	return n, err
}

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
	err := b.fault("remove", name, b.deleteKey(ctx, b.key(name)))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errFolder) {
		return nil
	}
	return err
}

// deleteKey spares S3 a request: gocloud asks whether the object is there, which it
// need not be. It is used for the keys that gocloud writes as they are.
func (b *Bucket) deleteKey(ctx context.Context, key string) error {
	var client *s3.Client
	if !b.blob.As(&client) || strings.ContainsFunc(key, unicode.IsControl) || strings.Contains(key, "../") {
		return b.blob.Delete(ctx, key)
	}
	_, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.bucket, Key: &key})
	return err
}
