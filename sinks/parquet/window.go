package parquet

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/sourcegraph/conc/pool"
)

const (
	// tailBytes is how much of the end of a file is read at once: the footer and the page
	// indexes of a table of some twenty columns.
	tailBytes = 1 << 14
	// overread is how much parquet-go reads at once, and so at most beyond what it needs.
	overread = 64
	// gap is how far apart two things may stand in a file that are read in one go.
	gap = 1 << 12
)

// window is a file of which some stretches are held: each was read in one go. What is
// not held is read from the file as it is asked for. A file far away answers every read
// after the time of a journey, so that few reads matter as much as few bytes.
type window struct {
	file io.ReaderAt
	size int64
	held []heldBytes
}

// heldBytes are the bytes of a file from an offset on.
type heldBytes struct {
	offset int64
	bytes  []byte
}

// between is a stretch of a file.
type between struct{ offset, end int64 }

func (h heldBytes) end() int64 { return h.offset + int64(len(h.bytes)) }

// ReadAt serves parquet-go.
func (w *window) ReadAt(p []byte, offset int64) (int, error) {
	for _, h := range w.held {
		if h.offset <= offset && offset+int64(len(p)) <= h.end() {
			return copy(p, h.bytes[offset-h.offset:]), nil
		}
	}
	return w.file.ReadAt(p, offset)
}

// fetch holds what stands from an offset to an end, in one read of what is missing
// before the stretch that holds the rest, if any.
func (w *window) fetch(offset, end int64) error {
	if offset < 0 || end > w.size || offset > end {
		return w.outside(between{offset, end})
	}
	var rest []byte
	missing := end
	for _, h := range w.held {
		if h.offset <= offset && end <= h.end() {
			return nil
		}
		if h.offset <= end && end <= h.end() && h.offset < missing {
			missing, rest = h.offset, h.bytes
		}
	}
	bytes := make([]byte, missing-offset, missing-offset+int64(len(rest)))
	if _, err := w.file.ReadAt(bytes, offset); err != nil {
		return unexpected(err)
	}
	w.held = append(w.held, heldBytes{offset, append(bytes, rest...)})
	return nil
}

// fetchBoth holds two stretches, of which the first stands before the second: in one
// read if they are close.
func (w *window) fetchBoth(first, second between) error {
	if second.offset-first.end <= gap {
		return w.fetch(first.offset, second.end)
	}
	if err := w.fetch(first.offset, first.end); err != nil {
		return err
	}
	return w.fetch(second.offset, second.end)
}

// readsAtOnce is how many stretches are read at once.
const readsAtOnce = 8

// fetchAll holds stretches in any order: those that are close in one read, the others
// several at once.
func (w *window) fetchAll(all []between) error {
	slices.SortFunc(all, func(a, b between) int { return cmp.Compare(a.offset, b.offset) })
	var apart []between
	for _, s := range all {
		if s.offset < 0 || s.end > w.size || s.offset > s.end {
			return w.outside(s)
		}
		if last := len(apart) - 1; last >= 0 && s.offset-apart[last].end <= gap {
			apart[last].end = max(apart[last].end, s.end)
		} else if !w.holds(s) {
			apart = append(apart, s)
		}
	}
	if len(apart) == 1 {
		return w.fetch(apart[0].offset, apart[0].end)
	}
	read := make([]heldBytes, len(apart))
	work := pool.New().WithMaxGoroutines(readsAtOnce).WithErrors().WithFirstError()
	for i, s := range apart {
		work.Go(func() error {
			read[i] = heldBytes{s.offset, make([]byte, s.end-s.offset)}
			_, err := w.file.ReadAt(read[i].bytes, s.offset)
			return unexpected(err)
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	w.held = append(w.held, read...)
	return nil
}

func (w *window) holds(s between) bool {
	return slices.ContainsFunc(w.held, func(h heldBytes) bool { return h.offset <= s.offset && s.end <= h.end() })
}

func (w *window) outside(s between) error {
	return fmt.Errorf("it refers to its bytes %d to %d, of %d", s.offset, s.end, w.size)
}

// openWindow holds the end of a file, with the whole footer.
func openWindow(file io.ReaderAt, size int64) (*window, error) {
	const trailer = 8 // the size of the footer, and PAR1
	if size < trailer {
		return nil, io.ErrUnexpectedEOF
	}
	w := &window{file: file, size: size}
	if err := w.fetch(max(0, size-tailBytes), size); err != nil {
		return nil, err
	}
	tail := w.held[0].bytes
	footer := int64(binary.LittleEndian.Uint32(tail[len(tail)-trailer:]))
	return w, w.fetch(size-trailer-footer, size)
}
