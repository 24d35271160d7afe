package simulator

import "github.com/axisync/axisync/transform/recordid"

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// mintID returns the n-th 18-character id of an object. Different n give
// different ids.
func mintID(keyPrefix string, seed, n uint64) string {
	const (
		numbers = 62 * 62 * 62 * 62 * 62 * 62
		step    = 305_175_781 // has no divisor in common with numbers
	)
	body := []byte(keyPrefix + "5g0000" + "000000")
	code := (n%numbers*step + seed%numbers) % numbers
	for i := len(body) - 1; code > 0; i-- {
		body[i] = base62[code%62]
		code /= 62
	}
	return recordid.Full(string(body))
}
