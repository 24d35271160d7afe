package transform

/*
#include <malloc.h>

// The C library has a heap for each thread that asks; DuckDB is called from
// whatever thread Go happens to be on, and every heap keeps what it was given
// back. One heap for all keeps a plan of a million accounts 60 MB smaller.
static void one_arena(void) {
#ifdef M_ARENA_MAX
	mallopt(M_ARENA_MAX, 1);
#endif
}
*/
import "C"

// useOneArena may be called at any time and more than once.
func useOneArena() { C.one_arena() }
