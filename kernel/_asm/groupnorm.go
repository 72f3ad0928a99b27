package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The fields of the struct normTable in package kernel, 256 floats each, in order; a test there checks the order.
const (
	fieldMean = 1024 * iota
	fieldNormScale
	fieldOffset
	fieldInverse
	fieldRest
	fieldFactor
	fieldCenter
	fieldSlope
)

func (s *isa) groupNorm() {
	s.channelMoments()
	s.normApply("normApply", false)
	s.normApply("normApplySiLU", true)
	s.sumNorm("sumNorm", false)
	s.sumNorm("sumNormSiLU", true)
	s.normCombine("normCombine", false)
	s.normCombine("normCombineAdd", true)
}

// channelMoments computes sums of x − near and of its square over rows in float64, in two chains each.
func (s *isa) channelMoments() {
	TEXT("channelMoments"+s.suffix, 4, "func(sums *float64, near, x *float32, xStride, rows, cols int)")
	sums := GP64()
	Load(Param("sums"), sums)
	doubles := s.width / 2
	half := func(v reg.VecPhysical) reg.VecPhysical { // the register that has half of its length
		if s.masks {
			return v.AsY().(reg.VecPhysical)
		}
		return v.AsX().(reg.VecPhysical)
	}
	near := func(h int) reg.VecPhysical { return s.vector(8 + h) }
	sum := func(chain, h int) reg.VecPhysical { return s.vector(4*chain + 2*h) }
	square := func(chain, h int) reg.VecPhysical { return s.vector(4*chain + 2*h + 1) }
	x := func(h int) reg.VecPhysical { return s.vector(10 + h) }
	(&columns{isa: s, matrices: []string{"x"}, tables: []string{"near"}, unroll: 2,
		before: func(c *columns, e *end) {
			for i := range 8 {
				s.zero(s.vector(i))
			}
			for h := range 2 {
				VCVTPS2PD(Mem{Base: c.table["near"], Disp: 4 * doubles * h}, near(h))
			}
		},
		row: func(c *columns, r int, e *end) {
			if e == nil {
				for h := range 2 {
					VCVTPS2PD(Mem{Base: c.at["x"], Disp: 4 * doubles * h}, x(h))
				}
			} else {
				c.load(e, "x", s.vector(12))
				if s.masks {
					VEXTRACTF64X4(U8(1), s.vector(12), half(s.vector(13)))
				} else {
					VEXTRACTF128(U8(1), s.vector(12), half(s.vector(13)))
				}
				VCVTPS2PD(half(s.vector(12)), x(0))
				VCVTPS2PD(half(s.vector(13)), x(1))
			}
			for h := range 2 {
				VSUBPD(near(h), x(h), x(h))
			}
			for h := range 2 {
				VADDPD(x(h), sum(r, h), sum(r, h))
				VFMADD231PD(x(h), x(h), square(r, h))
			}
		},
		after: func(c *columns, e *end) {
			const all = 256 * 8
			for h := range 2 {
				VADDPD(sum(1, h), sum(0, h), sum(0, h))
				VADDPD(square(1, h), square(0, h), square(0, h))
				VMOVUPD(sum(0, h), Mem{Base: sums, Disp: 8 * doubles * h})
				VMOVUPD(square(0, h), Mem{Base: sums, Disp: all + 8*doubles*h})
			}
			ADDQ(I32(2*s.bytes()), sums)
		},
	}).write()
}

// field is the numbers of the current columns in a normTable.
func (c *columns) field(offset int) Mem { return c.column("table").Offset(offset) }

// normApply is dst = (x − mean)·scale + offset, and SiLU of it.
func (s *isa) normApply(name string, silu bool) {
	TEXT(name+s.suffix, 4, "func(dst *float32, dstStride int, x *float32, xStride, rows, cols int, table *byte)")
	var exp *exponential
	if silu {
		exp = s.newExponential()
	}
	const mean, scale, offset = 0, 1, 2
	(&columns{isa: s, matrices: []string{"dst", "x"}, tables: []string{"table"}, kept: 3, unroll: 1,
		before: func(c *columns, e *end) {
			VMOVUPS(c.field(fieldMean), c.keep(mean))
			VMOVUPS(c.field(fieldNormScale), c.keep(scale))
			VMOVUPS(c.field(fieldOffset), c.keep(offset))
		},
		row: func(c *columns, r int, e *end) {
			u := s.vector(0)
			c.load(e, "x", u)
			VSUBPS(c.keep(mean), u, u)
			VMULPS(c.keep(scale), u, u)
			VADDPS(c.keep(offset), u, u)
			if silu {
				exp.sigmoid(u, s.vector(1), s.free(2))
				VMULPS(s.vector(1), u, u)
			}
			c.store(e, u, "dst")
		},
	}).write()
}

// free is five registers from the given one on.
func (s *isa) free(first int) []reg.VecPhysical {
	v := make([]reg.VecPhysical, 5)
	for i := range v {
		v[i] = s.vector(first + i)
	}
	return v
}

// sumNorm sums v and v·x̂ over rows, in two chains that change places after each row. With SiLU, v is first multiplied by the
// slope of SiLU at u.
func (s *isa) sumNorm(name string, silu bool) {
	TEXT(name+s.suffix, 4, "func(plain, scaled, v *float32, vStride int, x *float32, xStride, rows, cols int, table *byte)")
	var exp *exponential
	if silu {
		exp = s.newExponential()
	}
	v, centered, u, sigma := s.vector(0), s.vector(1), s.vector(2), s.vector(3)
	const sums, products, chains = 0, 2, 4
	add := func(c *columns, x reg.VecPhysical, to int) {
		VADDPS(x, c.keep(to), x)
		VMOVAPS(c.keep(to+1), c.keep(to))
		VMOVAPS(x, c.keep(to+1))
	}
	(&columns{isa: s, matrices: []string{"v", "x"}, tables: []string{"table", "plain", "scaled"}, kept: chains, unroll: 1,
		before: func(c *columns, e *end) {
			for i := range chains {
				s.zero(c.keep(i))
			}
		},
		row: func(c *columns, r int, e *end) {
			c.load(e, "x", centered)
			VSUBPS(c.field(fieldMean), centered, centered)
			if silu {
				VMULPS(c.field(fieldNormScale), centered, u)
				VADDPS(c.field(fieldOffset), u, u)
				exp.sigmoid(u, sigma, append(s.free(4)[:4], v))
			}
			c.load(e, "v", v)
			if silu {
				VMULPS(sigma, u, u)
				exp.slope(sigma, u, s.vector(4))
				VMULPS(s.vector(4), v, v)
				c.store(e, v, "v")
			}
			VMULPS(c.field(fieldInverse), centered, centered)
			VADDPS(c.field(fieldRest), centered, centered)
			VMULPS(v, centered, centered)
			add(c, v, sums)
			add(c, centered, products)
		},
		after: func(c *columns, e *end) {
			for i, table := range []string{"plain", "scaled"} {
				VADDPS(c.keep(2*i+1), c.keep(2*i), c.keep(2*i))
				e.store(s, c.keep(2*i), c.column(table), 0)
			}
		},
	}).write()
}

// normCombine is dst = (v·factor − center) − (x − mean)·slope, or is added to dst.
func (s *isa) normCombine(name string, accumulate bool) {
	TEXT(name+s.suffix, 4,
		"func(dst *float32, dstStride int, v *float32, vStride int, x *float32, xStride, rows, cols int, table *byte)")
	const mean, factor, center, slope = 0, 1, 2, 3
	(&columns{isa: s, matrices: []string{"dst", "v", "x"}, tables: []string{"table"}, kept: 4, unroll: 1,
		before: func(c *columns, e *end) {
			VMOVUPS(c.field(fieldMean), c.keep(mean))
			VMOVUPS(c.field(fieldFactor), c.keep(factor))
			VMOVUPS(c.field(fieldCenter), c.keep(center))
			VMOVUPS(c.field(fieldSlope), c.keep(slope))
		},
		row: func(c *columns, r int, e *end) {
			v, x := s.vector(0), s.vector(1)
			c.load(e, "v", v)
			c.load(e, "x", x)
			VMULPS(c.keep(factor), v, v)
			VSUBPS(c.keep(center), v, v)
			VSUBPS(c.keep(mean), x, x)
			VMULPS(c.keep(slope), x, x)
			VSUBPS(x, v, v)
			if accumulate {
				c.load(e, "dst", x)
				VADDPS(x, v, v)
			}
			c.store(e, v, "dst")
		},
	}).write()
}
