package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/reg"
)

// gelu writes the functions of kernel/gelu.go, with the operations of generic_gelu.go.
func (s *isa) gelu() {
	var e *exponential
	setup := func(l *loop) { e = l.newExponential() }
	const linear, cubic, end = 1.5957691216057308, 0.07135481627260025, 16
	constant := func(v float32, to reg.VecPhysical) { VBROADCASTSS(s.literalWord(math.Float32bits(v)), to) }

	// sigmoid sets to = σ(z) and brings x into ±end. It overwrites five free registers.
	sigmoid := func(x, to reg.VecPhysical, free []reg.VecPhysical) {
		constant(-end, free[0])
		VMAXPS(x, free[0], x)
		constant(end, free[0])
		VMINPS(x, free[0], x)
		VMULPS(x, x, free[0])
		constant(cubic, free[1])
		VMULPS(free[1], free[0], free[0])
		constant(linear, free[1])
		VADDPS(free[1], free[0], free[0])
		VMULPS(x, free[0], free[1])
		// sigmoid reads its operand before it overwrites free registers.
		e.sigmoid(free[1], to, free)
	}
	// slope sets to to the derivative, with x and s from sigmoid. It overwrites x and spare.
	slope := func(x, s, to, spare reg.VecPhysical) {
		constant(3*cubic, spare)
		VMULPS(x, x, to)
		VMULPS(spare, to, to)
		constant(linear, spare)
		VADDPS(spare, to, to)
		constant(1, spare)
		VSUBPS(s, spare, spare)
		VMULPS(to, spare, spare)
		VMULPS(s, x, x)
		VMULPS(spare, x, to)
		VADDPS(s, to, to)
	}

	TEXT("gelu"+s.suffix, 4, "func(dst, x *float32, n int)")
	(&loop{isa: s, slices: []string{"dst", "x"}, unroll: 1, setup: setup, body: func(l *loop, x []reg.VecPhysical) {
		VMOVAPS(x[1], x[0])
		sigmoid(x[1], x[2], x[3:])
		VMULPS(x[2], x[0], x[0])
	}}).write()

	TEXT("geluSlope"+s.suffix, 4, "func(dst, slope, x *float32, n int)")
	(&loop{isa: s, slices: []string{"dst", "slope", "x"}, results: 2, unroll: 1, setup: setup,
		body: func(l *loop, x []reg.VecPhysical) {
			VMOVAPS(x[2], x[0])
			sigmoid(x[2], x[3], x[4:])
			VMULPS(x[3], x[0], x[0])
			slope(x[2], x[3], x[1], x[4])
		}}).write()

	TEXT("geluGradient"+s.suffix, 4, "func(dst, x, gradient *float32, n int)")
	(&loop{isa: s, slices: []string{"dst", "x", "gradient"}, unroll: 1, setup: setup,
		body: func(l *loop, x []reg.VecPhysical) {
			sigmoid(x[1], x[3], x[4:])
			slope(x[1], x[3], x[0], x[4])
			VMULPS(x[2], x[0], x[0])
		}}).write()
}
