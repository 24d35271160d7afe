package org

import (
	"math/big"
	"strings"

	"github.com/axisync/axisync/transform/recordid"
)

const (
	base62   = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	codeLen  = 5
	codes    = 62 * 62 * 62 * 62 * 62 // how many codes of five characters there are
	bodyLen  = 15
	twinStep = 25 // one even index in so many has a twin
)

// instances are the characters 4 to 6 of an id, which name the server an account
// was created on; orgs that were migrated hold several. Characters 7 to 10 are
// zeros, 11 to 15 the counter. The bodies that consist of one letter case only
// come from the instances of one case: between 6 and 13 percent, as measured on
// real ids.
var instances = [8]string{"5g0", "5g0", "5g0", "1N0", "1N0", "500", "500", "Dp1"}

// idSpace turns the index of an account into its id and back. The counter is
// the index under a permutation, so that ids are scattered over their alphabet.
type idSpace struct{ mul, inverse, add, seed uint64 }

func newIDSpace(seed uint64) idSpace {
	r := random(mix(seed, 0x1d))
	s := idSpace{seed: seed, mul: 566201239 + 2*uint64(r.below(100_000)), add: uint64(r.below(codes))}
	for s.mul%31 == 0 { // together with being odd: no divisor in common with 62
		s.mul += 2
	}
	inverse := new(big.Int).ModInverse(new(big.Int).SetUint64(s.mul), big.NewInt(codes))
	s.inverse = inverse.Uint64()
	return s
}

// code is the place of an index in the permutation.
func (s idSpace) code(index uint64) uint64 { return (index*s.mul + s.add) % codes }

// appendID appends the 18-character id of an account.
//
// Two accounts in fifty are twins: their ids differ in the case of one letter,
// so that software which folds case takes one for the other.
func (s idSpace) appendID(dst []byte, index uint64) []byte {
	var body [bodyLen]byte
	twin := index/2%twinStep == 3
	root := index
	if twin {
		root &^= 1
	}
	h := mix(s.seed^0x1d5, root)
	copy(body[:], "001")
	copy(body[3:], instances[h%uint64(len(instances))])
	copy(body[6:], "0000")
	if twin {
		letter := 'a'
		if index&1 == 1 {
			letter = 'A'
		}
		body[6+h>>16%4] = byte(letter) + byte(h>>8%26)
	}
	code := s.code(root)
	for i := bodyLen - 1; i >= bodyLen-codeLen; i-- {
		body[i] = base62[code%62]
		code /= 62
	}
	dst = append(dst, body[:]...)
	return append(dst, recordid.Suffix(string(body[:]))...)
}

// candidates are the indexes that may have this id; whether they do is for the
// caller to see. id has at least fifteen characters.
func (s idSpace) candidates(id string) []uint64 {
	code := uint64(0)
	for i := bodyLen - codeLen; i < bodyLen; i++ {
		digit := strings.IndexByte(base62, id[i])
		if digit < 0 {
			return nil
		}
		code = code*62 + uint64(digit)
	}
	index := (code + codes - s.add) % codes * s.inverse % codes
	return []uint64{index, index + 1}
}

// newID makes an id of another object than Account: its key prefix, an
// instance and a number that follows from the seed.
func newID(keyPrefix string, seed uint64) string {
	var body [bodyLen]byte
	copy(body[:], keyPrefix+"5g0000")
	h := mix(seed, 0x0b1d)
	for i := 9; i < bodyLen; i++ {
		body[i] = base62[h%62]
		h /= 62
	}
	return recordid.Full(string(body[:]))
}
