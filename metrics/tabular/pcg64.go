package tabular

import "math/bits"

// pcg64 is the generator behind NumPy's default_rng: PCG XSL RR 128/64 (O'Neill 2014), seeded through NumPy's SeedSequence.
// The rows of a subsample come from it, not from euryale/rng, so that anyone can draw the same rows in Python.
type pcg64 struct {
	high, low                uint64 // state
	incrementHigh, increment uint64
	spare                    uint32 // upper half of the last word, when only its lower half was used
	hasSpare                 bool
}

// newPCG64 returns the generator of numpy.random.default_rng(seed).
func newPCG64(seed uint64) *pcg64 {
	w := seedWords(seed)
	g := &pcg64{incrementHigh: w[2]<<1 | w[3]>>63, increment: w[3]<<1 | 1}
	g.step()
	var carry uint64
	g.low, carry = bits.Add64(g.low, w[1], 0)
	g.high, _ = bits.Add64(g.high, w[0], carry)
	g.step()
	return g
}

// seedWords is SeedSequence(seed).generate_state(4, uint64).
func seedWords(seed uint64) [4]uint64 {
	const mixLeft, mixRight = 0xca01f9dd, 0x4973f715
	constant := uint32(0x43b0d7e5)
	hash := func(v, multiplier uint32) uint32 {
		v ^= constant
		constant *= multiplier
		v *= constant
		return v ^ v>>16
	}
	const first, second = 0x931e8875, 0x58f38ded // multipliers of mixing in and of drawing out
	pool := [4]uint32{uint32(seed), uint32(seed >> 32)}
	for i, v := range pool {
		pool[i] = hash(v, first)
	}
	for from := range pool {
		for to := range pool {
			if from != to {
				mixed := mixLeft*pool[to] - mixRight*hash(pool[from], first)
				pool[to] = mixed ^ mixed>>16
			}
		}
	}
	constant = 0x8b51f9dd
	var words [4]uint64
	for i := range words {
		low := hash(pool[2*i%4], second)
		words[i] = uint64(hash(pool[(2*i+1)%4], second))<<32 | uint64(low)
	}
	return words
}

func (g *pcg64) step() {
	const multiplierHigh, multiplier = 0x2360ed051fc65da4, 0x4385df649fccf645
	high, low := bits.Mul64(g.low, multiplier)
	high += g.high*multiplier + g.low*multiplierHigh
	var carry uint64
	g.low, carry = bits.Add64(low, g.increment, 0)
	g.high, _ = bits.Add64(high, g.incrementHigh, carry)
}

func (g *pcg64) uint64() uint64 {
	g.step()
	return bits.RotateLeft64(g.high^g.low, -int(g.high>>58))
}

func (g *pcg64) uint32() uint32 {
	if g.hasSpare {
		g.hasSpare = false
		return g.spare
	}
	v := g.uint64()
	g.spare, g.hasSpare = uint32(v>>32), true
	return uint32(v)
}

// upTo returns an integer from 0 to most, by Lemire's method (2019).
func (g *pcg64) upTo(most int) int {
	if most == 0 {
		return 0
	}
	n := uint32(most) + 1
	product := uint64(g.uint32()) * uint64(n)
	if uint32(product) < n {
		for threshold := -n % n; uint32(product) < threshold; {
			product = uint64(g.uint32()) * uint64(n)
		}
	}
	return int(product >> 32)
}
