package parquet_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/axisync/axisync/sinks/parquet"
)

// A reader may be pulled on another thread than it was made on, as DuckDB does: a
// coroutine would end the process there. It may be released in the middle.
func TestReadOnAnotherThread(t *testing.T) {
	t.Parallel()
	schema := textSchema("id", "value?")
	var want cells
	for i := range 20_000 {
		want = append(want, []*string{text(fmt.Sprintf("C-%05d", i)), nil})
	}
	snapshot := write(t, t.TempDir(), schema, parquet.TableOptions{Key: []string{"id"}}, want, 1000)
	for _, batches := range []int{1, 1 << 20} {
		reader, err := snapshot.Read("t")
		if err != nil {
			t.Fatal(err)
		}
		counted := make(chan int)
		go func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			rows := 0
			for ; batches > 0 && reader.Next(); batches-- {
				rows += int(reader.RecordBatch().NumRows())
			}
			counted <- rows
		}()
		rows := <-counted
		reader.Release()
		if batches > 1 && rows != len(want) || rows == 0 || reader.Err() != nil {
			t.Errorf("%d rows were read, %v", rows, reader.Err())
		}
	}
}
