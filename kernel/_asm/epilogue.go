package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// epilogue applies each part that is present. The order is that of kernel.Epilogue.
func (p *panel) epilogue(rows int) {
	skip := func(field int, label string) {
		CMPQ(Mem{Base: p.args, Disp: field}, U8(0))
		JE(LabelRef(p.label(label, rows)))
	}
	temporary := p.spare(2)

	skip(fieldAccumulate, "add")
	Comment("Accumulate.")
	p.each(rows, p.dst, fieldDstRow, func(r, v int, at Mem) {
		p.end.load(p.isa, at, temporary, v)
		VADDPS(temporary, p.sum(r, v), p.sum(r, v))
	})

	Label(p.label("add", rows))
	bias, table := p.get(fieldBias), p.get(fieldTable)
	either := GP64()
	MOVQ(bias, either)
	ORQ(table, either)
	JE(LabelRef(p.label("residual", rows)))
	Comment("Bias plus table row; an absent bias is -0, whose addition changes nothing.")
	for v := range p.nv {
		VBROADCASTSS(negativeZero, p.spare(v))
	}
	TESTQ(bias, bias)
	JE(LabelRef(p.label("table", rows)))
	for v := range p.nv {
		p.end.load(p.isa, Mem{Base: bias, Disp: v * p.bytes()}, p.spare(v), v)
	}
	Label(p.label("table", rows))
	TESTQ(table, table)
	JNE(LabelRef(p.label("gather", rows)))
	for r := range rows {
		for v := range p.nv {
			VADDPS(p.spare(v), p.sum(r, v), p.sum(r, v))
		}
	}
	JMP(LabelRef(p.label("residual", rows)))
	Label(p.label("gather", rows))
	index, stride, at := GP64(), p.get(fieldTableRow), GP64()
	MOVQ(p.index, index)
	for r := range rows {
		p.indexOf(r, index, at)
		IMULQ(stride, at)
		ADDQ(table, at)
		for v := range p.nv {
			p.end.load(p.isa, Mem{Base: at, Disp: v * p.bytes()}, temporary, v)
			VADDPS(temporary, p.spare(v), temporary)
			VADDPS(temporary, p.sum(r, v), p.sum(r, v))
		}
	}

	Label(p.label("residual", rows))
	p.operand(rows, p.add, fieldAddRow, "relu", "Add.", func(r, v int) { VADDPS(temporary, p.sum(r, v), p.sum(r, v)) })

	Label(p.label("relu", rows))
	zero := p.spare(0)
	p.zero(zero)
	skip(fieldReLU, "mask")
	Comment("ReLU; if either operand is NaN, VMAXPS gives the first one here.")
	for i := range rows * p.nv {
		VMAXPS(p.vector(i), zero, p.vector(i))
	}

	Label(p.label("mask", rows))
	p.operand(rows, p.mask, fieldMaskRow, "scale", "Zero where 0 >= mask.",
		func(r, v int) { p.keepPositive(temporary, zero, p.sum(r, v)) })

	Label(p.label("scale", rows))
	p.operand(rows, p.scale, fieldScaleRow, "store", "Scale.", func(r, v int) { VMULPS(temporary, p.sum(r, v), p.sum(r, v)) })
	Label(p.label("store", rows))
}

// operand applies a part of the shape of dst, if it is present, and moves its row pointer. f finds a vector of it in spare 2.
func (p *panel) operand(rows int, start Mem, stride int, next, comment string, f func(r, v int)) {
	CMPQ(start, U8(0))
	JE(LabelRef(p.label(next, rows)))
	Comment(comment)
	p.each(rows, start, stride, func(r, v int, at Mem) {
		p.end.load(p.isa, at, p.spare(2), v)
		f(r, v)
	})
	if !p.gather {
		p.move(rows, start, stride)
	}
}

// keepPositive clears the lanes of x where test <= 0 (not where test is NaN). It may overwrite test.
func (s *isa) keepPositive(test, zero, x reg.VecPhysical) {
	const geOrdered, notGE = 0x1d, 0x19
	if s.masks {
		VCMPPS(U8(geOrdered), test, zero, reg.K3)
		VPXORD(x, x, reg.K3, x)
		return
	}
	VCMPPS(U8(notGE), test, zero, test)
	VANDPS(test, x, x)
}
