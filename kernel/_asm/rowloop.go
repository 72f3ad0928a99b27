package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// lanes is the number of partial sums of a row: element j is added to sum j mod 16.
const lanes = 16

// rowLoop is a loop over rows whose body goes through the columns of a row several times, 16 at a time.
type rowLoop struct {
	*isa
	pointers    []reg.GPVirtual // to the current row of each matrix, then to each table
	whole, rest reg.GPVirtual   // columns in whole chunks, and whether there are others
	end         *end
}

// overRows writes a function over rows. matrices are parameters whose strides in bytes are the parameters of their names and
// "Stride"; tables are parameters that point to numbers per column. body computes a row.
func (s *isa) overRows(matrices, tables []string, body func(l *rowLoop)) {
	l := &rowLoop{isa: s, whole: GP64(), rest: GP64()}
	var strides []reg.Register
	for _, name := range matrices {
		p := GP64()
		Load(Param(name), p)
		l.pointers = append(l.pointers, p)
		strides = append(strides, Load(Param(name+"Stride"), GP64()))
	}
	for _, name := range tables {
		p := GP64()
		Load(Param(name), p)
		l.pointers = append(l.pointers, p)
	}
	rows, cut := GP64(), GP64()
	Load(Param("rows"), rows)
	Load(Param("cols"), l.whole)
	MOVQ(l.whole, l.rest)
	ANDQ(U8(lanes-1), l.rest)
	SUBQ(l.rest, l.whole)
	MOVQ(l.rest, cut)
	l.end = s.newEnd(cut, s.vector(15))
	Label("row")
	body(l)
	for i, stride := range strides {
		ADDQ(stride, l.pointers[i])
	}
	DECQ(rows)
	JNE(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// vectors is the number of vectors in a chunk.
func (l *rowLoop) vectors() int { return lanes / l.width }

// pass goes through a row. Vector v of a chunk of matrix or table i is at address(i, v).
func (l *rowLoop) pass(name string, chunk func(address func(i, v int) Mem, e *end)) {
	at := GP64()
	XORQ(at, at)
	address := func(i, v int) Mem {
		return Mem{Base: l.pointers[i], Index: at, Scale: 4, Disp: v * l.bytes()}
	}
	TESTQ(l.whole, l.whole)
	JE(LabelRef(name + "Last"))
	Label(name)
	chunk(address, nil)
	ADDQ(U8(lanes), at)
	CMPQ(at, l.whole)
	JLT(LabelRef(name))
	Label(name + "Last")
	TESTQ(l.rest, l.rest)
	JE(LabelRef(name + "End"))
	chunk(address, l.end)
	Label(name + "End")
}

// keep clears the lanes of vector v of a chunk that are outside the row. It overwrites vector 15.
func (l *rowLoop) keep(e *end, x reg.VecPhysical, v int) {
	switch {
	case e == nil:
	case l.masks:
		VMOVAPS_Z(x, e.lanes[v], x)
	default:
		VANDPS(Mem{Base: e.masks, Disp: v * l.bytes()}, x, x)
	}
}

// fold combines the 16 lanes of one or two registers, the upper half with the lower half, until the lowest lane of the first
// register holds the result. It overwrites the spare register.
func (l *rowLoop) fold(combine func(...Op), x []reg.VecPhysical, spare reg.VecPhysical) {
	if l.masks {
		VEXTRACTF64X4(U8(1), x[0], spare.AsY())
		combine(spare.AsY(), x[0].AsY(), x[0].AsY())
	} else {
		combine(x[1], x[0], x[0])
	}
	VEXTRACTF128(U8(1), x[0].AsY(), spare.AsX())
	combine(spare.AsX(), x[0].AsX(), x[0].AsX())
	VPSHUFD(U8(0xee), x[0].AsX(), spare.AsX())
	combine(spare.AsX(), x[0].AsX(), x[0].AsX())
	VPSHUFD(U8(0x55), x[0].AsX(), spare.AsX())
	combine(spare.AsX(), x[0].AsX(), x[0].AsX())
}
