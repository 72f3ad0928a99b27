package kernel

import "math/bits"

// Philox returns the four random words at an address: a step, a row of the step and a block of the row, under a key. Steps
// and rows have 48 bits; higher bits are ignored. It is Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random
// numbers: as easy as 1, 2, 3" (SC 2011).
func Philox(key [2]uint32, step, row uint64, block uint32) (w0, w1, w2, w3 uint32) {
	return philox(block, uint32(row), uint32(step), uint32(row>>32)&0xffff|uint32(step>>32)<<16, key[0], key[1])
}

const philoxRounds = 10

// The increments of the key after each round.
const weyl0, weyl1 = 0x9e3779b9, 0xbb67ae85

// philox is a bijection of the counter c for each key k. Its words are separate arguments so that they stay in registers.
func philox(c0, c1, c2, c3, k0, k1 uint32) (w0, w1, w2, w3 uint32) {
	for range philoxRounds {
		hi0, lo0 := bits.Mul32(0xd2511f53, c0)
		hi1, lo1 := bits.Mul32(0xcd9e8d57, c2)
		c0, c1, c2, c3 = hi1^c1^k0, lo1, hi0^c3^k1, lo0
		k0 += weyl0
		k1 += weyl1
	}
	return c0, c1, c2, c3
}
