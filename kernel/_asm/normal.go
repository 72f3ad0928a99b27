package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func (s *isa) normal() {
	s.normalBlocks("normalPairs", 2)
	s.normalBlocks("normalQuads", 4)
}

// normalBlocks writes the first 2 or all 4 numbers of consecutive blocks, a vector of blocks at a time; c points to a
// kernel.normalCounter. Words have 32 bits, but the products of Philox have 64: its state is in the low halves of 64-bit
// lanes (the high halves may hold anything), with one set of registers for the even lanes' blocks and one for the odd.
func (s *isa) normalBlocks(name string, numbers int) {
	const (
		block     = 0
		row       = 8
		blockStep = 16
		rowStep   = 24
		step      = 32
		stepHigh  = 36
		keys      = 40
	)
	// Blocks are assigned to lanes so that interleaving within groups of four lanes, at the end, puts the numbers in memory
	// order.
	groups := s.width / 4
	odd := map[int]int{2: 1, 4: groups}[numbers] // from an even lane's block to its neighbor's
	lanes := GLOBL(name+"Lanes"+s.suffix, 8|16)
	for g := range groups {
		if numbers == 2 {
			DATA(16*g, U64(2*g))
			DATA(16*g+8, U64(2*groups+2*g))
		} else {
			DATA(16*g, U64(g))
			DATA(16*g+8, U64(2*groups+g))
		}
	}

	TEXT(name+s.suffix, 4, "func(dst *float32, c *byte, vectors int)")
	dst, c, vectors := Load(Param("dst"), GP64()), Load(Param("c"), GP64()), Load(Param("vectors"), GP64())
	field := func(offset int) Mem { return Mem{Base: c, Disp: offset} }
	if s.masks {
		ones := GP32()
		MOVL(U32(0xaaaa), ones)
		KMOVW(ones, reg.K1)
	}
	blocks, rows := s.new(), s.new() // of the even lanes
	for i, v := range []reg.VecVirtual{blocks, rows} {
		first := s.new()
		VPBROADCASTQ(field(blockStep+8*i), v)
		VPMULUDQ(lanes, v, v)
		VPBROADCASTQ(field(block+8*i), first)
		VPADDQ(first, v, v)
	}

	Label("vector")
	var even, odds [4]reg.VecVirtual
	distance := s.new()
	for i, v := range []reg.VecVirtual{blocks, rows} {
		even[i], odds[i] = s.new(), s.new()
		VMOVAPS(v, even[i])
		VPBROADCASTQ(field(blockStep+8*i), distance)
		VPSLLQ(U8(log2(odd)), distance, odds[i])
		VPADDQ(v, odds[i], odds[i])
		VPSLLQ(U8(log2(s.width)), distance, distance)
		VPADDQ(distance, v, v)
	}
	high := s.new()
	VPBROADCASTD(field(stepHigh), high)
	for _, w := range []*[4]reg.VecVirtual{&even, &odds} {
		w[2], w[3] = s.new(), s.new()
		VPBROADCASTD(field(step), w[2])
		Comment("Bits 32 to 47 of the row.")
		VPSLLQ(U8(16), w[1], w[3])
		VPSRLQ(U8(48), w[3], w[3])
		s.or(high, w[3])
	}
	s.philox(&even, &odds, func(word int) Mem { return field(keys + 4*word) }, numbers)

	words := [][2]reg.VecVirtual{{even[0], even[1]}, {even[2], even[3]}}[:numbers/2]
	z := s.boxMuller(words)
	var out []reg.VecVirtual
	for i := range z {
		low, high := s.new(), s.new()
		VUNPCKLPS(z[i][1], z[i][0], low)
		VUNPCKHPS(z[i][1], z[i][0], high)
		out = append(out, low, high)
	}
	if numbers == 4 {
		pairs := out
		out = []reg.VecVirtual{s.new(), s.new(), s.new(), s.new()}
		for i := range 2 {
			VUNPCKLPD(pairs[2+i], pairs[i], out[2*i])
			VUNPCKHPD(pairs[2+i], pairs[i], out[2*i+1])
		}
	}
	for i, v := range out {
		VMOVUPS(v, Mem{Base: dst, Disp: s.bytes() * i})
	}
	ADDQ(I32(numbers*s.bytes()), dst)
	DECQ(vectors)
	JNE(LabelRef("vector"))
	VZEROUPPER()
	RET()
}

// philox replaces counters by words, of which only the first numbers are right, and puts those of all lanes in order into even.
// It overwrites odds. key is the address of a word of the rounds' keys.
func (s *isa) philox(even, odds *[4]reg.VecVirtual, key func(word int) Mem, numbers int) {
	const rounds, multiplier0, multiplier1 = 10, 0xd2511f53, 0xcd9e8d57
	m0, m1 := s.literal(multiplier0), s.literal(multiplier1)
	for round := range rounds {
		Commentf("Round %d.", round+1)
		whole := numbers == 4 || round < rounds-1 // otherwise words 2 and 3 are not needed
		k0, k1 := s.new(), s.new()
		VPBROADCASTD(key(2*round), k0)
		if whole {
			VPBROADCASTD(key(2*round+1), k1)
		}
		for _, w := range []*[4]reg.VecVirtual{even, odds} {
			t := s.new()
			VPMULUDQ(m1, w[2], w[2])
			if whole {
				VPMULUDQ(m0, w[0], w[0])
			}
			VPSRLQ(U8(32), w[2], t)
			s.xor3(t, k0, w[1])
			if whole {
				VPSRLQ(U8(32), w[0], t)
				s.xor3(t, k1, w[3])
			}
			*w = [4]reg.VecVirtual{w[1], w[2], w[3], w[0]}
		}
	}
	for i := range numbers {
		if s.masks {
			VPSHUFD(U8(0xa0), odds[i], reg.K1, even[i])
		} else {
			VPSHUFD(U8(0xa0), odds[i], odds[i])
			VPBLENDD(U8(0xaa), odds[i], even[i], even[i])
		}
	}
}

// boxMuller turns vectors of words into vectors of numbers, with the same operations as generic_normal.go. It overwrites
// words.
func (s *isa) boxMuller(words [][2]reg.VecVirtual) (z [][2]reg.VecVirtual) {
	n := len(words)
	vectors := func() []reg.VecVirtual {
		v := make([]reg.VecVirtual, n)
		for i := range v {
			v[i] = s.new()
		}
		return v
	}
	type instruction func(...Op)
	// each is to = x ∘ y for every pair of words; with is to = x ∘ constant.
	each := func(f instruction, x, y, to []reg.VecVirtual) {
		for i := range to {
			f(y[i], x[i], to[i])
		}
	}
	with := func(f instruction, x []reg.VecVirtual, bits uint32, to []reg.VecVirtual) {
		c := s.literal(bits)
		for i := range to {
			f(c, x[i], to[i])
		}
	}
	number := math.Float32bits
	horner := func(p, x []reg.VecVirtual, coefficients ...float32) {
		with(VMULPS, x, number(coefficients[0]), p)
		for i, c := range coefficients[1:] {
			if i > 0 {
				each(VMULPS, p, x, p)
			}
			with(VADDPS, p, number(c), p)
		}
	}

	Comment("The logarithm of the uniform number.")
	u, angle := make([]reg.VecVirtual, n), make([]reg.VecVirtual, n)
	for i, w := range words {
		u[i], angle[i] = w[0], w[1]
		VPSRLD(U8(1), u[i], u[i])
		VCVTDQ2PS(u[i], u[i])
	}
	with(VMULPS, u, number(0x1p-31), u)
	with(VADDPS, u, number(0x1p-32), u)
	const sqrtHalf = 0x3f3504f3
	with(VPSUBD, u, sqrtHalf, u)
	e := vectors()
	for i := range e {
		VPSRAD(U8(23), u[i], e[i])
		VCVTDQ2PS(e[i], e[i])
	}
	mantissa := s.literal(0x007fffff)
	for _, v := range u {
		s.and(mantissa, v)
	}
	with(VPADDD, u, sqrtHalf, u)
	with(VSUBPS, u, number(1), u)
	square, p := vectors(), vectors()
	each(VMULPS, u, u, square)
	horner(p, u, 7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
		2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1)
	each(VMULPS, p, u, p)
	each(VMULPS, p, square, p)
	t := vectors()
	with(VMULPS, e, number(-2.12194440e-4), t)
	each(VADDPS, p, t, p)
	with(VMULPS, square, number(0.5), square)
	each(VSUBPS, p, square, p)
	each(VADDPS, u, p, u)
	with(VMULPS, e, number(0.693359375), e)
	each(VADDPS, u, e, u)
	Comment("The radius.")
	with(VMULPS, u, number(-2), u)
	for _, v := range u {
		VSQRTPS(v, v)
	}

	Comment("Sine and cosine.")
	x, x2, sin, cos := vectors(), vectors(), vectors(), vectors()
	for i, b := range angle {
		VPSLLD(U8(2), b, x[i])
		VCVTDQ2PS(x[i], x[i])
	}
	with(VMULPS, x, number(math.Pi/4*0x1p-31), x)
	each(VMULPS, x, x, x2)
	horner(sin, x2, -1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
	each(VMULPS, sin, x2, sin)
	each(VMULPS, sin, x, sin)
	each(VADDPS, sin, x, sin)
	horner(cos, x2, 2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
	each(VMULPS, cos, x2, cos)
	each(VMULPS, cos, x2, cos)
	with(VMULPS, x2, number(0.5), x2)
	each(VSUBPS, cos, x2, cos)
	with(VADDPS, cos, number(1), cos)

	Comment("The quarter of the circle: bit 30 swaps sine and cosine; bit 31 and bit 30 ^ bit 31 are the signs.")
	sign := s.literal(1 << 31)
	for i, b := range angle {
		shifted, first, second := s.new(), s.new(), s.new()
		VPSLLD(U8(1), b, shifted)
		if s.masks {
			VPMOVD2M(shifted, reg.K2)
			VBLENDMPS(sin[i], cos[i], reg.K2, first)
			VBLENDMPS(cos[i], sin[i], reg.K2, second)
		} else {
			VBLENDVPS(shifted, sin[i], cos[i], first)
			VBLENDVPS(shifted, cos[i], sin[i], second)
		}
		VMULPS(u[i], first, first)
		VMULPS(u[i], second, second)
		s.xor(b, shifted)
		s.and(sign, shifted)
		s.xor(shifted, first)
		s.and(sign, b)
		s.xor(b, second)
		z = append(z, [2]reg.VecVirtual{first, second})
	}
	return z
}

func log2(n int) int { return int(math.Log2(float64(n))) }
