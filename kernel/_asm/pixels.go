package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/reg"
)

func (s *isa) pixels() {
	s.sumPixels()
	s.spreadPixels("spreadPixels", false)
	s.spreadPixels("spreadPixelsAdd", true)
	s.addRows()
	s.addSumRows()
	s.gatePixels("gatePixels", false)
	s.gatePixels("gatePixelsAdd", true)
	s.sumProducts()
}

// scalar broadcasts the parameter scale.
func (s *isa) scalar(to reg.Register) { VBROADCASTSS(parameter("scale"), to) }

// sumPixels sums over rows in four chains.
func (s *isa) sumPixels() {
	TEXT("sumPixels"+s.suffix, 4, "func(dst, x *float32, xStride, rows, cols int, scale float32)")
	scale := s.vector(0)
	s.scalar(scale)
	s.sumChains([]string{"x"}, func(c *columns, e *end, x reg.VecPhysical) { c.load(e, "x", x) }, func(sum reg.VecPhysical) {
		VMULPS(scale, sum, sum)
	})
}

// sumProducts sums d·x over rows in four chains.
func (s *isa) sumProducts() {
	TEXT("sumProducts"+s.suffix, 4, "func(dst, d *float32, dStride int, x *float32, xStride, rows, cols int)")
	s.sumChains([]string{"d", "x"}, func(c *columns, e *end, x reg.VecPhysical) {
		c.load(e, "d", s.vector(2))
		c.load(e, "x", x)
		VMULPS(s.vector(2), x, x)
	}, func(reg.VecPhysical) {})
}

// sumChains sums what summand puts into a register, over rows, and stores what finish makes of it.
func (s *isa) sumChains(matrices []string, summand func(c *columns, e *end, x reg.VecPhysical), finish func(sum reg.VecPhysical)) {
	const chains = 4
	(&columns{isa: s, matrices: matrices, tables: []string{"dst"}, kept: chains, unroll: chains,
		before: func(c *columns, e *end) {
			for i := range chains {
				s.zero(c.keep(i))
			}
		},
		row: func(c *columns, r int, e *end) {
			summand(c, e, s.vector(1))
			VADDPS(s.vector(1), c.keep(r), c.keep(r))
		},
		after: func(c *columns, e *end) {
			VADDPS(c.keep(1), c.keep(0), c.keep(0))
			VADDPS(c.keep(3), c.keep(2), c.keep(2))
			VADDPS(c.keep(2), c.keep(0), c.keep(0))
			finish(c.keep(0))
			e.store(s, c.keep(0), c.column("dst"), 0)
		},
	}).write()
}

func (s *isa) spreadPixels(name string, accumulate bool) {
	TEXT(name+s.suffix, 4, "func(dst *float32, dstStride int, x *float32, rows, cols int, scale float32)")
	scale := s.vector(0)
	s.scalar(scale)
	(&columns{isa: s, matrices: []string{"dst"}, tables: []string{"x"}, kept: 1, unroll: 1,
		before: func(c *columns, e *end) {
			e.load(s, c.column("x"), c.keep(0), 0)
			VMULPS(scale, c.keep(0), c.keep(0))
		},
		row: func(c *columns, r int, e *end) {
			y := c.keep(0)
			if accumulate {
				y = s.vector(1)
				c.load(e, "dst", y)
				VADDPS(c.keep(0), y, y)
			}
			c.store(e, y, "dst")
		},
	}).write()
}

func (s *isa) addRows() {
	TEXT("addRows"+s.suffix, 4, "func(dst *float32, dstStride int, x *float32, xStride, rows, cols int)")
	(&columns{isa: s, matrices: []string{"dst", "x"}, kept: 1, unroll: 1,
		row: func(c *columns, r int, e *end) {
			c.load(e, "dst", s.vector(0))
			c.load(e, "x", s.vector(1))
			VADDPS(s.vector(1), s.vector(0), s.vector(0))
			c.store(e, s.vector(0), "dst")
		},
	}).write()
}

// addSumRows continues a chain per column over rows.
func (s *isa) addSumRows() {
	TEXT("addSumRows"+s.suffix, 4, "func(dst, x *float32, xStride, rows, cols int)")
	(&columns{isa: s, matrices: []string{"x"}, tables: []string{"dst"}, kept: 1, unroll: 1,
		before: func(c *columns, e *end) { e.load(s, c.column("dst"), c.keep(0), 0) },
		row: func(c *columns, r int, e *end) {
			c.load(e, "x", s.vector(0))
			VADDPS(s.vector(0), c.keep(0), c.keep(0))
		},
		after: func(c *columns, e *end) { e.store(s, c.keep(0), c.column("dst"), 0) },
	}).write()
}

// gatePixels is dst = gate·x, or add + gate·x.
func (s *isa) gatePixels(name string, plus bool) {
	signature, matrices := "func(dst *float32, dstStride int, x *float32, xStride int, gate *float32, rows, cols int)", []string{"dst", "x"}
	if plus {
		signature = "func(dst *float32, dstStride int, add *float32, addStride int, x *float32, xStride int, gate *float32, rows, cols int)"
		matrices = append(matrices, "add")
	}
	TEXT(name+s.suffix, 4, signature)
	x, y := s.vector(0), s.vector(1)
	(&columns{isa: s, matrices: matrices, tables: []string{"gate"}, kept: 1, unroll: 1,
		before: func(c *columns, e *end) { e.load(s, c.column("gate"), c.keep(0), 0) },
		row: func(c *columns, r int, e *end) {
			c.load(e, "x", x)
			VMULPS(c.keep(0), x, x)
			if plus {
				c.load(e, "add", y)
				VADDPS(x, y, x)
			}
			c.store(e, x, "dst")
		},
	}).write()
}
