package diff

import (
	"math"
	"math/bits"

	"github.com/zeebo/xxh3"
)

// sketchBits is the number of bits of a hash that choose a register: 16,384 of them, of
// a byte each, whose standard error is 1.04 / sqrt(16384), or 0.8 in 100.
const sketchBits = 14

// sketch estimates how many different values there are in constant memory: HyperLogLog
// (Flajolet, Fusy, Gandouet & Meunier, 2007) with the estimator of Ertl ("New cardinality
// estimation algorithms for HyperLogLog sketches", 2017), which needs no tables of
// corrections.
type sketch struct {
	registers [1 << sketchBits]uint8
}

// add notes a value, which may be noted before.
func (s *sketch) add(value []byte) {
	hash := xxh3.Hash(value)
	register := hash >> (64 - sketchBits)
	rank := uint8(bits.LeadingZeros64(hash<<sketchBits|1<<(sketchBits-1))) + 1
	s.registers[register] = max(s.registers[register], rank)
}

// estimate is about how many different values were added.
func (s *sketch) estimate() int64 {
	const deepest = 64 - sketchBits
	var ranks [deepest + 2]float64
	for _, rank := range s.registers {
		ranks[rank]++
	}
	m := float64(len(s.registers))
	z := m * tau(1-ranks[deepest+1]/m)
	for k := deepest; k >= 1; k-- {
		z = 0.5 * (z + ranks[k])
	}
	z += m * sigma(ranks[0]/m)
	return int64(math.Round(m * m / (2 * math.Ln2 * z)))
}

// sigma corrects for the registers that nothing was noted in.
func sigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	y, z := 1.0, x
	for last := math.NaN(); z != last; {
		x *= x
		last = z
		z += x * y
		y += y
	}
	return z
}

// tau corrects for the registers that are full.
func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	y, z := 1.0, 1-x
	for last := math.NaN(); z != last; {
		x = math.Sqrt(x)
		last = z
		y *= 0.5
		z -= (1 - x) * (1 - x) * y
	}
	return z / 3
}
