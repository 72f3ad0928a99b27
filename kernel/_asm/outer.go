package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// The fields of the struct outerPanel in package kernel, eight bytes each, in order; a test there checks the order.
const (
	outerX = 8 * iota
	outerXRow
	outerD
	outerDRow
	outerPairs
	outerOther
	outerCount
	outerDst
	outerDstRow
	outerRows
	outerCols
)

// outer is a function that adds products of pixels to a panel of the gradient of a tap's weights: dst(i, j) += x(a, i)·d(b, j)
// for each pair (a, b) of pixels in a table, where b stands a number of bytes after a. The sums of a tile stay in registers
// for all pairs.
func (s *isa) outer(name string, nv int, cut bool) {
	TEXT(fmt.Sprintf("%s%d%s", name, nv, s.suffix), 4, "func(p *byte)") // NOSPLIT
	p := &panel{isa: s, name: name, nv: nv, args: Load(Param("p"), GP64())}
	if cut {
		p.end = s.newEnd(p.get(outerCols), s.vector(15))
	}
	x, dst, rowsLeft := p.get(outerX), p.get(outerDst), p.get(outerRows)
	for i, rows := range s.tiles {
		Label(p.label("rows", rows))
		CMPQ(rowsLeft, U8(rows))
		next := "done"
		if i+1 < len(s.tiles) {
			next = p.label("rows", s.tiles[i+1])
		}
		JLT(LabelRef(next))
		to, stride := GP64(), p.get(outerDstRow)
		each := func(f func(r, v int, at Mem)) {
			MOVQ(dst, to)
			for r := range rows {
				for v := range nv {
					f(r, v, Mem{Base: to, Disp: v * p.bytes()})
				}
				ADDQ(stride, to)
			}
		}
		each(func(r, v int, at Mem) { p.end.load(s, at, p.sum(r, v), v) })
		pairs, count, d := p.get(outerPairs), p.get(outerCount), p.get(outerD)
		xRow, dRow, other := p.get(outerXRow), p.get(outerDRow), p.get(outerOther)
		Label(p.label("pair", rows))
		a, b := GP64(), GP64()
		MOVLQSX(Mem{Base: pairs}, a)
		MOVLQSX(Mem{Base: pairs, Index: other, Scale: 1}, b)
		IMULQ(xRow, a)
		IMULQ(dRow, b)
		for v := range nv {
			p.end.load(s, Mem{Base: d, Index: b, Scale: 1, Disp: v * p.bytes()}, p.spare(v), v)
		}
		for r := range rows {
			factor := p.spare(2)
			if s.masks {
				factor = p.spare(2 + r%2)
			}
			VBROADCASTSS(Mem{Base: x, Index: a, Scale: 1, Disp: 4 * r}, factor)
			for v := range nv {
				VFMADD231PS(factor, p.spare(v), p.sum(r, v))
			}
		}
		ADDQ(U8(8), pairs)
		DECQ(count)
		JNE(LabelRef(p.label("pair", rows)))
		each(func(r, v int, at Mem) { p.end.store(s, p.sum(r, v), at, v) })
		MOVQ(to, dst)
		ADDQ(U8(4*rows), x)
		SUBQ(U8(rows), rowsLeft)
		if i == 0 {
			JMP(LabelRef(p.label("rows", rows)))
		}
	}
	Label("done")
	VZEROUPPER()
	RET()
}
