package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// columns writes a function that computes a matrix a block of columns after the other, each from the first row to the last,
// so that what belongs to a column stays in registers. A block is a cache line wide if kept is given, or one vector; the last
// may be cut.
type columns struct {
	*isa
	matrices []string // parameters with the address of a matrix; its stride in bytes is the parameter of that name and "Stride"
	tables   []string // parameters with the address of numbers per column
	kept     int      // registers per vector of a block that keep their value from row to row
	unroll   int      // rows to a step of the loop over rows
	// These are called for each vector of a block. r counts rows within a step; the rows that are left come with r from 0 on.
	before, after func(c *columns, e *end)
	row           func(c *columns, r int, e *end)

	at, table map[string]reg.GPVirtual // the current row, the current columns
	v, top    int                      // the current vector; the highest register that may be kept
}

func (c *columns) write() {
	first, stride := map[string]reg.GPVirtual{}, map[string]reg.Register{}
	c.at, c.table = map[string]reg.GPVirtual{}, map[string]reg.GPVirtual{}
	for _, name := range c.matrices {
		first[name], c.at[name] = GP64(), GP64()
		Load(Param(name), first[name])
		stride[name] = Load(Param(name+"Stride"), GP64())
	}
	for _, name := range c.tables {
		c.table[name] = GP64()
		Load(Param(name), c.table[name])
	}
	cols, rows := GP64(), GP64()
	Load(Param("cols"), cols)
	block := func(name string, vectors int, e *end) {
		c.top = 15
		if e != nil {
			c.top = 14
		}
		each := func(f func(c *columns, e *end)) {
			if f == nil {
				return
			}
			for c.v = range vectors {
				f(c, e)
			}
			c.v = 0
		}
		for _, m := range c.matrices {
			MOVQ(first[m], c.at[m])
		}
		Load(Param("rows"), rows)
		each(c.before)
		row := func(r int) {
			each(func(c *columns, e *end) { c.row(c, r, e) })
			for _, m := range c.matrices {
				ADDQ(stride[m], c.at[m])
			}
		}
		if c.unroll > 1 {
			SUBQ(U8(c.unroll), rows)
			JLT(LabelRef(name + "Left"))
		}
		Label(name + "Row")
		for r := range c.unroll {
			row(r)
		}
		if c.unroll == 1 {
			DECQ(rows)
			JNE(LabelRef(name + "Row"))
		} else {
			SUBQ(U8(c.unroll), rows)
			JGE(LabelRef(name + "Row"))
			Label(name + "Left")
			for r := range c.unroll - 1 {
				CMPQ(rows, I8(r-c.unroll))
				JEQ(LabelRef(name + "End"))
				row(r)
			}
			Label(name + "End")
		}
		each(c.after)
	}
	widths := []int{1}
	if c.kept > 0 && c.width < 16 {
		widths = []int{16 / c.width, 1}
	}
	for _, vectors := range widths {
		name := fmt.Sprintf("columns%d", vectors)
		Label(name)
		CMPQ(cols, U8(vectors*c.width))
		JLT(LabelRef(name + "Done"))
		block(name, vectors, nil)
		for _, m := range c.matrices {
			ADDQ(I32(vectors*c.bytes()), first[m])
		}
		for _, t := range c.tables {
			ADDQ(I32(vectors*c.bytes()), c.table[t])
		}
		SUBQ(U8(vectors*c.width), cols)
		JMP(LabelRef(name))
		Label(name + "Done")
	}
	TESTQ(cols, cols)
	JE(LabelRef("done"))
	block("last", 1, c.newEnd(cols, c.vector(15)))
	Label("done")
	VZEROUPPER()
	RET()
}

// keep is register i of those that keep their value.
func (c *columns) keep(i int) reg.VecPhysical { return c.vector(c.top - c.v*c.kept - i) }

// load and store access the current row of a matrix.
func (c *columns) load(e *end, matrix string, to reg.VecPhysical) {
	e.load(c.isa, Mem{Base: c.at[matrix], Disp: c.v * c.bytes()}, to, 0)
}

func (c *columns) store(e *end, from reg.VecPhysical, matrix string) {
	e.store(c.isa, from, Mem{Base: c.at[matrix], Disp: c.v * c.bytes()}, 0)
}

// column is the numbers of the current columns in a table.
func (c *columns) column(table string) Mem { return Mem{Base: c.table[table], Disp: c.v * c.bytes()} }
