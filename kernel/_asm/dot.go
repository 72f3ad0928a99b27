package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// dotLanes is the number of partial sums of an element, on either path.
const dotLanes = 16

// dots is a gather panel for a single column: lane l sums the channels l, l+16, ... of every tap, and the lanes are added by
// halves at the end. It has no epilogue.
func (s *isa) dots() {
	p := s.begin("gatherDot", dotLanes/s.width, false, true)
	p.dot = true
	p.allTiles()
}

func (p *panel) dotTile(rows int) {
	for i := range rows * p.nv {
		p.zero(p.vector(i))
	}
	p.gatherTaps(rows, dotLanes, U8(4*dotLanes), func(pixel func(r int) Mem, b reg.Register) {
		for v := range p.nv {
			VMOVUPS(Mem{Base: b, Disp: v * p.bytes()}, p.spare(v))
		}
		for r := range rows {
			for v := range p.nv {
				x := pixel(r)
				x.Disp = v * p.bytes()
				VFMADD231PS(x, p.spare(v), p.sum(r, v))
			}
		}
	})
	Comment("Add the lanes and store.")
	p.each(rows, p.dst, fieldDstRow, func(r, v int, at Mem) {
		if v > 0 {
			return
		}
		sum, half := p.sum(r, 0), p.vector(p.tiles[0]*p.nv)
		if p.nv == 1 {
			VEXTRACTF64X4(U8(1), sum, half.AsY())
			VADDPS(half.AsY(), sum.AsY(), sum.AsY())
		} else {
			VADDPS(p.sum(r, 1), sum, sum)
		}
		VEXTRACTF128(U8(1), sum.AsY(), half.AsX())
		VADDPS(half.AsX(), sum.AsX(), sum.AsX())
		VSHUFPS(U8(0x0e), sum.AsX(), sum.AsX(), half.AsX()) // lanes 2 and 3
		VADDPS(half.AsX(), sum.AsX(), sum.AsX())
		VSHUFPS(U8(0x01), sum.AsX(), sum.AsX(), half.AsX()) // lane 1
		VADDSS(half.AsX(), sum.AsX(), sum.AsX())
		VMOVSS(sum.AsX(), at)
	})
}
