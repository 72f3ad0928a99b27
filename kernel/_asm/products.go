package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The fields of the struct panel in package kernel, eight bytes each, in order; a test there checks the order.
const (
	fieldA = 8 * iota
	fieldARow
	fieldAStep
	fieldATile
	fieldB
	fieldBStep
	fieldK
	fieldRows
	fieldDst
	fieldDstRow
	fieldPart
	fieldPartRow
	fieldBias
	fieldTable
	fieldTableRow
	fieldIndex
	fieldMask
	fieldMaskRow
	fieldScale
	fieldScaleRow
	fieldCols
	fieldReLU
	fieldAccumulate
)

func (s *isa) products() {
	if s.masks {
		s.panel(2, true)
		s.panel(1, true)
		return
	}
	s.panel(2, false) // whole panels, without the cost of VMASKMOVPS, which is high on some processors
	s.panel(2, true)
	s.panel(1, true)
}

// panel is a function that computes a panel of a product: all rows of nv vectors of columns.
type panel struct {
	*isa
	name string
	nv   int
	end  *end
	args reg.Register
	// these advance from tile to tile, on the stack
	a, dst, part, index, mask, scale, rows Mem
	// addresses of the rows of the left factor are sums of the row pointer and multiples of these
	aRow, aRow3, aRow5, aRow7, aStep, bStep reg.Register
}

func (s *isa) panel(nv int, cut bool) {
	name := fmt.Sprintf("panel%d%s", nv, s.suffix)
	if cut && !s.masks {
		name = fmt.Sprintf("edge%d%s", nv, s.suffix)
	}
	TEXT(name, 4, "func(p *byte)") // NOSPLIT
	p := &panel{isa: s, name: name, nv: nv, args: Load(Param("p"), GP64())}
	frame := AllocLocal(56)
	for i, local := range []struct {
		at    *Mem
		field int
	}{{&p.a, fieldA}, {&p.dst, fieldDst}, {&p.part, fieldPart}, {&p.index, fieldIndex}, {&p.mask, fieldMask},
		{&p.scale, fieldScale}, {&p.rows, fieldRows}} {
		*local.at = frame.Offset(8 * i)
		t := p.get(local.field)
		MOVQ(t, *local.at)
	}
	if cut {
		p.end = s.newEnd(p.get(fieldCols), s.vector(15))
	}
	p.aRow, p.aStep, p.bStep = p.get(fieldARow), p.get(fieldAStep), p.get(fieldBStep)
	row3, row5, row7 := GP64(), GP64(), GP64()
	LEAQ(Mem{Base: p.aRow, Index: p.aRow, Scale: 2}, row3)
	LEAQ(Mem{Base: p.aRow, Index: p.aRow, Scale: 4}, row5)
	p.aRow3, p.aRow5 = row3, row5
	if s.tiles[0] > 7 {
		LEAQ(Mem{Base: row3, Index: p.aRow, Scale: 4}, row7)
		p.aRow7 = row7
	}
	for i, rows := range s.tiles {
		Label(p.label("rows", rows))
		CMPQ(p.rows, U8(rows))
		next := "done"
		if i+1 < len(s.tiles) {
			next = p.label("rows", s.tiles[i+1])
		}
		JLT(LabelRef(next))
		p.tile(rows)
		SUBQ(U8(rows), p.rows)
		p.advance(rows)
		if i == 0 {
			JMP(LabelRef(p.label("rows", rows)))
		}
	}
	Label("done")
	VZEROUPPER()
	RET()
}

func (p *panel) label(what string, rows int) string { return fmt.Sprintf("%s%d", what, rows) }

// get loads an argument.
func (p *panel) get(field int) reg.GPVirtual {
	t := GP64()
	MOVQ(Mem{Base: p.args, Disp: field}, t)
	return t
}

// sum is the register that holds row r, vector v of the tile.
func (p *panel) sum(r, v int) reg.VecPhysical { return p.vector(r*p.nv + v) }

// spare is a register that holds no sum.
func (p *panel) spare(i int) reg.VecPhysical { return p.vector(p.tiles[0]*2 + i) }

// each calls f for every sum of the tile, with the address of its vector in a matrix. start holds the matrix's address, and
// stride is the field of its row stride.
func (p *panel) each(rows int, start Mem, stride int, f func(r, v int, at Mem)) {
	pointer, step := GP64(), p.get(stride)
	MOVQ(start, pointer)
	for r := range rows {
		for v := range p.nv {
			f(r, v, Mem{Base: pointer, Disp: v * p.bytes()})
		}
		if r+1 < rows {
			ADDQ(step, pointer)
		}
	}
}

// tile computes the given number of rows, starting at the row pointers.
func (p *panel) tile(rows int) {
	p.start(rows)
	p.chain(rows)
	p.epilogue(rows)
	Comment("Store.")
	p.each(rows, p.dst, fieldDstRow, func(r, v int, at Mem) { p.end.store(p.isa, p.sum(r, v), at, v) })
}

// start sets the sums to zero, or to the partial sums of the previous steps.
func (p *panel) start(rows int) {
	Commentf("%d rows: start the sums at zero or at partial sums.", rows)
	CMPQ(p.part, U8(0))
	JE(LabelRef(p.label("zero", rows)))
	ahead := GP64()
	if rows == p.tiles[0] {
		IMUL3Q(U8(rows), p.get(fieldPartRow), ahead)
	}
	p.each(rows, p.part, fieldPartRow, func(r, v int, at Mem) {
		p.end.load(p.isa, at, p.sum(r, v), v)
		if rows == p.tiles[0] && v*p.bytes()%64 == 0 { // the next tile's line, in time for the end of the chain
			at.Index, at.Scale = ahead, 1
			PREFETCHT0(at)
		}
	})
	JMP(LabelRef(p.label("chain", rows)))
	Label(p.label("zero", rows))
	for i := range rows * p.nv {
		p.zero(p.vector(i))
	}
	Label(p.label("chain", rows))
}

func (s *isa) zero(r reg.VecPhysical) {
	if s.masks {
		VPXORD(r, r, r)
	} else {
		VXORPS(r, r, r)
	}
}

// chain runs over k: every sum gets one fused multiply-add per step.
func (p *panel) chain(rows int) {
	a, b, k := GP64(), p.get(fieldB), p.get(fieldK)
	MOVQ(p.a, a)
	addresses := []Mem{{Base: a}, {Base: a, Index: p.aRow, Scale: 1}, {Base: a, Index: p.aRow, Scale: 2},
		{Base: a, Index: p.aRow3, Scale: 1}, {Base: a, Index: p.aRow, Scale: 4}, {Base: a, Index: p.aRow5, Scale: 1},
		{Base: a, Index: p.aRow3, Scale: 2}, {Base: a, Index: p.aRow7, Scale: 1}}
	Label(p.label("step", rows))
	for v := range p.nv {
		VMOVUPS(Mem{Base: b, Disp: v * p.bytes()}, p.spare(v))
	}
	for r := range rows {
		x := p.spare(2 + r%2)
		VBROADCASTSS(addresses[r], x)
		for v := range p.nv {
			VFMADD231PS(x, p.spare(v), p.sum(r, v))
		}
	}
	ADDQ(p.aStep, a)
	ADDQ(p.bStep, b)
	DECQ(k)
	JNE(LabelRef(p.label("step", rows)))
}

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
	JE(LabelRef(p.label("relu", rows)))
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
	JMP(LabelRef(p.label("relu", rows)))
	Label(p.label("gather", rows))
	index, stride, at := GP64(), p.get(fieldTableRow), GP64()
	MOVQ(p.index, index)
	for r := range rows {
		MOVLQSX(Mem{Base: index, Disp: 4 * r}, at)
		IMULQ(stride, at)
		ADDQ(table, at)
		for v := range p.nv {
			p.end.load(p.isa, Mem{Base: at, Disp: v * p.bytes()}, temporary, v)
			VADDPS(temporary, p.spare(v), temporary)
			VADDPS(temporary, p.sum(r, v), p.sum(r, v))
		}
	}

	Label(p.label("relu", rows))
	zero := p.spare(0)
	p.zero(zero)
	skip(fieldReLU, "mask")
	Comment("ReLU; if either operand is NaN, VMAXPS gives the first one here.")
	for i := range rows * p.nv {
		VMAXPS(p.vector(i), zero, p.vector(i))
	}

	Label(p.label("mask", rows))
	CMPQ(p.mask, U8(0))
	JE(LabelRef(p.label("scale", rows)))
	Comment("Zero where 0 >= mask.")
	p.each(rows, p.mask, fieldMaskRow, func(r, v int, at Mem) {
		p.end.load(p.isa, at, temporary, v)
		p.keepPositive(temporary, zero, p.sum(r, v))
	})

	Label(p.label("scale", rows))
	CMPQ(p.scale, U8(0))
	JE(LabelRef(p.label("store", rows)))
	Comment("Scale.")
	p.each(rows, p.scale, fieldScaleRow, func(r, v int, at Mem) {
		p.end.load(p.isa, at, temporary, v)
		VMULPS(temporary, p.sum(r, v), p.sum(r, v))
	})
	Label(p.label("store", rows))
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

// advance moves the row pointers; the distance of a whole tile in the left factor is an argument, for packed tiles.
func (p *panel) advance(rows int) {
	move := func(local Mem, stride int) {
		t := p.get(stride)
		if rows > 1 {
			IMUL3Q(U8(rows), t, t)
		}
		ADDQ(t, local)
	}
	if rows == p.tiles[0] {
		t := p.get(fieldATile)
		ADDQ(t, p.a)
	} else {
		move(p.a, fieldARow)
	}
	move(p.dst, fieldDstRow)
	ADDQ(U8(4*rows), p.index)
	move(p.part, fieldPartRow) // the stride of an absent matrix is zero
	move(p.mask, fieldMaskRow)
	move(p.scale, fieldScaleRow)
}
