package parquet_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks/parquet"
)

// indexTypes are those a dictionary may have here.
var indexTypes = []arrow.DataType{
	arrow.PrimitiveTypes.Uint8, arrow.PrimitiveTypes.Uint16, arrow.PrimitiveTypes.Uint32,
	arrow.PrimitiveTypes.Int8, arrow.PrimitiveTypes.Int16, arrow.PrimitiveTypes.Int32,
}

// dictionaryOf makes a dictionary array of cells. Its dictionary begins with a
// value that no cell has, has the first used value twice, both used, and a null
// that stands for every other null cell.
func dictionaryOf(t testing.TB, column []*string, index arrow.DataType) arrow.Array {
	t.Helper()
	values, indexes := array.NewStringBuilder(memory.DefaultAllocator), array.NewInt32Builder(memory.DefaultAllocator)
	defer values.Release()
	defer indexes.Release()
	values.Append("a value that no cell has")
	values.AppendNull()
	places, twice := map[string][]int32{}, false
	for i, cell := range column {
		switch {
		case cell == nil && i%2 == 0:
			indexes.AppendNull()
		case cell == nil:
			indexes.Append(1)
		default:
			if places[*cell] == nil {
				for range map[bool]int{true: 1, false: 2}[twice] {
					places[*cell] = append(places[*cell], int32(values.Len()))
					values.Append(*cell)
				}
				twice = true
			}
			indexes.Append(places[*cell][i%len(places[*cell])])
		}
	}
	dictionary, wide := values.NewArray(), indexes.NewArray()
	defer dictionary.Release()
	defer wide.Release()
	narrow := indexArray(t, wide.(*array.Int32), index)
	defer narrow.Release()
	return array.NewDictionaryArray(&arrow.DictionaryType{IndexType: index, ValueType: arrow.BinaryTypes.String}, narrow, dictionary)
}

// indexArray is an array of another integer type.
func indexArray(t testing.TB, a *array.Int32, to arrow.DataType) arrow.Array {
	t.Helper()
	b := array.NewBuilder(memory.DefaultAllocator, to)
	defer b.Release()
	for i := range a.Len() {
		if err := b.AppendValueFromString(a.ValueStr(i)); err != nil {
			t.Fatal(err)
		}
	}
	return b.NewArray()
}

// coded turns the columns of a batch that which names into dictionaries with
// indexes of the given type, of a slice of a longer array.
func coded(t testing.TB, b arrow.RecordBatch, rows cells, index arrow.DataType, which func(column int) bool) arrow.RecordBatch {
	t.Helper()
	columns := make([]arrow.Array, b.NumCols())
	fields := b.Schema().Fields()
	for i := range columns {
		columns[i] = b.Column(i)
		if !which(i) {
			continue
		}
		column := []*string{nil, rows[0][i], nil} // sliced off again
		for _, row := range rows {
			column = append(column, row[i])
		}
		whole := dictionaryOf(t, column, index)
		columns[i] = array.NewSlice(whole, 3, int64(len(column)))
		whole.Release()
		defer columns[i].Release()
		fields[i].Type = columns[i].DataType()
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), columns, b.NumRows())
}

// arrivals are the ways the same rows may arrive.
var arrivals = map[string]func(batch, column int) bool{
	"plain":       func(int, int) bool { return false },
	"dictionary":  func(int, int) bool { return true },
	"mixed":       func(batch, column int) bool { return (batch+column)%2 == 0 },
	"plain first": func(batch, _ int) bool { return batch > 3 },
	"coded first": func(batch, _ int) bool { return batch < 3 },
}

// reference writes rows without any code: that what is written is the same with
// them is what these tests are for.
func reference(t *testing.T, schema *arrow.Schema, rows cells, options parquet.TableOptions) (map[string]string, parquet.TableManifest) {
	t.Helper()
	return written(t, schema, rows, options, func(table *parquet.Table) {
		table.KeepPlain()
		fill(t, table, schema, rows, 2048)
	})
}

// arrive writes rows as they are said to arrive; held are the bytes that are kept
// in memory.
func arrive(t *testing.T, schema *arrow.Schema, rows cells, options parquet.TableOptions, size, held int, index arrow.DataType, which func(batch, column int) bool) (map[string]string, parquet.TableManifest) {
	t.Helper()
	return written(t, schema, rows, options, func(table *parquet.Table) {
		table.SetHeld(held)
		n := 0
		for part := range slices.Chunk(rows, size) {
			plain := batch(schema, part)
			b := coded(t, plain, part, index, func(column int) bool { return which(n, column) })
			if err := table.Append(b); err != nil {
				t.Fatal(err)
			}
			b.Release()
			plain.Release()
			n++
		}
		if c := table.Coded(); c == 0 || c == schema.NumFields() {
			t.Errorf("%d of %d columns are kept as codes, want some", c, schema.NumFields())
		}
	})
}

// written gives the files of the table that appended fills, without the manifest,
// and the manifest's view of the table.
func written(t *testing.T, schema *arrow.Schema, rows cells, options parquet.TableOptions, appended func(*parquet.Table)) (map[string]string, parquet.TableManifest) {
	t.Helper()
	dir := t.TempDir()
	s := create(t, dir)
	table, err := s.Table("t", schema, options)
	if err != nil {
		t.Fatal(err)
	}
	table.SetDepths(func(n int64) int {
		if n == int64(len(rows)) && n > 0 {
			return 2
		}
		return int(n % 5) // what is expected is wrong
	})
	appended(table)
	r := commit(t, s, dir, table)
	found := files(t, dir)
	delete(found, "/manifest.json")
	return found, r.Manifest().Tables["t"]
}

// repetitive are rows whose columns repeat more and less: a few texts, one of
// them empty and one longer than a varint byte; more than a byte of codes; more
// than codes are kept for, in a column that repeats at first; all null; one text
// throughout; and a typed-looking number.
func repetitive(n int) (*arrow.Schema, cells) {
	schema := textSchema("Id", "few?", "hundreds?", "crossing?", "null?", "one", "number?")
	few := []*string{text(""), nil, text("Retail"), text("a\x00"), text(strings.Repeat("long ", 60)), text("a")}
	var rows cells
	for i := range n {
		crossing := text(fmt.Sprint("v", i%7))
		if i > n/3 {
			crossing = text(fmt.Sprint("unlike", i*7919%n))
		}
		row := []*string{text(fmt.Sprintf("%06d", i*7919%n)), few[i%len(few)], text(fmt.Sprint("h", i*31%700)), crossing, nil, text("one"), text(fmt.Sprint(i % 50))}
		if i%11 == 0 {
			row[2], row[3], row[6] = nil, nil, text("x")
		}
		rows = append(rows, row)
	}
	return schema, rows
}

// TestBytesDoNotTellHowCellsCame: plain, as dictionaries of any index, in turns,
// in any order and batches, kept in memory or scattered early.
func TestBytesDoNotTellHowCellsCame(t *testing.T) {
	t.Parallel()
	schema, rows := repetitive(16_000)
	options := parquet.TableOptions{Key: []string{"Id"}}
	want, table := reference(t, schema, rows, options)
	random := rand.New(rand.NewPCG(1, 2))
	turn := 0
	for name, which := range arrivals {
		for _, held := range []int{1000, 200_000} {
			given := slices.Clone(rows)
			random.Shuffle(len(given), func(i, j int) { given[i], given[j] = given[j], given[i] })
			index, size := indexTypes[1:][turn%(len(indexTypes)-1)], []int{1500, 120}[turn%2]
			if index.ID() == arrow.INT8 {
				size = 100
			}
			turn++
			options.Rows = int64(turn)
			got, as := arrive(t, schema, given, options, size, held, index, which)
			if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(as, table) || len(want) != 4 {
				t.Errorf("%s, held %d, %s indexes, batches of %d: other bytes, or another digest than %s: %s", name, held, index, size, table.Digest, as.Digest)
			}
		}
	}
}

// TestCodesComeBack reads what came as dictionaries.
func TestCodesComeBack(t *testing.T) {
	t.Parallel()
	schema, rows := repetitive(900)
	for _, index := range indexTypes {
		dir := t.TempDir()
		s := create(t, dir)
		table, err := s.Table("t", schema, parquet.TableOptions{Key: []string{"Id"}})
		if err != nil {
			t.Fatal(err)
		}
		for part := range slices.Chunk(rows, 100) {
			plain := batch(schema, part)
			b := coded(t, plain, part, index, func(int) bool { return true })
			if err := table.Append(b); err != nil {
				t.Fatal(err)
			}
			b.Release()
			plain.Release()
		}
		if nulls := table.Nulls(); nulls["null"] != 900 || nulls["few"] != 150 || nulls["one"] != 0 {
			t.Errorf("%s: nulls are counted as %v", index, nulls)
		}
		same(t, inOrder(rows, 0), read(t, commit(t, s, dir, table), "t"))
	}
}

// TestTypedCodes: values and what does not fit, of texts that repeat.
func TestTypedCodes(t *testing.T) {
	t.Parallel()
	schema, few := typedRows()
	var rows cells
	for i := range 6000 {
		row := slices.Clone(few[i%len(few)])
		row[0] = text(fmt.Sprintf("%05d", i*7919%6000))
		rows = append(rows, row)
	}
	options := parquet.TableOptions{Key: []string{connector.AccountID}, Typed: true}
	want, table := reference(t, schema, rows, options)
	if len(table.Dirty) == 0 {
		t.Error("nothing is dirty")
	}
	for name, which := range arrivals {
		got, _ := arrive(t, schema, rows, options, 333, 5000, arrow.PrimitiveTypes.Uint16, which)
		for path, content := range got {
			if want[path] != content {
				t.Errorf("%s: %s has other bytes", name, path)
			}
		}
	}
}

// TestRowsAreSortedByCodedKeys: by ranks, also where two rows have the same key.
func TestRowsAreSortedByCodedKeys(t *testing.T) {
	t.Parallel()
	schema := textSchema("customer", "axis?", "v?")
	var rows cells
	for i := range 13_500 {
		axis := text(fmt.Sprint("axis ", (i%12+7*(i/4500%2))%12))
		if i%4500%12 == 3 {
			axis = nil
		}
		rows = append(rows, []*string{text(fmt.Sprint("customer number ", i%4500)), axis, text(fmt.Sprint(i*7%11, strings.Repeat("x", i%3)))})
	}
	options := parquet.TableOptions{Key: []string{"customer", "axis"}}
	want, table := reference(t, schema, rows, options)
	for name, which := range arrivals {
		slices.Reverse(rows)
		got, as := arrive(t, schema, rows, options, 900, 3000, arrow.PrimitiveTypes.Uint16, which)
		for path, content := range got {
			if want[path] != content {
				t.Errorf("%s: %s has other bytes", name, path)
			}
		}
		if as.Digest != table.Digest {
			t.Errorf("%s: digest %s, want %s", name, as.Digest, table.Digest)
		}
	}
}

// TestBadDictionariesAreTold: values of another type, indexes out of range,
// nulls that are not allowed.
func TestBadDictionariesAreTold(t *testing.T) {
	t.Parallel()
	schema := textSchema("Id", "v")
	numbers := arrayOfNumbers(t, 1, 2)
	texts := batch(schema, cells{{text("1"), text("a")}, {text("2"), text("b")}})
	holed := batch(textSchema("a?"), cells{{text("a")}, {nil}})
	for want, values := range map[string]struct {
		index  []int8
		values arrow.Array
	}{
		"want utf8 or a dictionary of utf8": {[]int8{0, 1}, numbers},
		"its dictionary of 2 values":        {[]int8{0, 2}, texts.Column(1)},
		"column 1 refers to a value":        {[]int8{-1, 0}, texts.Column(1)},
		"a null where the schema allows":    {[]int8{0, 1}, holed.Column(0)},
	} {
		b := array.NewInt8Builder(memory.DefaultAllocator)
		b.AppendValues(values.index, nil)
		column := array.NewDictionaryArray(&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: values.values.DataType()}, b.NewArray(), values.values)
		fields := []arrow.Field{schema.Field(0), {Name: "v", Type: column.DataType()}}
		s := create(t, t.TempDir())
		table, err := s.Table("t", schema, parquet.TableOptions{Key: []string{"Id"}})
		if err != nil {
			t.Fatal(err)
		}
		err = table.Append(array.NewRecordBatch(arrow.NewSchema(fields, nil), []arrow.Array{texts.Column(0), column}, 2))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func arrayOfNumbers(t *testing.T, numbers ...int32) arrow.Array {
	t.Helper()
	b := array.NewInt32Builder(memory.DefaultAllocator)
	b.AppendValues(numbers, nil)
	return b.NewArray()
}
