package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A gather panel is a panel of a product whose rows are pixels of a convolution. For each tap, a row of the tile reads the
// pixel that a table of int32 gives; another table gives the rows of dst.
func (s *isa) convolutions() {
	s.panels("gatherPanel", "gatherEdge", func(name string, nv int, cut bool) {
		p := s.begin(name, nv, cut, true)
		p.allTiles()
	})
	s.dots()
	s.panels("outerPanel", "outerEdge", s.outer)
	s.squares()
}

const gatherFrame = 40

// beginGather sets up the part of the stack that only a gather panel has. Pixels are addressed by their ends, so that the
// index of a channel, which is negative, needs no limit.
func (p *panel) beginGather(frame Mem) {
	p.targets, p.sources, p.image, p.taps, p.tapsLeft = frame, frame.Offset(8), frame.Offset(16), frame.Offset(24), frame.Offset(32)
	targets, sources, image, channels := p.get(fieldTargets), p.get(fieldSources), p.get(fieldA), p.get(fieldK)
	MOVQ(targets, p.targets)
	MOVQ(sources, p.sources)
	LEAQ(Mem{Base: image, Index: channels, Scale: 4}, image)
	MOVQ(image, p.image)
}

// gatherChain starts the sums at zero and runs over the taps and, within a tap, over the channels.
func (p *panel) gatherChain(rows int) {
	for i := range rows * p.nv {
		p.zero(p.vector(i))
	}
	p.gatherTaps(rows, 1, p.get(fieldBStep), func(pixel func(r int) Mem, b reg.Register) {
		for v := range p.nv {
			VMOVUPS(Mem{Base: b, Disp: v * p.bytes()}, p.spare(v))
		}
		for r := range rows {
			x := p.spare(2 + r%2)
			VBROADCASTSS(pixel(r), x)
			for v := range p.nv {
				VFMADD231PS(x, p.spare(v), p.sum(r, v))
			}
		}
	})
}

// gatherTaps runs over the taps and, within a tap, over the channels, some at a time. step gets the addresses of the current
// channels of each row's pixel, and of the weights, which advance by a number of bytes.
func (p *panel) gatherTaps(rows, channels int, advance Op, step func(pixel func(r int) Mem, b reg.Register)) {
	table, b, index := GP64(), GP64(), GP64()
	MOVQ(p.sources, table)
	for field, at := range []Mem{p.taps, p.tapsLeft} {
		MOVQ(Mem{Base: p.args, Disp: fieldTaps + 8*field}, b)
		MOVQ(b, at)
	}
	pixels := make([]reg.GPVirtual, rows)
	Label(p.label("tap", rows))
	for r := range rows {
		pixels[r] = GP64()
		MOVLQSX(Mem{Base: table, Disp: 4 * r}, pixels[r])
		IMULQ(Mem{Base: p.args, Disp: fieldARow}, pixels[r])
		ADDQ(p.image, pixels[r])
	}
	MOVQ(p.taps, b)
	MOVLQSX(Mem{Base: b}, b)
	IMULQ(Mem{Base: p.args, Disp: fieldBTap}, b)
	ADDQ(Mem{Base: p.args, Disp: fieldB}, b)
	MOVQ(Mem{Base: p.args, Disp: fieldK}, index)
	SHLQ(U8(2), index)
	NEGQ(index)
	Label(p.label("step", rows))
	step(func(r int) Mem { return Mem{Base: pixels[r], Index: index, Scale: 1} }, b)
	ADDQ(advance, b)
	ADDQ(U8(4*channels), index)
	JNE(LabelRef(p.label("step", rows)))
	ADDQ(Mem{Base: p.args, Disp: fieldSourceTap}, table)
	ADDQ(U8(4), p.taps)
	DECQ(p.tapsLeft)
	JNE(LabelRef(p.label("tap", rows)))
}

// eachTarget is each for the rows in the table of targets.
func (p *panel) eachTarget(rows int, start Mem, stride int, f func(r, v int, at Mem)) {
	table, base, step, at := GP64(), GP64(), p.get(stride), GP64()
	MOVQ(p.targets, table)
	MOVQ(start, base)
	for r := range rows {
		MOVLQSX(Mem{Base: table, Disp: 4 * r}, at)
		IMULQ(step, at)
		ADDQ(base, at)
		for v := range p.nv {
			f(r, v, Mem{Base: at, Disp: v * p.bytes()})
		}
	}
}

// indexOf loads the index of row r of the tile.
func (p *panel) indexOf(r int, index, to reg.GPVirtual) {
	if p.gather {
		MOVQ(p.targets, to)
		MOVLQSX(Mem{Base: to, Disp: 4 * r}, to)
		MOVLQSX(Mem{Base: index, Index: to, Scale: 4}, to)
		return
	}
	MOVLQSX(Mem{Base: index, Disp: 4 * r}, to)
}
