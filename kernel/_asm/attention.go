package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func (s *isa) attention() {
	s.softmaxRows()
	s.softmaxSlope()
}

// softmaxRows replaces a row x by exp(scale·(x − max x)), divided by its sum.
func (s *isa) softmaxRows() {
	TEXT("softmaxRows"+s.suffix, 4, "func(p *float32, pStride, rows, cols int, scale float32)")
	exp := s.newExponential()
	scale, highest, x, spare := s.vector(14), s.vector(13), s.vector(0), s.vector(1)
	both := func(first int) []reg.VecPhysical { return []reg.VecPhysical{s.vector(first), s.vector(first + 1)} }
	sums, last := both(11), both(6) // last holds the end of a row: a load would wait for the masked store before it
	s.scalar(scale)
	s.overRows([]string{"p"}, nil, func(l *rowLoop) {
		greatest := both(9)
		for v := range l.vectors() {
			VBROADCASTSS(Mem{Base: l.pointers[0]}, greatest[v])
		}
		l.pass("greatest", func(address func(i, v int) Mem, e *end) {
			for v := range l.vectors() {
				switch {
				case e == nil:
					VMAXPS(address(0, v), greatest[v], greatest[v])
				case l.masks:
					VMAXPS(address(0, v), greatest[v], e.lanes[v], greatest[v])
				default:
					e.load(s, address(0, v), x, v)
					VBLENDVPS(e.spare, x, greatest[v], x)
					VMAXPS(x, greatest[v], greatest[v])
				}
			}
		})
		l.fold(VMAXPS, greatest, spare)
		VBROADCASTSS(greatest[0].AsX(), highest)
		for v := range l.vectors() {
			s.zero(sums[v])
		}
		l.pass("exp", func(address func(i, v int) Mem, e *end) {
			for v := range l.vectors() {
				x := x
				if e != nil {
					x = last[v]
				}
				e.load(s, address(0, v), x, v)
				VSUBPS(highest, x, x)
				VMULPS(scale, x, x)
				exp.apply(x, s.free(1))
				if e == nil {
					e.store(s, x, address(0, v), v)
				}
				l.keep(e, x, v)
				VADDPS(x, sums[v], sums[v])
			}
		})
		l.fold(VADDPS, sums, spare)
		VMOVSS(s.literalWord(0x3f800000), spare.AsX())
		VDIVSS(sums[0].AsX(), spare.AsX(), spare.AsX())
		VBROADCASTSS(spare.AsX(), spare)
		l.pass("divide", func(address func(i, v int) Mem, e *end) {
			for v := range l.vectors() {
				x := x
				if e == nil {
					e.load(s, address(0, v), x, v)
				} else {
					x = last[v]
				}
				VMULPS(spare, x, x)
				e.store(s, x, address(0, v), v)
			}
		})
	})
}

// softmaxSlope replaces a row d by scale·p·(d − Σ p·d).
func (s *isa) softmaxSlope() {
	TEXT("softmaxSlope"+s.suffix, 4, "func(d *float32, dStride int, p *float32, pStride, rows, cols int, scale float32)")
	scale, mean, x, spare := s.vector(14), s.vector(13), s.vector(0), s.vector(1)
	sums := []reg.VecPhysical{s.vector(11), s.vector(12)}
	s.scalar(scale)
	s.overRows([]string{"d", "p"}, nil, func(l *rowLoop) {
		for v := range l.vectors() {
			s.zero(sums[v])
		}
		l.pass("sum", func(address func(i, v int) Mem, e *end) {
			for v := range l.vectors() {
				e.load(s, address(0, v), x, v)
				e.load(s, address(1, v), spare, v)
				VMULPS(spare, x, x)
				VADDPS(x, sums[v], sums[v])
			}
		})
		l.fold(VADDPS, sums, spare)
		VBROADCASTSS(sums[0].AsX(), mean)
		l.pass("slope", func(address func(i, v int) Mem, e *end) {
			for v := range l.vectors() {
				e.load(s, address(0, v), x, v)
				e.load(s, address(1, v), spare, v)
				VSUBPS(mean, x, x)
				VMULPS(scale, spare, spare)
				VMULPS(spare, x, x)
				e.store(s, x, address(0, v), v)
			}
		})
	})
}
