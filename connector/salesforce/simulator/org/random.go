package org

import "math/bits"

// mix hashes two words into one: the 128-bit product of the words, folded, as
// wyhash does it.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^0xa0761d6478bd642f, b^0xe7037ed1a0b428db)
	return hi ^ lo
}

// random is a stream of pseudo-random numbers (SplitMix64).
type random uint64

// next returns 64 random bits.
func (r *random) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number in [0, n).
func (r *random) below(n int) int {
	hi, _ := bits.Mul64(r.next(), uint64(n))
	return int(hi)
}

// chance is true perMille times in a thousand.
func (r *random) chance(perMille int) bool { return r.below(1000) < perMille }

// of returns one of the words.
func (r *random) of(words []string) string { return words[r.below(len(words))] }
