package storage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"gocloud.dev/blob"
)

// patience is how long one request for little may take, with the attempts that the
// client makes by itself.
const patience = time.Minute

// slowest is the rate, in bytes a second, under which a transfer counts as stuck.
const slowest = 64 << 10

// Bucket is a bucket, or what lies below a prefix of it.
type Bucket struct {
	blob   *blob.Bucket
	url    string // as people know it
	prefix string // empty, or with a slash at its end
	scheme string
	bucket string // its name
}

// opened are the buckets of this process, by their URL without the path. Their
// clients pool connections, and find out credentials once.
var opened = struct {
	sync.Mutex
	buckets map[string]*blob.Bucket
}{buckets: map[string]*blob.Bucket{}}

// OpenBucket opens the bucket at a URL. It asks the object store for nothing.
func OpenBucket(ctx context.Context, location string) (*Bucket, error) {
	if err := Check(location); err != nil {
		return nil, &SettingError{Named(location), err.Error()}
	}
	u, err := url.Parse(location)
	if err != nil {
		return nil, err
	}
	b := &Bucket{url: strings.TrimRight(Named(location), "/"), prefix: strings.Trim(path.Clean("/"+u.Path), "/"), scheme: u.Scheme, bucket: u.Host}
	if b.prefix != "" {
		b.prefix += "/"
	}
	u.Path, u.RawPath = "", ""
	opened.Lock()
	defer opened.Unlock()
	if b.blob = opened.buckets[u.String()]; b.blob != nil {
		return b, nil
	}
	if b.blob, err = open(context.WithoutCancel(ctx), u); err != nil {
		return nil, &SettingError{b.url, cmp.Or(unset(err), "it cannot be opened: "+reason(err))}
	}
	opened.buckets[u.String()] = b.blob
	return b, nil
}

// Below is what lies in a folder of the bucket.
func (b *Bucket) Below(folder string) *Bucket {
	return &Bucket{b.blob, b.url + "/" + folder, b.key(folder) + "/", b.scheme, b.bucket}
}

func (b *Bucket) key(name string) string { return path.Join(b.prefix, name) }

func (b *Bucket) String() string { return b.url }

// Read gives an object whole.
func (b *Bucket) Read(ctx context.Context, name string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	content, err := b.blob.ReadAll(ctx, b.key(name))
	if err = b.fault("read", name, err); errors.Is(err, fs.ErrNotExist) && b.scheme == "gs" {
		err = cmp.Or(b.noBucket(ctx), err)
	}
	return content, err
}

// noBucket is the error where there is no such bucket, which Google does not tell who
// reads an object.
func (b *Bucket) noBucket(ctx context.Context) error {
	_, _, err := b.blob.ListPage(ctx, blob.FirstPageToken, 1, &blob.ListOptions{Prefix: b.prefix})
	return b.fault("list", "", err)
}

// Open gives an object that is read by requests for ranges of it. Whether it is
// there shows with the first.
func (b *Bucket) Open(ctx context.Context, name string, size int64) (File, error) {
	return &object{ctx, b, name, size}, nil
}

// object is an object that is open.
type object struct {
	ctx    context.Context // of whoever opened it: io.ReaderAt takes none
	bucket *Bucket
	name   string
	size   int64
}

func (o *object) ReadAt(p []byte, at int64) (int, error) {
	if at >= o.size {
		return 0, io.EOF
	}
	ctx, cancel := context.WithTimeout(o.ctx, patience)
	defer cancel()
	want := min(int64(len(p)), o.size-at)
	reader, err := o.bucket.blob.NewRangeReader(ctx, o.bucket.key(o.name), at, want, nil)
	if err != nil {
		return 0, o.bucket.fault("read", o.name, err)
	}
	n, err := io.ReadFull(reader, p[:want])
	if err = errors.Join(err, reader.Close()); err != nil {
		return n, o.bucket.fault("read", o.name, err)
	}
	if want < int64(len(p)) {
		return n, io.EOF
	}
	return n, nil
}

func (o *object) Close() error { return nil }

// Fetch copies an object to a file of this machine that has no name, so that it is
// gone with the process, and gives it at its beginning.
func (b *Bucket) Fetch(ctx context.Context, name string) (*os.File, error) {
	file, err := os.CreateTemp("", "axisync-")
	if err != nil {
		return nil, err
	}
	err = os.Remove(file.Name())
	if err == nil {
		err = b.copyTo(ctx, name, file)
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// copyTo copies an object. One that does not come on is given up.
func (b *Bucket) copyTo(ctx context.Context, name string, to io.Writer) error {
	going, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := watchFor(patience, func() { cancel(errStuck) })
	defer watch.stop()
	err := b.copyWatched(going, name, to, watch)
	if err != nil && errors.Is(context.Cause(going), errStuck) { // nobody cancelled it
		return fmt.Errorf("%s/%s cannot be read: %w", b.url, name, errStuck)
	}
	return b.fault("read", name, err)
}

// errStuck: a transfer does not come on.
var errStuck = fmt.Errorf("nothing came for %v", patience)

func (b *Bucket) copyWatched(ctx context.Context, name string, to io.Writer, watch watched) error {
	reader, err := b.blob.NewReader(ctx, b.key(name), nil)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, watch.of(reader))
	return errors.Join(err, reader.Close())
}

// List gives what lies in a folder.
func (b *Bucket) List(ctx context.Context, folder string) ([]Entry, error) {
	var list []Entry
	err := b.each(ctx, folder, "/", func(e Entry) { list = append(list, e) })
	slices.SortFunc(list, func(x, y Entry) int { return strings.Compare(x.Name, y.Name) }) // stores sort a folder by the slash at its end
	return list, err
}

// Tree gives all objects below a folder.
func (b *Bucket) Tree(ctx context.Context, folder string) (map[string]Entry, error) {
	found := map[string]Entry{}
	err := b.each(ctx, folder, "", func(e Entry) { found[e.Name] = e })
	return found, err
}

func (b *Bucket) each(ctx context.Context, folder, delimiter string, do func(Entry)) error {
	prefix := b.prefix
	if folder != "" {
		prefix = b.key(folder) + "/"
	}
	objects := b.blob.List(&blob.ListOptions{Prefix: prefix, Delimiter: delimiter})
	for {
		page, cancel := context.WithTimeout(ctx, patience)
		o, err := objects.Next(page)
		cancel()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return b.fault("list", folder, err)
		}
		name := strings.TrimSuffix(strings.TrimPrefix(o.Key, prefix), "/")
		if name == "" || !o.IsDir && (strings.HasSuffix(o.Key, "/") || isFolder(o)) {
			continue // what some tools and stores have to show a folder
		}
		do(Entry{Name: name, Folder: o.IsDir, Size: o.Size, Changed: o.ModTime, MD5: fmt.Sprintf("%x", o.MD5)})
	}
}
