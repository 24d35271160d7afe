package parquet

import (
	"bufio"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/axisync/axisync/sinks"
)

const (
	// held is how many bytes of rows are kept in memory before they are scattered,
	// and then how many are kept scattered before they are put on disk.
	held = 4 << 20
	// unknownDepth is the depth at which rows are scattered when nobody knows how
	// many there will be. Neighbours are joined when the table is written, so it may
	// be deeper than it turns out to need.
	unknownDepth = 6
)

// TableOptions say how a table is kept.
type TableOptions struct {
	// Key are the columns by which the rows of a part are sorted, bytewise. The
	// first is the id whose sinks.Hash places the row.
	Key []string
	// IDs are the other columns that hold ids by which rows are looked up: they, and
	// the first of the key, get bloom filters.
	IDs []string
	// Rows is how many rows are expected; 0 if that is not known. A wrong guess
	// costs time or memory, and changes nothing in the files.
	Rows int64
	// Typed says that the columns carry the metadata of connector.AccountSchema and
	// are to be written with the types of describe. A text that does not fit its
	// type is null in the table and stands in the table with _dirty to its name.
	Typed bool
}

// Table is a table of a snapshot that is being written. It is used by one
// goroutine at a time; different tables may be used at the same time.
type Table struct {
	name    string
	dir     string
	schema  *arrow.Schema
	columns []column
	key     []int
	options TableOptions
	depthOf func(rows int64) int

	words  []*vocabulary // by column
	held   int           // bytes of memory at which rows are scattered
	memory *rows         // rows that are not scattered yet
	spill  *spill        // nil until memory was full once
	batch  *rows         // the batch that is being scattered
	order  sorter
	output *bufio.Writer // of the part that is being written
	dirty  *Table        // nil if the table is not typed
	adding sync.Mutex    // guards dirty and dirtyCells while columns are written

	rows       int64
	nulls      []int64
	dirtyCells []int64
	depth      int
	files      []File
	digest     digest
	written    bool
	err        error // the first failure; everything after it fails too
}

func newTable(name string, schema *arrow.Schema, options TableOptions) (*Table, error) {
	if strings.HasPrefix(name, ".") || name == ManifestName || filepath.Base(name) != name || !filepath.IsLocal(name) {
		return nil, errors.New("this is no name for a table")
	}
	t := &Table{name: name, schema: schema, options: options, depthOf: sinks.Depth, held: held,
		nulls: make([]int64, schema.NumFields()), dirtyCells: make([]int64, schema.NumFields())}
	seen := map[string]bool{}
	for _, field := range schema.Fields() {
		if field.Type.ID() != arrow.STRING {
			return nil, fmt.Errorf("column %q is %s, want utf8", field.Name, field.Type)
		}
		if seen[field.Name] {
			return nil, fmt.Errorf("two columns have the name %q", field.Name)
		}
		seen[field.Name] = true
		t.columns = append(t.columns, newColumn(field, options.Typed && !slices.Contains(options.Key, field.Name)))
	}
	for _, column := range options.Key {
		index := schema.FieldIndices(column)
		if len(index) == 0 {
			return nil, fmt.Errorf("there is no column %q to sort by", column)
		}
		t.key = append(t.key, index[0])
	}
	if len(t.key) == 0 {
		return nil, errors.New("no column is given to sort by")
	}
	for _, column := range options.IDs {
		if !seen[column] {
			return nil, fmt.Errorf("there is no column %q of ids", column)
		}
	}
	t.words = vocabularies(t.columns)
	return t, nil
}

// lookedUp reports whether rows are looked up by a column.
func (t *Table) lookedUp(column int) bool {
	return column == t.key[0] || slices.Contains(t.options.IDs, t.columns[column].name)
}

// Rows is the number of rows appended so far.
func (t *Table) Rows() int64 { return t.rows }

// Nulls counts the empty cells of every column appended so far.
func (t *Table) Nulls() map[string]int64 {
	nulls := make(map[string]int64, len(t.columns))
	for i := range t.columns {
		nulls[t.columns[i].name] = t.nulls[i]
	}
	return nulls
}

// Append adds the rows of a batch, in any order. Its columns stand in the order
// of the schema of the table; their names do not matter. A column is utf8, or a
// dictionary of utf8 with indexes of any integer type, where null indexes and
// indexes of null values are null cells; the next batch may have the other. What
// is written is the same, at a lower price where texts repeat. The batch is not
// retained. After an error the table cannot be used any more.
func (t *Table) Append(batch arrow.RecordBatch) error {
	if t.err == nil {
		t.err = t.append(batch)
	}
	return t.err
}

func (t *Table) append(batch arrow.RecordBatch) error {
	if t.written {
		return fmt.Errorf("table %s: it is written already", t.name)
	}
	if int(batch.NumCols()) != len(t.columns) {
		return fmt.Errorf("table %s: a batch has %d columns, want %d", t.name, batch.NumCols(), len(t.columns))
	}
	for i := range t.columns {
		if !isText(batch.Column(i).DataType()) {
			return fmt.Errorf("table %s: column %d is %s, want utf8 or a dictionary of utf8", t.name, i, batch.Column(i).DataType())
		}
		nulls := nullsOf(batch.Column(i))
		if nulls > 0 && !t.schema.Field(i).Nullable {
			return fmt.Errorf("table %s: column %q has a null where the schema allows none", t.name, t.columns[i].name)
		}
		t.nulls[i] += int64(nulls)
	}
	if err := t.add(batch); err != nil {
		return fmt.Errorf("table %s: %w", t.name, err)
	}
	t.rows += batch.NumRows()
	return nil
}

// add keeps the rows of a batch: in memory, and scattered once that was full.
func (t *Table) add(batch arrow.RecordBatch) error {
	if t.spill != nil {
		if t.batch == nil {
			t.batch = newRows(t.words)
		}
		if err := t.batch.view(batch); err != nil {
			return err
		}
		return t.spill.scatter(t.batch, t.key[0])
	}
	if t.memory == nil {
		t.memory = newRows(t.words)
	}
	if err := t.memory.appendBatch(batch); err != nil {
		return err
	}
	return t.relieve()
}

// appendRow adds one row.
func (t *Table) appendRow(cells ...[]byte) error {
	if t.memory == nil {
		t.memory = newRows(t.words)
	}
	for i, cell := range cells {
		if err := t.memory.columns[i].appendCell(cell, true); err != nil {
			return fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	t.memory.n++
	t.rows++
	if err := t.relieve(); err != nil {
		return fmt.Errorf("table %s: %w", t.name, err)
	}
	return nil
}

// relieve scatters the rows in memory when they are many.
func (t *Table) relieve() error {
	if t.memory.size() < t.held {
		return nil
	}
	return t.scatter()
}

// scatter scatters the rows in memory and frees them.
func (t *Table) scatter() error {
	if t.spill == nil {
		s, err := newSpill(filepath.Dir(t.dir), t.scatterDepth(), len(t.columns), t.held)
		if err != nil {
			return err
		}
		t.spill = s
	}
	err := t.spill.scatter(t.memory, t.key[0])
	t.memory = nil
	return err
}

// scatterDepth is the depth for the rows that are expected.
func (t *Table) scatterDepth() int {
	if t.options.Rows <= 0 {
		return unknownDepth
	}
	return t.depthOf(t.options.Rows)
}
