package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func (s *isa) packing() {
	s.packRows(2)
	s.packRows(1)
	if !s.masks {
		s.transpose() // used on both paths
	}
}

// packRows copies k rows of cols columns to adjacent rows of nv vectors, padded with zeros.
func (s *isa) packRows(nv int) {
	TEXT(fmt.Sprintf("packRows%d%s", nv, s.suffix), 4, "func(dst, src *float32, stride, k, cols int)")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	stride, k := Load(Param("stride"), GP64()), Load(Param("k"), GP64())
	cols := GP64()
	Load(Param("cols"), cols)
	e := s.newEnd(cols, s.vector(15))
	Label("row")
	for v := range nv {
		e.load(s, Mem{Base: src, Disp: v * s.bytes()}, s.vector(v), v)
	}
	for v := range nv {
		VMOVUPS(s.vector(v), Mem{Base: dst, Disp: v * s.bytes()})
	}
	ADDQ(stride, src)
	ADDQ(U8(nv*s.bytes()), dst)
	DECQ(k)
	JNE(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// transpose writes 4·steps columns of eight rows of src as rows of dst, four at a time.
func (s *isa) transpose() {
	TEXT("transpose"+s.suffix, 4, "func(dst *float32, dstStride int, src *float32, srcStride, steps int)")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	to, from := Load(Param("dstStride"), GP64()), Load(Param("srcStride"), GP64())
	steps := Load(Param("steps"), GP64())
	from3, to3, src4 := GP64(), GP64(), GP64()
	LEAQ(Mem{Base: from, Index: from, Scale: 2}, from3)
	LEAQ(Mem{Base: to, Index: to, Scale: 2}, to3)
	LEAQ(Mem{Base: src, Index: from, Scale: 4}, src4)
	y := func(i int) reg.VecPhysical { return s.vector(i) }
	row := func(base reg.Register, stride, stride3 reg.Register, r int) Mem {
		return []Mem{{Base: base}, {Base: base, Index: stride, Scale: 1}, {Base: base, Index: stride, Scale: 2},
			{Base: base, Index: stride3, Scale: 1}}[r]
	}
	Label("step")
	Comment("Register r: four columns of row r, and of row r+4 in the upper half.")
	for r := range 4 {
		VMOVUPS(row(src, from, from3, r), y(r).AsX())
		VINSERTF128(U8(1), row(src4, from, from3, r), y(r), y(r))
	}
	VUNPCKLPS(y(1), y(0), y(4)) // columns 0, 1 of rows 0, 1
	VUNPCKHPS(y(1), y(0), y(5)) // columns 2, 3
	VUNPCKLPS(y(3), y(2), y(6))
	VUNPCKHPS(y(3), y(2), y(7))
	VUNPCKLPD(y(6), y(4), y(0))
	VUNPCKHPD(y(6), y(4), y(1))
	VUNPCKLPD(y(7), y(5), y(2))
	VUNPCKHPD(y(7), y(5), y(3))
	for r := range 4 {
		VMOVUPS(y(r), row(dst, to, to3, r))
	}
	ADDQ(U8(16), src)
	ADDQ(U8(16), src4)
	LEAQ(Mem{Base: dst, Index: to, Scale: 4}, dst)
	DECQ(steps)
	JNE(LabelRef("step"))
	VZEROUPPER()
	RET()
}
