package gzip

import (
	"encoding/binary"
	"unsafe"
)

// What the fast loop does to memory, without checks: it knows that its positions
// are inside. Each is one instruction or two.

// load64 is the eight bytes from b[at] on.
func load64(b *byte, at int) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(unsafe.Pointer(b), at))[:])
}

// store16 writes two bytes from b[at] on.
func store16(b *byte, at int, v uint16) {
	binary.LittleEndian.PutUint16((*[2]byte)(unsafe.Add(unsafe.Pointer(b), at))[:], v)
}

// copy8 copies eight bytes that may overlap, as if all were read first.
func copy8(b *byte, to, from int) {
	*(*[8]byte)(unsafe.Add(unsafe.Pointer(b), to)) = *(*[8]byte)(unsafe.Add(unsafe.Pointer(b), from))
}

// copy16 likewise copies sixteen.
func copy16(b *byte, to, from int) {
	*(*[16]byte)(unsafe.Add(unsafe.Pointer(b), to)) = *(*[16]byte)(unsafe.Add(unsafe.Pointer(b), from))
}
