package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// exponential holds the constants of kernel.exponential as operands: registers from the top down with AVX-512, memory with
// AVX2, which has too few registers.
type exponential struct {
	*isa
	sign, lowest, highest, log2e, rounding, ln2High, ln2Low, one Op
	polynomial                                                   []Op
}

func (s *isa) newExponential() *exponential {
	used := 0
	word := func(bits uint32) Op {
		if !s.masks {
			return s.wide(bits)
		}
		used++
		v := s.vector(32 - used)
		VBROADCASTSS(s.literalWord(bits), v)
		return v
	}
	number := func(v float32) Op { return word(math.Float32bits(v)) }
	e := &exponential{
		isa: s, sign: word(1 << 31), lowest: number(-104), highest: number(89), log2e: number(math.Log2E), rounding: number(3 << 22),
		ln2High: number(0.693359375), ln2Low: number(-2.12194440e-4), one: number(1),
	}
	for _, c := range []float32{1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1} {
		e.polynomial = append(e.polynomial, number(c))
	}
	return e
}

// apply replaces x by its exponential and overwrites five free registers.
func (e *exponential) apply(x reg.VecPhysical, free []reg.VecPhysical) {
	t, n, p, square, pair := free[0], free[1], free[2], free[3], free[4]
	// If either operand is NaN, the first one here is the result.
	VMOVUPS(e.lowest, t)
	VMAXPS(x, t, x)
	VMOVUPS(e.highest, t)
	VMINPS(x, t, x)
	VMOVUPS(e.rounding, t)
	VFMADD231PS(e.log2e, x, t)
	VSUBPS(e.rounding, t, n)
	VFNMADD231PS(e.ln2High, n, x)
	VFNMADD231PS(e.ln2Low, n, x) // r
	Comment("The polynomial, in powers of x².")
	VMULPS(x, x, square)
	for i := 0; i < len(e.polynomial); i += 2 {
		to := pair
		if i == 0 {
			to = p
		}
		VMOVUPS(e.polynomial[i], to)
		VFMADD213PS(e.polynomial[i+1], x, to)
		if i > 0 {
			VFMADD213PS(pair, square, p)
		}
	}
	VFMADD213PS(x, square, p)
	VADDPS(e.one, p, p)
	if e.masks {
		VSCALEFPS(n, p, x) // p·2ⁿ, rounded once
		return
	}
	VPSUBD(e.rounding, t, t)
	VPSRAD(U8(1), t, n)
	VPSUBD(n, t, t)
	for _, half := range []reg.VecPhysical{n, t} {
		VPADDD(e.wide(127), half, half)
		VPSLLD(U8(23), half, half)
	}
	VMULPS(n, p, p)
	VMULPS(t, p, x)
}

// sigmoid sets to = 1/(1 + e⁻ˣ) and overwrites five free registers.
func (e *exponential) sigmoid(x, to reg.VecPhysical, free []reg.VecPhysical) {
	if e.masks {
		VPXORD(e.sign, x, to)
	} else {
		VXORPS(e.sign, x, to)
	}
	e.apply(to, free)
	VADDPS(e.one, to, to)
	VMOVUPS(e.one, free[0])
	VDIVPS(to, free[0], to)
}

// slope sets to = s + y·(1 − s), the derivative of y = x·s.
func (e *exponential) slope(s, y, to reg.VecPhysical) {
	VMOVUPS(e.one, to)
	VSUBPS(s, to, to)
	VFMADD213PS(s, y, to)
}

func (s *isa) exponentials() {
	var e *exponential
	setup := func(l *loop) { e = l.newExponential() }

	TEXT("exp"+s.suffix, 4, "func(dst, x *float32, n int)")
	(&loop{isa: s, slices: []string{"dst", "x"}, unroll: 1, setup: setup, body: func(l *loop, x []reg.VecPhysical) {
		e.apply(x[1], x[2:])
		VMOVAPS(x[1], x[0])
	}}).write()

	TEXT("silu"+s.suffix, 4, "func(dst, x *float32, n int)")
	(&loop{isa: s, slices: []string{"dst", "x"}, unroll: 1, setup: setup, body: func(l *loop, x []reg.VecPhysical) {
		e.sigmoid(x[1], x[2], x[3:])
		VMULPS(x[2], x[1], x[0])
	}}).write()

	TEXT("siluSlope"+s.suffix, 4, "func(dst, slope, x *float32, n int)")
	(&loop{isa: s, slices: []string{"dst", "slope", "x"}, results: 2, unroll: 1, setup: setup,
		body: func(l *loop, x []reg.VecPhysical) {
			e.sigmoid(x[2], x[3], x[4:])
			VMULPS(x[3], x[2], x[0])
			e.slope(x[3], x[0], x[1])
		}}).write()

	TEXT("siluGradient"+s.suffix, 4, "func(dst, x, gradient *float32, n int)")
	(&loop{isa: s, slices: []string{"dst", "x", "gradient"}, unroll: 1, setup: setup,
		body: func(l *loop, x []reg.VecPhysical) {
			e.sigmoid(x[1], x[3], x[4:])
			VMULPS(x[3], x[1], x[1])
			e.slope(x[3], x[1], x[4])
			VMULPS(x[4], x[2], x[0])
		}}).write()
}
