package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The fields of the struct squarePanel in package kernel, eight bytes each, in order; a test there checks the order.
const (
	squareDst = 8 * iota
	squareDstRow
	squareSource
	squareSourceRow
	squareTable
	squareRows
	squareZeros
	squareBias
	squareCols
)

// squares writes rows that are each the sum of four rows of a source, which a table lists, and a bias.
func (s *isa) squares() {
	TEXT("addSquares"+s.suffix, 4, "func(p *byte)") // NOSPLIT
	args := Load(Param("p"), GP64())
	get := func(field int) reg.GPVirtual {
		t := GP64()
		MOVQ(Mem{Base: args, Disp: field}, t)
		return t
	}
	dst, table, left, bias, whole := get(squareDst), get(squareTable), get(squareRows), get(squareBias), get(squareCols)
	rest := GP64()
	MOVQ(whole, rest)
	ANDQ(U8(s.width-1), rest)
	SUBQ(rest, whole)
	SHLQ(U8(2), whole)
	end := s.newEnd(rest, s.vector(15))

	Label("row")
	pixels := [4]reg.GPVirtual{}
	for k := range pixels {
		pixels[k] = GP64()
		entry := Mem{Base: table, Disp: 4 * k}
		MOVLQSX(entry, pixels[k])
		IMULQ(Mem{Base: args, Disp: squareSourceRow}, pixels[k])
		ADDQ(Mem{Base: args, Disp: squareSource}, pixels[k])
		CMPL(entry, U8(0))
		CMOVQLT(Mem{Base: args, Disp: squareZeros}, pixels[k])
	}
	index := GP64()
	XORQ(index, index)
	add := func(load func(base reg.Register, to reg.VecPhysical), store func(from reg.VecPhysical, to Mem)) {
		for k := range pixels {
			load(pixels[k], s.vector(k))
		}
		load(bias, s.vector(4))
		VADDPS(s.vector(1), s.vector(0), s.vector(0))
		VADDPS(s.vector(3), s.vector(2), s.vector(2))
		VADDPS(s.vector(2), s.vector(0), s.vector(0))
		VADDPS(s.vector(4), s.vector(0), s.vector(0))
		store(s.vector(0), Mem{Base: dst, Index: index, Scale: 1})
	}
	at := func(base reg.Register) Mem { return Mem{Base: base, Index: index, Scale: 1} }
	Label("vector")
	CMPQ(index, whole)
	JGE(LabelRef("rest"))
	add(func(base reg.Register, to reg.VecPhysical) { VMOVUPS(at(base), to) },
		func(from reg.VecPhysical, to Mem) { VMOVUPS(from, to) })
	ADDQ(U8(s.bytes()), index)
	JMP(LabelRef("vector"))
	Label("rest")
	TESTQ(U32(s.width-1), get(squareCols))
	JEQ(LabelRef("next"))
	add(func(base reg.Register, to reg.VecPhysical) { end.load(s, at(base), to, 0) },
		func(from reg.VecPhysical, to Mem) { end.store(s, from, to, 0) })
	Label("next")
	ADDQ(U8(16), table)
	ADDQ(Mem{Base: args, Disp: squareDstRow}, dst)
	DECQ(left)
	JNE(LabelRef("row"))
	VZEROUPPER()
	RET()
}
