package connector

import (
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/arrow/memory/mallocator"
)

// Memory allocates the buffers of every batch that may be handed to DuckDB. It
// lives outside the Go heap, because DuckDB is C++ and may not be given pointers
// to Go memory that holds pointers (the cgo rules; GOEXPERIMENT=cgocheck2 aborts
// otherwise). Such buffers are freed by Release only: a batch that is not
// released leaks.
var Memory memory.Allocator = mallocator.NewMallocator()
