package sinks

import (
	"math/bits"

	"github.com/cespare/xxhash/v2"
)

// HashName is the name of the hash that places ids into buckets, as it stands
// in manifests.
const HashName = "xxh64"

// Hash is the 64-bit xxHash (seed 0) of an id.
func Hash(id string) uint64 { return xxhash.Sum64String(id) }

// Bucket is the bucket of a hash among 1<<depth: its top bits, so that halving
// the number of buckets joins neighbours.
func Bucket(hash uint64, depth int) int {
	return int(hash >> (64 - depth)) // a shift by 64 is 0
}

// rowsPerBucket is what one bucket holds at most on average: it is loaded and
// sorted in memory as a whole.
const rowsPerBucket = 1 << 16

// Depth is the depth at which rows fall into buckets of at most rowsPerBucket,
// at most 10 (1024 buckets).
func Depth(rows int64) int {
	if rows <= rowsPerBucket {
		return 0
	}
	return min(10, bits.Len64(uint64(rows-1)/rowsPerBucket))
}
