//go:build !purego

package kernel

import (
	"fmt"
	"testing"
)

// Philox is run backwards to get words that random addresses practically never give.
func TestNormalAssemblyAtEdgeWords(t *testing.T) {
	key := [2]uint32{0xdeadbeef, 0x00c0ffee}
	onEveryPath(t, func(t *testing.T) {
		if active == levelGeneric {
			t.Skip("has no assembly")
		}
		for _, a := range edgeWords {
			for _, b := range edgeWords {
				c0, c1, c2, c3 := philoxInverse(a, b, b, a, key[0], key[1])
				if w0, w1, w2, w3 := philox(c0, c1, c2, c3, key[0], key[1]); [4]uint32{w0, w1, w2, w3} != [4]uint32{a, b, b, a} {
					t.Fatalf("philoxInverse is wrong: %x %x %x %x", w0, w1, w2, w3)
				}
				c := newNormalCounter(key, uint64(c2)|uint64(c3>>16)<<32, uint64(c1)|uint64(c3&0xffff)<<32)
				c.block = uint64(c0)
				var got [4 * 16]float32
				z0, z1 := boxMuller(a, b)
				z2, z3 := boxMuller(b, a)
				c.write(&got[0], 4, 1)
				sameBits(t, fmt.Sprintf("words %#x, %#x", a, b), got[:4], []float32{z0, z1, z2, z3})
				c.write(&got[0], 2, 1)
				sameBits(t, fmt.Sprintf("pair %#x, %#x", a, b), got[:2], []float32{z0, z1})
			}
		}
	})
}

func philoxInverse(w0, w1, w2, w3, k0, k1 uint32) (c0, c1, c2, c3 uint32) {
	// The inverse of an odd number mod 2³²; each step doubles the correct bits, of which x itself has three.
	inverse := func(x uint32) uint32 {
		y := x
		for range 4 {
			y *= 2 - x*y
		}
		return y
	}
	const m0, m1 = 0xd2511f53, 0xcd9e8d57
	for round := philoxRounds - 1; round >= 0; round-- {
		q0, q1 := k0+uint32(round)*weyl0, k1+uint32(round)*weyl1
		c0, c2 := w3*inverse(m0), w1*inverse(m1)
		c1 := w0 ^ uint32(uint64(m1)*uint64(c2)>>32) ^ q0
		c3 := w2 ^ uint32(uint64(m0)*uint64(c0)>>32) ^ q1
		w0, w1, w2, w3 = c0, c1, c2, c3
	}
	return w0, w1, w2, w3
}
