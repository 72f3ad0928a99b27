package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// loop writes a function over n elements of several slices. body turns vectors, one per slice in the order of the
// signature, into the results, in x[0] and so on, using registers from x[len(slices)] on; constants are in the topmost
// registers.
type loop struct {
	*isa
	slices    []string // the first ones are the destinations
	results   int      // the number of destinations; 0: one
	reads     bool     // whether the destination is also read
	constants []string // scalar parameters
	unroll    int
	setup     func(l *loop)
	body      func(l *loop, x []reg.VecPhysical)
}

// constant is the register of scalar parameter i.
func (l *loop) constant(i int) reg.VecPhysical { return l.vector(14 - i) }

func (l *loop) write() {
	results := max(1, l.results)
	pointers := make([]reg.Register, len(l.slices))
	for i, name := range l.slices {
		pointers[i] = Load(Param(name), GP64())
	}
	n := GP64()
	Load(Param("n"), n)
	for i, name := range l.constants {
		address, err := Param(name).Resolve()
		if err != nil {
			panic(err)
		}
		VBROADCASTSS(address.Addr, l.constant(i))
	}
	if l.setup != nil {
		l.setup(l)
	}
	at := GP64()
	XORQ(at, at)
	block := func(u int, e *end) {
		x := make([]reg.VecPhysical, 12)
		for i := range x {
			x[i] = l.vector(i)
		}
		address := func(i int) Mem { return Mem{Base: pointers[i], Index: at, Scale: 4, Disp: u * l.bytes()} }
		for i := range l.slices {
			if i >= results || l.reads {
				e.load(l.isa, address(i), x[i], 0)
			}
		}
		l.body(l, x)
		for i := range results {
			e.store(l.isa, x[i], address(i), 0)
		}
	}
	for _, unroll := range []int{l.unroll, 1} {
		step := unroll * l.width
		name := map[bool]string{true: "blocks", false: "vectors"}[unroll == l.unroll]
		SUBQ(U8(step), n)
		JLT(LabelRef(name + "End"))
		Label(name)
		for u := range unroll {
			block(u, nil)
		}
		ADDQ(U8(step), at)
		SUBQ(U8(step), n)
		JGE(LabelRef(name))
		Label(name + "End")
		ADDQ(U8(step), n)
		if l.unroll == 1 {
			break
		}
	}
	JE(LabelRef("done"))
	block(0, l.newEnd(n, l.vector(15)))
	Label("done")
	VZEROUPPER()
	RET()
}

func (s *isa) elementwise() {
	zero := func(l *loop) { l.zero(l.vector(14)) }

	TEXT("relu"+s.suffix, 4, "func(dst, x *float32, n int)")
	(&loop{isa: s, slices: []string{"dst", "x"}, unroll: 4, setup: zero, body: func(l *loop, x []reg.VecPhysical) {
		VMAXPS(x[1], l.vector(14), x[0])
	}}).write()

	TEXT("reluMask"+s.suffix, 4, "func(dst, gradient, y *float32, n int)")
	(&loop{isa: s, slices: []string{"dst", "gradient", "y"}, unroll: 4, setup: zero, body: func(l *loop, x []reg.VecPhysical) {
		VMOVAPS(x[1], x[0])
		l.keepPositive(x[2], l.vector(14), x[0])
	}}).write()

	TEXT("times"+s.suffix, 4, "func(dst, x, y *float32, n int)")
	(&loop{isa: s, slices: []string{"dst", "x", "y"}, unroll: 4, body: func(l *loop, x []reg.VecPhysical) {
		VMULPS(x[1], x[2], x[0])
	}}).write()

	TEXT("combine2"+s.suffix, 4, "func(dst, x, y *float32, n int, a, b float32)")
	(&loop{isa: s, slices: []string{"dst", "x", "y"}, constants: []string{"a", "b"}, unroll: 4,
		body: func(l *loop, x []reg.VecPhysical) {
			VMULPS(l.constant(0), x[1], x[1])
			VMULPS(l.constant(1), x[2], x[2])
			VADDPS(x[2], x[1], x[0])
		}}).write()

	TEXT("combine3"+s.suffix, 4, "func(dst, x, y, z *float32, n int, a, b, c float32)")
	(&loop{isa: s, slices: []string{"dst", "x", "y", "z"}, constants: []string{"a", "b", "c"}, unroll: 4,
		body: func(l *loop, x []reg.VecPhysical) {
			VMULPS(l.constant(0), x[1], x[1])
			VMULPS(l.constant(1), x[2], x[2])
			VMULPS(l.constant(2), x[3], x[3])
			VADDPS(x[2], x[1], x[1])
			VADDPS(x[3], x[1], x[0])
		}}).write()

	TEXT("lerp"+s.suffix, 4, "func(dst, x *float32, n int, weight float32)")
	(&loop{isa: s, slices: []string{"dst", "x"}, reads: true, constants: []string{"weight"}, unroll: 4,
		body: func(l *loop, x []reg.VecPhysical) {
			VSUBPS(x[0], x[1], x[1])
			VMULPS(l.constant(0), x[1], x[1])
			VADDPS(x[1], x[0], x[0])
		}}).write()

	s.squaredNorm()
}

// squaredNorm adds the squares of 32·blocks elements to 32 lanes.
func (s *isa) squaredNorm() {
	TEXT("squaredNorm"+s.suffix, 4, "func(lanes *float64, x *float32, blocks int)")
	lanes, x, blocks := Load(Param("lanes"), GP64()), Load(Param("x"), GP64()), Load(Param("blocks"), GP64())
	doubles := s.width / 2
	count := 32 / doubles
	for i := range count {
		VMOVUPD(Mem{Base: lanes, Disp: 8 * doubles * i}, s.vector(i))
	}
	Label("block")
	for i := range count {
		t := s.vector(count + i%4)
		VCVTPS2PD(Mem{Base: x, Disp: 4 * doubles * i}, t)
		VFMADD231PD(t, t, s.vector(i))
	}
	ADDQ(I32(128), x)
	DECQ(blocks)
	JNE(LabelRef("block"))
	for i := range count {
		VMOVUPD(s.vector(i), Mem{Base: lanes, Disp: 8 * doubles * i})
	}
	VZEROUPPER()
	RET()
}
