package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

func (s *isa) rows() {
	s.scatterAdd()
	s.sumRows()
}

// scatterAdd adds row r of src to row index[r]-first of dst, unless dst has no such row. rows and cols are at least 1;
// strides are in bytes.
func (s *isa) scatterAdd() {
	TEXT("scatterAdd"+s.suffix, 4,
		"func(dst *float32, dstStride, dstRows int, src *float32, srcStride int, index *int32, rows, cols, first int)")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	dstStride, srcStride := Load(Param("dstStride"), GP64()), Load(Param("srcStride"), GP64())
	index, rows := Load(Param("index"), GP64()), Load(Param("rows"), GP64())
	first, dstRows := Load(Param("first"), GP64()), Load(Param("dstRows"), GP64())
	whole, rest := GP64(), GP64()
	Load(Param("cols"), whole)
	MOVQ(whole, rest)
	ANDQ(U8(s.width-1), rest)
	SUBQ(rest, whole)
	hasRest := GP64()
	MOVQ(rest, hasRest)
	e := s.newEnd(rest, s.vector(15))
	row, at := GP64(), GP64()
	add := func(e *end) {
		from, to := Mem{Base: src, Index: at, Scale: 4}, Mem{Base: row, Index: at, Scale: 4}
		e.load(s, from, s.vector(0), 0)
		e.load(s, to, s.vector(1), 0)
		VADDPS(s.vector(0), s.vector(1), s.vector(1))
		e.store(s, s.vector(1), to, 0)
	}
	Label("row")
	MOVLQSX(Mem{Base: index}, row)
	SUBQ(first, row)
	CMPQ(row, dstRows)
	JCC(LabelRef("next")) // unsigned >=: a row before first is a huge number
	IMULQ(dstStride, row)
	ADDQ(dst, row)
	XORQ(at, at)
	Label("vector")
	CMPQ(at, whole)
	JGE(LabelRef("rest"))
	add(nil)
	ADDQ(U8(s.width), at)
	JMP(LabelRef("vector"))
	Label("rest")
	TESTQ(hasRest, hasRest)
	JE(LabelRef("next"))
	add(e)
	Label("next")
	ADDQ(U8(4), index)
	ADDQ(srcStride, src)
	DECQ(rows)
	JNE(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// sumRows adds the rows of src, four vectors of columns at a time. rows and cols are at least 1; the stride is in bytes.
func (s *isa) sumRows() {
	TEXT("sumRows"+s.suffix, 4, "func(dst, src *float32, stride, rows, cols int)")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	stride, rows := Load(Param("stride"), GP64()), Load(Param("rows"), GP64())
	cols := GP64()
	Load(Param("cols"), cols)
	at, k := GP64(), GP64()
	sum := func(name string, vectors int, e *end) {
		for v := range vectors {
			s.zero(s.vector(v))
		}
		MOVQ(src, at)
		MOVQ(rows, k)
		Label(name + "Row")
		for v := range vectors {
			e.load(s, Mem{Base: at, Disp: v * s.bytes()}, s.vector(8+v), 0)
			VADDPS(s.vector(8+v), s.vector(v), s.vector(v))
		}
		ADDQ(stride, at)
		DECQ(k)
		JNE(LabelRef(name + "Row"))
		for v := range vectors {
			e.store(s, s.vector(v), Mem{Base: dst, Disp: v * s.bytes()}, 0)
		}
	}
	for _, vectors := range []int{4, 1} {
		name := map[int]string{4: "blocks", 1: "vectors"}[vectors]
		Label(name)
		CMPQ(cols, U8(vectors*s.width))
		JLT(LabelRef(name + "End"))
		sum(name, vectors, nil)
		ADDQ(I32(vectors*s.bytes()), src)
		ADDQ(I32(vectors*s.bytes()), dst)
		SUBQ(U8(vectors*s.width), cols)
		JMP(LabelRef(name))
		Label(name + "End")
	}
	TESTQ(cols, cols)
	JE(LabelRef("done"))
	sum("rest", 1, s.newEnd(cols, s.vector(15)))
	Label("done")
	VZEROUPPER()
	RET()
}
