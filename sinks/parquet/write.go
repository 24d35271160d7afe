package parquet

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/apache/arrow-go/v18/arrow"
)

// Part is a part of a table that has been written.
type Part struct {
	// Index is the number of the part.
	Index int
	// Rows is how many rows it has.
	Rows int64
	// Keys are the ids of its rows in order, as utf8. They are valid during the call
	// only and not to be released.
	Keys arrow.Array
}

// Write writes the table, part by part, and tells each, which may be nil, of
// every part in order, from this goroutine. It is called once, after the last
// Append. After an error the snapshot can only be aborted.
func (t *Table) Write(ctx context.Context, each func(Part) error) error {
	if t.err == nil && t.written {
		return fmt.Errorf("table %s: it is written already", t.name)
	}
	if t.err == nil {
		t.err = t.write(ctx, each)
	}
	t.close()
	return t.err
}

func (t *Table) write(ctx context.Context, each func(Part) error) error {
	t.depth = t.depthOf(t.rows)
	if err := os.Mkdir(t.dir, dirMode); err != nil {
		return fmt.Errorf("table %s: %w", t.name, err)
	}
	if err := t.writeParts(ctx, each); err != nil {
		return err
	}
	if t.dirty != nil {
		if err := t.dirty.Write(ctx, nil); err != nil {
			return err
		}
	}
	t.written = true
	return nil
}

func (t *Table) writeParts(ctx context.Context, each func(Part) error) error {
	bucket := t.memory
	if bucket == nil {
		bucket = newRows(t.words)
	}
	if t.spill != nil || t.depth > 0 {
		if err := t.scatterRest(); err != nil {
			return err
		}
		bucket = newRows(t.words)
	}
	for i := range 1 << t.depth {
		if err := ctx.Err(); err != nil {
			return err
		}
		if t.spill != nil {
			bucket.reset()
			if err := t.spill.load(bucket, t.key[0], i, t.depth); err != nil {
				return fmt.Errorf("table %s: %w", t.name, err)
			}
		}
		if err := t.writePart(i, bucket, each); err != nil {
			return err
		}
	}
	return nil
}

// scatterRest scatters what is left in memory and frees it.
func (t *Table) scatterRest() error {
	if t.memory != nil {
		if err := t.scatter(); err != nil {
			return fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	t.batch = nil
	if t.spill == nil {
		return nil // there is no row
	}
	if err := t.spill.finish(); err != nil {
		return fmt.Errorf("table %s: %w", t.name, err)
	}
	return nil
}

func (t *Table) writePart(index int, r *rows, each func(Part) error) error {
	order := t.order.sort(r, t.key)
	p := &part{table: t, rows: r, order: order, dirty: func(row int32, column int, text []byte) error { return t.addDirty(r, row, column, text) }}
	file := File{Path: fmt.Sprintf("%s/part-%05d.parquet", t.name, index), Rows: int64(r.n)}
	sum := r.digest(t.columns)
	var err error
	if file.Bytes, file.SHA256, err = p.write(filepath.Join(t.dir, filepath.Base(file.Path))); err != nil {
		return fmt.Errorf("table %s: part %d cannot be written: %w", t.name, index, err)
	}
	file.Digest = sum.String()
	t.digest.add(sum)
	t.files = append(t.files, file)
	if each == nil {
		return nil
	}
	keys := arrayOf(&r.columns[t.key[0]], order)
	defer keys.Release()
	return each(Part{Index: index, Rows: int64(r.n), Keys: keys})
}

func (t *Table) addDirty(r *rows, row int32, column int, text []byte) error {
	t.adding.Lock()
	defer t.adding.Unlock()
	id, _ := r.columns[t.key[0]].at(int(row))
	t.dirtyCells[column]++
	return t.dirty.appendRow(id, []byte(t.columns[column].name), text)
}

// buffer is the buffer of the files, one after the other.
func (t *Table) buffer() *bufio.Writer {
	if t.output == nil {
		t.output = bufio.NewWriterSize(nil, writeBuffer)
	}
	return t.output
}

// close frees what the table holds; it may be called twice.
func (t *Table) close() {
	if t.spill != nil {
		_ = t.spill.close() // it was only read from since the last error was looked at
	}
	t.memory, t.batch, t.spill, t.order, t.output = nil, nil, nil, sorter{}, nil
	if t.dirty != nil {
		t.dirty.close()
	}
}

func (t *Table) manifest() TableManifest {
	m := TableManifest{Rows: t.rows, Depth: t.depth, Key: t.options.Key, Digest: t.digest.String(), Nulls: t.Nulls(), Files: t.files}
	for i, field := range t.schema.Fields() {
		m.Columns = append(m.Columns, Column{Name: field.Name, Type: t.columns[i].String(), Nullable: t.columns[i].nullable, Metadata: field.Metadata.ToMap()})
	}
	if t.dirty != nil {
		m.Dirty = map[string]int64{}
		for i, count := range t.dirtyCells {
			if count > 0 {
				m.Dirty[t.columns[i].name] = count
			}
		}
	}
	return m
}
