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
	fieldAdd
	fieldAddRow
	// the fields of gatherPanel that follow
	fieldTargets
	fieldSources
	fieldSourceTap
	fieldTaps
	fieldTapCount
	fieldBTap
)

func (s *isa) products() { s.panels("panel", "edge", s.panel) }

// panels generates a function for two vectors of columns and one for one vector, which cut the end of a row. Without mask
// registers there is one more, for whole panels, without the cost of VMASKMOVPS, which is high on some processors.
func (s *isa) panels(whole, edge string, generate func(name string, nv int, cut bool)) {
	if s.masks {
		generate(whole, 2, true)
		generate(whole, 1, true)
		return
	}
	generate(whole, 2, false)
	generate(edge, 2, true)
	generate(edge, 1, true)
}

// panel is a function that computes a panel of a product: all rows of nv vectors of columns.
type panel struct {
	*isa
	name string
	nv   int
	end  *end
	args reg.Register
	// these advance from tile to tile, on the stack
	a, dst, part, index, add, mask, scale, rows Mem
	// addresses of the rows of the left factor are sums of the row pointer and multiples of these
	aRow, aRow3, aRow5, aRow7, aStep, bStep reg.Register
	// of a gather panel, also on the stack
	gather, dot                             bool
	targets, sources, image, taps, tapsLeft Mem
}

func (s *isa) panel(name string, nv int, cut bool) {
	p := s.begin(name, nv, cut, false)
	p.aRow, p.aStep, p.bStep = p.get(fieldARow), p.get(fieldAStep), p.get(fieldBStep)
	row3, row5, row7 := GP64(), GP64(), GP64()
	LEAQ(Mem{Base: p.aRow, Index: p.aRow, Scale: 2}, row3)
	LEAQ(Mem{Base: p.aRow, Index: p.aRow, Scale: 4}, row5)
	p.aRow3, p.aRow5 = row3, row5
	if s.tiles[0] > 7 {
		LEAQ(Mem{Base: row3, Index: p.aRow, Scale: 4}, row7)
		p.aRow7 = row7
	}
	p.allTiles()
}

// begin starts a function that computes a panel.
func (s *isa) begin(name string, nv int, cut, gather bool) *panel {
	TEXT(fmt.Sprintf("%s%d%s", name, nv, s.suffix), 4, "func(p *byte)") // NOSPLIT
	p := &panel{isa: s, name: name, nv: nv, gather: gather, args: Load(Param("p"), GP64())}
	size := 64
	if gather {
		size += gatherFrame
	}
	frame := AllocLocal(size)
	for i, local := range []struct {
		at    *Mem
		field int
	}{{&p.a, fieldA}, {&p.dst, fieldDst}, {&p.part, fieldPart}, {&p.index, fieldIndex}, {&p.add, fieldAdd},
		{&p.mask, fieldMask}, {&p.scale, fieldScale}, {&p.rows, fieldRows}} {
		*local.at = frame.Offset(8 * i)
		t := p.get(local.field)
		MOVQ(t, *local.at)
	}
	if cut {
		p.end = s.newEnd(p.get(fieldCols), s.vector(15))
	}
	if gather {
		p.beginGather(frame.Offset(64))
	}
	return p
}

// allTiles computes all rows, tile by tile.
func (p *panel) allTiles() {
	s := p.isa
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
	if p.gather {
		p.eachTarget(rows, start, stride, f)
		return
	}
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
	if p.dot {
		p.dotTile(rows)
		return
	}
	if p.gather {
		p.gatherChain(rows)
	} else {
		p.start(rows)
		p.chain(rows)
	}
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

// advance moves the row pointers, but for those that the epilogue moves where it uses them; the distance of a whole tile in
// the left factor is an argument, for packed tiles.
func (p *panel) advance(rows int) {
	if p.gather {
		ADDQ(U8(4*rows), p.targets)
		ADDQ(U8(4*rows), p.sources)
		return
	}
	if rows == p.tiles[0] {
		t := p.get(fieldATile)
		ADDQ(t, p.a)
	} else {
		p.move(rows, p.a, fieldARow)
	}
	p.move(rows, p.dst, fieldDstRow)
	ADDQ(U8(4*rows), p.index)
	p.move(rows, p.part, fieldPartRow) // the stride of an absent matrix is zero
}

// move moves a row pointer.
func (p *panel) move(rows int, local Mem, stride int) {
	t := p.get(stride)
	if rows > 1 {
		IMUL3Q(U8(rows), t, t)
	}
	ADDQ(t, local)
}
