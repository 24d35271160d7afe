package parquet

import (
	"context"
	"io"

	"github.com/axisync/axisync/storage"
)

// SetDepth fixes the depth of a table whatever its rows.
func (t *Table) SetDepth(depth int) { t.depthOf = func(int64) int { return depth } }

// SetDepths gives the depth by the number of rows; 0 is asked for when nothing
// is known.
func (t *Table) SetDepths(depthOf func(rows int64) int) { t.depthOf = depthOf }

// SetHeld sets how many bytes are kept in memory before rows are scattered.
func (t *Table) SetHeld(bytes int) { t.held = bytes }

// KeepPlain makes a table keep no column as codes.
func (t *Table) KeepPlain() {
	for _, words := range t.words {
		words.full = true
	}
}

// Coded counts the columns that are kept as codes so far.
func (t *Table) Coded() int {
	coded := 0
	for _, words := range t.words {
		if !words.full {
			coded++
		}
	}
	return coded
}

// watched is a place of which a test sees what is read of a file.
type watched struct {
	storage.Place
	watch func(io.ReaderAt) io.ReaderAt
}

type watchedFile struct {
	io.ReaderAt
	io.Closer
}

func (w watched) Open(ctx context.Context, name string, size int64) (storage.File, error) {
	file, err := w.Place.Open(ctx, name, size)
	if err != nil {
		return nil, err
	}
	return watchedFile{w.watch(file), file}, nil
}

// Watch lets a test see what Find reads of a file.
func (r *Reader) Watch(watch func(io.ReaderAt) io.ReaderAt) { r.place = watched{r.place, watch} }

// Dir is the folder of the snapshot.
func (r *Reader) Dir() string { return r.dir }

// Dir is the folder of the snapshot.
func (s *Snapshot) Dir() string { return s.dir }

// SweepStaged removes what killed processes left in the temporary folder.
var SweepStaged = sweepStaged
