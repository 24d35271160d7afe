package transform

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/axisync/axisync/connector"
)

// What lies in memory that DuckDB gave back, and looks like a pointer to memory of
// Go, is none of the collector's business: see names_linux.go. Without that this test
// ends its process.
func TestOldMemoryConfusesNoCollector(t *testing.T) {
	e, err := Open(t.Context(), Config{Dir: t.TempDir()}, Rules{Key: "Id"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	var done atomic.Bool
	collected := make(chan bool)
	go func() {
		for !done.Load() {
			runtime.GC()
		}
		close(collected)
	}()
	columns := make([]string, 24)
	for i := range columns {
		columns[i] = fmt.Sprintf("%d AS c%d", i, i)
	}
	query := "SELECT " + strings.Join(columns, ", ")
	for range 300 {
		leave(unallocated(), 8*len(columns))
		if err := e.emit(t.Context(), query, func(arrow.RecordBatch) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	done.Store(true)
	<-collected
}

// unallocated is an address in memory that Go has given up.
func unallocated() uintptr {
	block := make([]byte, 1<<20)
	at := uintptr(unsafe.Pointer(&block[0])) + 3
	runtime.KeepAlive(block)
	return at
}

// leave fills pieces of the C heap with an address and gives them back.
func leave(address uintptr, size int) {
	var pieces [][]byte
	for i := range 2048 {
		piece := connector.Memory.Allocate(size - 128 + i%40*8)
		for at := 0; at+8 <= len(piece); at += 8 {
			binary.LittleEndian.PutUint64(piece[at:], uint64(address))
		}
		pieces = append(pieces, piece)
	}
	for _, piece := range pieces {
		connector.Memory.Free(piece)
	}
}
