package parquet

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	pq "github.com/parquet-go/parquet-go"
	"github.com/sourcegraph/conc/pool"
)

const (
	// rowGroup is the most rows of a row group: twice what a part holds on average,
	// so that a part is one row group unless its bucket is out of proportion.
	rowGroup = 1 << 17
	// chunk is the most values that are handed to parquet-go at once.
	chunk = 512
	// writeBuffer is how much of a file is kept before it is written.
	writeBuffer = 1 << 18
)

// part is one part of a table on its way to disk.
type part struct {
	table  *Table
	rows   *rows
	order  []int32
	writer *pq.GenericWriter[any]
	dirty  func(row int32, column int, text []byte) error // may be called by several goroutines

	layouts []layout // by column
}

// write writes the rows in their order to path, durably, and gives the size and
// the SHA-256 of the file.
func (p *part) write(path string) (size int64, sum string, err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return 0, "", err
	}
	defer func() {
		if closeErr := file.Close(); err == nil {
			err = closeErr
		}
	}()
	hash := sha256.New()
	counted := &counter{}
	buffer := p.table.buffer()
	buffer.Reset(io.MultiWriter(file, hash, counted))
	if err := p.writeTo(buffer); err != nil {
		return 0, "", err
	}
	if err := buffer.Flush(); err != nil {
		return 0, "", err
	}
	return counted.bytes, hex.EncodeToString(hash.Sum(nil)), file.Sync()
}

func (p *part) writeTo(output io.Writer) error {
	p.writer = pq.NewGenericWriter[any](output, p.options()...)
	defer func() {
		for _, l := range p.layouts {
			if l.dictionary != nil {
				l.dictionary.free()
			}
		}
	}()
	for from := 0; from < len(p.order); from += rowGroup {
		if err := p.writeRowGroup(p.order[from:min(from+rowGroup, len(p.order))]); err != nil {
			return err
		}
	}
	return p.writer.Close()
}

// options: whatever is not fixed here would make the bytes depend on the version
// of a default.
func (p *part) options() []pq.WriterOption {
	t := p.table
	p.layouts = make([]layout, len(t.columns))
	options := []pq.WriterOption{
		pq.CreatedBy("axisync", "", ""), pq.Compression(pageCodec), pq.DataPageVersion(2), pq.DataPageStatistics(false),
		pq.PageBufferSize(pageBytes), pq.WriteBufferSize(0),
	}
	for i := range t.columns {
		p.layouts[i] = p.layoutOf(i)
		if t.columns[i].kind == kindDecimal || p.layouts[i].long {
			options = append(options, pq.SkipPageBounds(t.columns[i].name))
		}
	}
	var sorting []pq.SortingColumn
	for _, i := range t.key {
		sorting = append(sorting, pq.Ascending(t.columns[i].name))
	}
	options = append(options, p.filters()...)
	return append(options, schemaOf(t.name, t.columns, p.layouts), pq.SortingWriterConfig(pq.SortingColumns(sorting...)))
}

// writeRowGroup writes two columns at a time: they have nothing in common until
// Flush puts their pages one after the other.
func (p *part) writeRowGroup(order []int32) error {
	workers := pool.New().WithErrors().WithMaxGoroutines(2)
	for i, writer := range p.writer.ColumnWriters() {
		workers.Go(func() error {
			if err := p.writeColumn(writer, i, order); err != nil {
				return fmt.Errorf("column %q: %w", p.table.columns[i].name, err)
			}
			return nil
		})
	}
	if err := workers.Wait(); err != nil {
		return err
	}
	return p.writer.Flush()
}

// writeColumn hands the cells of one column over and frees the page buffers of
// its writer.
func (p *part) writeColumn(writer *pq.ColumnWriter, i int, order []int32) error {
	var values [chunk]pq.Value
	layout := p.layouts[i]
	encoder := newEncoder(&p.table.columns[i], func(row int32, text []byte) error { return p.dirty(row, i, text) })
	encode := encoder.encode
	if p.rows.columns[i].coded {
		encode = encoder.codes(p.table.words[i], layout.dictionary != nil).encode
	}
	rows := 0 // of the page
	for from := 0; from < len(order); from += layout.step {
		which := order[from:min(from+layout.step, len(order))]
		if err := encode(values[:len(which)], &p.rows.columns[i], which); err != nil {
			return err
		}
		if _, err := writer.WriteRowValues(values[:len(which)]); err != nil {
			return err
		}
		if rows += len(which); layout.rows > 0 && rows >= layout.rows {
			rows = 0
			if err := writer.Flush(); err != nil {
				return err
			}
		}
	}
	return writer.Flush()
}

// counter counts the bytes written to it.
type counter struct{ bytes int64 }

func (c *counter) Write(b []byte) (int, error) {
	c.bytes += int64(len(b))
	return len(b), nil
}
