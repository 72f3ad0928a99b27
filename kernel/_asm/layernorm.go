package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// layerNorms writes the functions of kernel/layernorm.go.
func (s *isa) layerNorms() {
	s.layerNorm()
	s.layerNormTangent()
	s.layerNormGradient("layerNormGradient", false)
	s.layerNormGradient("layerNormGradientAdd", true)
}

// parameter is the address of a scalar parameter.
func parameter(name string) Mem {
	address, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return address.Addr
}

// layerLoop has registers with numbers of the current row.
type layerLoop struct {
	*rowLoop
	stats                   reg.GPVirtual
	first, mean, sigma, one reg.VecPhysical
	value, normal, other    reg.VecPhysical
	plain, scaled           []reg.VecPhysical // sums
	plainMean, scaledMean   reg.VecPhysical
	operandOfX              int
}

// overPixels is overRows for functions with the parameters stats and inverse, 1/cols.
func (s *isa) overPixels(matrices, tables []string, x int, body func(l *layerLoop)) {
	v := s.vector
	l := &layerLoop{stats: GP64(), value: v(0), normal: v(1), other: v(2), one: v(3), first: v(4), mean: v(5), sigma: v(6),
		plain: []reg.VecPhysical{v(7), v(8)}, scaled: []reg.VecPhysical{v(9), v(10)}, plainMean: v(11), scaledMean: v(12), operandOfX: x}
	Load(Param("stats"), l.stats)
	VBROADCASTSS(s.literalWord(0x3f800000), l.one)
	s.overRows(matrices, tables, func(rows *rowLoop) {
		l.rowLoop = rows
		VBROADCASTSS(Mem{Base: l.pointers[x]}, l.first)
		for i := range 2 {
			s.zero(l.plain[i])
			s.zero(l.scaled[i])
		}
		body(l)
		ADDQ(U8(8), l.stats)
	})
}

// statistics reads those of the row.
func (l *layerLoop) statistics() {
	VBROADCASTSS(Mem{Base: l.stats}, l.mean)
	VBROADCASTSS(Mem{Base: l.stats, Disp: 4}, l.sigma)
}

// average divides a sum by the number of columns.
func (l *layerLoop) average(sums []reg.VecPhysical, to reg.VecPhysical) {
	l.fold(VADDPS, sums, l.other)
	VMULSS(parameter("inverse"), sums[0].AsX(), sums[0].AsX())
	VBROADCASTSS(sums[0].AsX(), to)
}

// normalize sets normal to x̂.
func (l *layerLoop) normalize(address func(i, v int) Mem, v int, e *end) {
	e.load(l.isa, address(l.operandOfX, v), l.normal, v)
	VSUBPS(l.first, l.normal, l.normal)
	VSUBPS(l.mean, l.normal, l.normal)
	VMULPS(l.sigma, l.normal, l.normal)
}

// scale multiplies x by 1 + the scale, operand i.
func (l *layerLoop) scale(i int, address func(i, v int) Mem, v int, e *end, x reg.VecPhysical) {
	e.load(l.isa, address(i, v), l.other, v)
	VADDPS(l.one, l.other, l.other)
	VMULPS(l.other, x, x)
}

// add adds the lanes of x that are inside the row to a sum. It overwrites x.
func (l *layerLoop) add(x reg.VecPhysical, sums []reg.VecPhysical, v int, e *end) {
	l.keep(e, x, v)
	VADDPS(x, sums[v], sums[v])
}

func (s *isa) layerNorm() {
	TEXT("layerNorm"+s.suffix, 4, "func(dst *float32, dstStride int, x *float32, xStride int, scale, shift, stats *float32, rows, cols int, "+
		"inverse, epsilon float32)")
	const dst, x, scale, shift = 0, 1, 2, 3
	s.overPixels([]string{"dst", "x"}, []string{"scale", "shift"}, x, func(l *layerLoop) {
		l.pass("sum", func(address func(i, v int) Mem, e *end) {
			for v := range l.vectors() {
				e.load(s, address(x, v), l.value, v)
				VSUBPS(l.first, l.value, l.value)
				l.add(l.value, l.plain, v, e)
			}
		})
		l.average(l.plain, l.mean)
		l.pass("square", func(address func(i, v int) Mem, e *end) {
			for v := range l.vectors() {
				e.load(s, address(x, v), l.value, v)
				VSUBPS(l.first, l.value, l.value)
				VSUBPS(l.mean, l.value, l.value)
				VMULPS(l.value, l.value, l.value)
				l.add(l.value, l.scaled, v, e)
			}
		})
		l.average(l.scaled, l.sigma)
		sigma := l.sigma.AsX()
		VADDSS(parameter("epsilon"), sigma, sigma)
		VSQRTSS(sigma, sigma, sigma)
		VDIVSS(sigma, l.one.AsX(), sigma)
		VMOVSS(l.mean.AsX(), Mem{Base: l.stats})
		VMOVSS(sigma, Mem{Base: l.stats, Disp: 4})
		VBROADCASTSS(sigma, l.sigma)
		l.pass("store", func(address func(i, v int) Mem, e *end) {
			for v := range l.vectors() {
				l.normalize(address, v, e)
				l.scale(scale, address, v, e, l.normal)
				e.load(s, address(shift, v), l.other, v)
				VADDPS(l.other, l.normal, l.normal)
				e.store(s, l.normal, address(dst, v), v)
			}
		})
	})
}

func (s *isa) layerNormTangent() {
	TEXT("layerNormTangent"+s.suffix, 4, "func(dst *float32, dstStride int, v *float32, vStride int, x *float32, xStride int, "+
		"scale, vScale, vShift, stats *float32, rows, cols int, inverse float32)")
	const dst, tangent, x, scale, vScale, vShift = 0, 1, 2, 3, 4, 5
	s.overPixels([]string{"dst", "v", "x"}, []string{"scale", "vScale", "vShift"}, x, func(l *layerLoop) {
		l.statistics()
		l.pass("sum", func(address func(i, v int) Mem, e *end) {
			for v := range l.vectors() {
				l.normalize(address, v, e)
				e.load(s, address(tangent, v), l.value, v)
				VMULPS(l.value, l.normal, l.normal)
				l.add(l.value, l.plain, v, e)
				l.add(l.normal, l.scaled, v, e)
			}
		})
		l.average(l.plain, l.plainMean)
		l.average(l.scaled, l.scaledMean)
		l.pass("store", func(address func(i, v int) Mem, e *end) {
			for v := range l.vectors() {
				l.normalize(address, v, e)
				e.load(s, address(tangent, v), l.value, v)
				l.project()
				l.scale(scale, address, v, e, l.value)
				e.load(s, address(vScale, v), l.other, v)
				VMULPS(l.other, l.normal, l.normal)
				VADDPS(l.normal, l.value, l.value)
				e.load(s, address(vShift, v), l.other, v)
				VADDPS(l.other, l.value, l.value)
				e.store(s, l.value, address(dst, v), v)
			}
		})
	})
}

// project replaces value by (value − plainMean − x̂·scaledMean)·sigma.
func (l *layerLoop) project() {
	VSUBPS(l.plainMean, l.value, l.value)
	VMULPS(l.scaledMean, l.normal, l.other)
	VSUBPS(l.other, l.value, l.value)
	VMULPS(l.sigma, l.value, l.value)
}

func (s *isa) layerNormGradient(name string, accumulate bool) {
	TEXT(name+s.suffix, 4, "func(dx *float32, dxStride int, d *float32, dStride int, x *float32, xStride int, "+
		"scale, dScale, dShift, stats *float32, rows, cols int, inverse float32)")
	const dx, d, x, scale, dScale, dShift = 0, 1, 2, 3, 4, 5
	s.overPixels([]string{"dx", "d", "x"}, []string{"scale", "dScale", "dShift"}, x, func(l *layerLoop) {
		l.statistics()
		l.pass("sum", func(address func(i, v int) Mem, e *end) {
			for v := range l.vectors() {
				l.normalize(address, v, e)
				e.load(s, address(d, v), l.value, v)
				e.load(s, address(dShift, v), l.other, v)
				VADDPS(l.value, l.other, l.other)
				e.store(s, l.other, address(dShift, v), v)
				product := l.plainMean // free here
				VMULPS(l.normal, l.value, product)
				e.load(s, address(dScale, v), l.other, v)
				VADDPS(product, l.other, l.other)
				e.store(s, l.other, address(dScale, v), v)
				l.scale(scale, address, v, e, l.value)
				VMULPS(l.value, l.normal, l.normal)
				l.add(l.value, l.plain, v, e)
				l.add(l.normal, l.scaled, v, e)
			}
		})
		l.average(l.plain, l.plainMean)
		l.average(l.scaled, l.scaledMean)
		l.pass("store", func(address func(i, v int) Mem, e *end) {
			for v := range l.vectors() {
				l.normalize(address, v, e)
				e.load(s, address(d, v), l.value, v)
				l.scale(scale, address, v, e, l.value)
				l.project()
				if accumulate {
					e.load(s, address(dx, v), l.other, v)
					VADDPS(l.other, l.value, l.value)
				}
				e.store(s, l.value, address(dx, v), v)
			}
		})
	})
}
