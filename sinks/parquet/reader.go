package parquet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/storage"
)

// Reader reads a committed snapshot. It holds nothing open; its methods may be
// called by several goroutines.
type Reader struct {
	ctx      context.Context // all reading ends with it
	dir      string          // for people
	place    storage.Place
	manifest Manifest
}

// Open opens the snapshot at a location, to be read while ctx lasts. The error is os.ErrNotExist when there is no
// manifest, hence no snapshot; a snapshot of which a file is missing or has
// another size than the manifest says is refused.
func Open(ctx context.Context, dir string) (*Reader, error) {
	m, err := readManifest(ctx, dir)
	if err != nil {
		return nil, err
	}
	r := &Reader{ctx: ctx, dir: storage.Named(dir), manifest: m}
	if r.place, err = storage.At(ctx, dir); err != nil {
		return nil, err
	}
	there, err := r.place.Tree(ctx, "")
	if err != nil {
		return nil, fmt.Errorf("snapshot %s: %w", r.dir, err)
	}
	for _, table := range m.Tables {
		for _, file := range table.Files {
			if err := verify(there, file); err != nil {
				return nil, Damaged(fmt.Errorf("snapshot %s is damaged: %w", r.dir, err))
			}
		}
	}
	for _, file := range m.Plain {
		if err := verify(there, File{Path: file.Name, Bytes: file.Bytes}); err != nil {
			return nil, Damaged(fmt.Errorf("snapshot %s is damaged: %w", r.dir, err))
		}
	}
	return r, nil
}

func verify(there map[string]storage.Entry, file File) error {
	if !filepath.IsLocal(filepath.FromSlash(file.Path)) {
		return fmt.Errorf("its manifest names the file %q outside of it", file.Path)
	}
	found, ok := there[file.Path]
	if !ok {
		return fmt.Errorf("%s is missing", file.Path) // not os.ErrNotExist: there is a manifest
	}
	if found.Size != file.Bytes {
		return fmt.Errorf("%s has %d bytes, its manifest says %d", file.Path, found.Size, file.Bytes)
	}
	return nil
}

// Prove holds the bytes of a table against the SHA-256 of its files in the manifest.
func (r *Reader) Prove(table string) error {
	for _, part := range r.manifest.Tables[table].Files {
		if err := r.prove(part); err != nil {
			return fmt.Errorf("snapshot %s: %s: %w", r.dir, part.Path, err)
		}
	}
	return nil
}

func (r *Reader) prove(part File) error {
	file, err := r.place.Fetch(r.ctx, part.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != part.SHA256 {
		return Damaged(errors.New("it is damaged: its SHA-256 is not that of the manifest"))
	}
	return nil
}

// Manifest says what the snapshot holds. It is not to be changed.
func (r *Reader) Manifest() Manifest { return r.manifest }

// Rows is the number of rows of a table, 0 if the snapshot has no such table.
func (r *Reader) Rows(table string) int64 { return r.manifest.Tables[table].Rows }

// Read streams the columns of a table, all if none is named, part by part, in
// batches of at most 8192 rows of utf8, in bounded memory. A typed column comes
// as canonical text: true and false, plain decimals, ISO dates, date-times in
// UTC with Z. The caller releases the reader.
func (r *Reader) Read(table string, columns ...string) (array.RecordReader, error) {
	t, ok := r.manifest.Tables[table]
	if !ok {
		return nil, fmt.Errorf("snapshot %s has no table %s", r.dir, table)
	}
	places, err := t.places(columns)
	if err != nil {
		return nil, fmt.Errorf("snapshot %s: table %s %w", r.dir, table, err)
	}
	s := &stream{reader: r, table: t, name: table, columns: places}
	s.schema = t.schema(s.columns)
	return newPass(s), nil
}

// places are the places of columns, of all if none is named.
func (t TableManifest) places(columns []string) ([]int, error) {
	var places []int
	for _, name := range columns {
		i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("has no column %q", name)
		}
		places = append(places, i)
	}
	if len(columns) == 0 {
		for i := range t.Columns {
			places = append(places, i)
		}
	}
	return places, nil
}
