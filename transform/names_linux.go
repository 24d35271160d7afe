package transform

/*
#cgo LDFLAGS: -Wl,--wrap=duckdb_malloc
#include <stddef.h>
#include <string.h>

// The driver (duckdb-go-bindings since 0.10503, allocNames) takes memory for the
// names of a result's columns from duckdb_malloc and writes pointers into it from
// Go, as it is. While garbage is collected Go looks at what stood there before: what
// is left there and looks like a pointer to memory of Go ends the process ("found bad
// pointer in Go heap", "found pointer to free object"). cgo's rules ask for zeroed
// memory (pkg.go.dev/cmd/cgo, "avoid passing uninitialized C memory"). So every
// request of the driver's own is zeroed; DuckDB itself asks for its memory elsewhere.
void *__real_duckdb_malloc(size_t size);

void *__wrap_duckdb_malloc(size_t size) {
	void *memory = __real_duckdb_malloc(size);
	if (memory != NULL) {
		memset(memory, 0, size);
	}
	return memory;
}
*/
import "C"
