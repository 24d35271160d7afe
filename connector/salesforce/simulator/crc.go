package simulator

import "hash/crc32"

// joinCRC returns the CRC-32 (IEEE) of two pieces put together, from the CRC of
// each and the length of the second, as crc32_combine of zlib does: the first
// CRC is moved over the length of the second piece, by multiplying with x^(8n)
// modulo the polynomial.
func joinCRC(first, second uint32, secondLen int64) uint32 {
	power := uint32(1) << 31        // x^0
	square := uint32(1) << (31 - 8) // x^8
	for n := secondLen; n > 0; n >>= 1 {
		if n&1 == 1 {
			power = multiplyCRC(power, square)
		}
		square = multiplyCRC(square, square)
	}
	return multiplyCRC(power, first) ^ second
}

// multiplyCRC multiplies two polynomials modulo that of CRC-32. The highest bit
// is the coefficient of x^0.
func multiplyCRC(a, b uint32) uint32 {
	product := uint32(0)
	for bit := uint32(1) << 31; bit != 0; bit >>= 1 {
		if a&bit != 0 {
			product ^= b
		}
		if b&1 == 1 {
			b = b>>1 ^ crc32.IEEE
		} else {
			b >>= 1
		}
	}
	return product
}
