// Command asm writes the assembly of package kernel, two files per instruction set.
//
//	go run . -isa avx512 -out ../avx512_amd64.s
//	go run . -isa avx512 -images -out ../images_avx512_amd64.s
//
// The same code generates both sets. They differ in the width of a vector, in the number of registers (hence in the tile of
// a product), and in how the end of a row is cut: by mask registers, or by VMASKMOVPS with masks in memory.
package main

import (
	"flag"
	"fmt"
	"os"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa describes an instruction set to the generators.
type isa struct {
	suffix string // of function names
	width  int    // floats in a vector
	tiles  []int  // numbers of rows of a product computed together, decreasing; all but the first are powers of two
	masks  bool   // has mask registers

	literals, wides []uint32 // words of constants, and words that fill a vector each
}

var sets = map[string]*isa{
	"avx2":   {suffix: "AVX2", width: 8, tiles: []int{6, 4, 2, 1}},
	"avx512": {suffix: "AVX512", width: 16, tiles: []int{8, 4, 2, 1}, masks: true},
}

func main() {
	name := flag.String("isa", "", "avx2 or avx512")
	images := flag.Bool("images", false, "write the loops for images that are not products")
	flag.Parse()
	set, ok := sets[*name]
	if !ok {
		fmt.Fprintf(os.Stderr, "-isa %q: expected avx2 or avx512\n", *name)
		os.Exit(2)
	}
	ConstraintExpr("!purego")
	set.constants()
	if *images {
		set.groupNorm()
		set.pixels()
		set.attention()
		set.dropout()
		set.layerNorms()
		set.gelu()
	} else {
		set.products()
		set.convolutions()
		set.packing()
		set.elementwise()
		set.exponentials()
		set.rows()
		set.adam()
		set.normal()
	}
	set.writeLiterals()
	Generate()
}

// vector returns physical register i. Registers are named, not allocated, because a tile decides which of them hold sums.
func (s *isa) vector(i int) reg.VecPhysical {
	all := []reg.VecPhysical{
		reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7, reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13,
		reg.Z14, reg.Z15, reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23, reg.Z24, reg.Z25, reg.Z26,
		reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
	}
	if s.masks {
		return all[i]
	}
	if i > 15 {
		panic("AVX2 has 16 vector registers")
	}
	return all[i].AsY().(reg.VecPhysical)
}

func (s *isa) bytes() int { return 4 * s.width }

// laneMasks holds 16 words of one bits, then 16 of zero bits: from word 16-n on, a mask of n lanes.
var laneMasks, negativeZero Mem

func (s *isa) constants() {
	negativeZero = GLOBL("negativeZero"+s.suffix, 8|16) // RODATA|NOPTR
	DATA(0, U32(1<<31))
	if s.masks {
		return
	}
	laneMasks = GLOBL("laneMasks"+s.suffix, 8|16)
	for i := range 32 {
		if i < 16 {
			DATA(4*i, U32(0xffffffff))
		} else {
			DATA(4*i, U32(0))
		}
	}
}

// end is the cut at the end of a row: it selects the lanes of up to two vectors that are inside the row.
type end struct {
	s     *isa
	lanes [2]reg.Register // with mask registers
	masks reg.Register    // without mask registers: the address of the masks
	spare reg.VecPhysical // and a register to load them into
}

// newEnd keeps cols lanes and overwrites the register cols; spare may be nil with mask registers.
func (s *isa) newEnd(cols reg.GPVirtual, spare reg.VecPhysical) *end {
	e := &end{s: s, spare: spare}
	if s.masks {
		Comment("One bit per column inside the row.")
		ones := GP64()
		MOVQ(I32(-1), ones)
		BZHIQ(cols, ones, ones)
		e.lanes = [2]reg.Register{reg.K1, reg.K2}
		KMOVW(ones.As32(), reg.K1)
		SHRQ(U8(16), ones)
		KMOVW(ones.As32(), reg.K2)
		return e
	}
	Comment("The address of the masks that keep the columns inside the row.")
	masks := GP64()
	LEAQ(laneMasks.Offset(64), masks)
	SHLQ(U8(2), cols)
	SUBQ(cols, masks)
	e.masks = masks
	return e
}

// load reads vector v of a row; lanes outside become zero, and their memory is not accessed. A nil end cuts nothing.
func (e *end) load(s *isa, from Mem, to reg.VecPhysical, v int) {
	switch {
	case e == nil:
		VMOVUPS(from, to)
	case s.masks:
		VMOVUPS_Z(from, e.lanes[v], to)
	default:
		VMOVUPS(Mem{Base: e.masks, Disp: v * s.bytes()}, e.spare)
		VMASKMOVPS(from, e.spare, to)
	}
}

// store writes vector v of a row; memory outside is not accessed.
func (e *end) store(s *isa, from reg.VecPhysical, to Mem, v int) {
	switch {
	case e == nil:
		VMOVUPS(from, to)
	case s.masks:
		VMOVUPS(from, e.lanes[v], to)
	default:
		VMOVUPS(Mem{Base: e.masks, Disp: v * s.bytes()}, e.spare)
		VMASKMOVPS(from, e.spare, to)
	}
}
