package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// adam is kernel.Adam; s points to a kernel.AdamStep, eight floats in this order.
func (s *isa) adam() {
	const (
		beta1 = iota
		beta2
		oneMinusBeta1
		oneMinusBeta2
		stepSize
		invSqrtBias2
		epsilon
		gradScale
		count
	)
	TEXT("adam"+s.suffix, 4, "func(p, m, v, gradient *float32, n int, s *byte)")
	pointers := map[string]reg.Register{}
	for _, name := range []string{"p", "m", "v", "gradient"} {
		pointers[name] = Load(Param(name), GP64())
	}
	n := GP64()
	Load(Param("n"), n)
	constants := Load(Param("s"), GP64())
	constant := func(i int) reg.VecPhysical { return s.vector(4 + i) }
	for i := range count {
		VBROADCASTSS(Mem{Base: constants, Disp: 4 * i}, constant(i))
	}

	Comment("Flush denormal results to zero and read denormal operands as zero, until the end of this function.")
	const flushToZero, denormalsAreZero = 1 << 15, 1 << 6
	saved := AllocLocal(8)
	control := GP32()
	STMXCSR(saved)
	MOVL(saved, control)
	ORL(U32(flushToZero|denormalsAreZero), control)
	MOVL(control, saved.Offset(4))
	LDMXCSR(saved.Offset(4))

	g, m, v, t := s.vector(0), s.vector(1), s.vector(2), s.vector(3)
	at := GP64()
	XORQ(at, at)
	address := func(name string) Mem { return Mem{Base: pointers[name], Index: at, Scale: 4} }
	block := func(e *end) {
		e.load(s, address("gradient"), g, 0)
		e.load(s, address("m"), m, 0)
		e.load(s, address("v"), v, 0)
		VMULPS(constant(gradScale), g, g)
		VMULPS(constant(beta1), m, m)
		VMULPS(constant(oneMinusBeta1), g, t)
		VADDPS(t, m, m)
		e.store(s, m, address("m"), 0)
		VMULPS(constant(beta2), v, v)
		VMULPS(constant(oneMinusBeta2), g, t)
		VMULPS(g, t, t)
		VADDPS(t, v, v)
		e.store(s, v, address("v"), 0)
		VSQRTPS(v, v)
		VMULPS(constant(invSqrtBias2), v, v)
		VADDPS(constant(epsilon), v, v)
		VMULPS(constant(stepSize), m, m)
		VDIVPS(v, m, m)
		e.load(s, address("p"), t, 0)
		VSUBPS(m, t, t)
		e.store(s, t, address("p"), 0)
	}
	SUBQ(U8(s.width), n)
	JLT(LabelRef("rest"))
	Label("vector")
	block(nil)
	ADDQ(U8(s.width), at)
	SUBQ(U8(s.width), n)
	JGE(LabelRef("vector"))
	Label("rest")
	ADDQ(U8(s.width), n)
	JE(LabelRef("done"))
	block(s.newEnd(n, s.vector(15)))
	Label("done")
	LDMXCSR(saved)
	VZEROUPPER()
	RET()
}
