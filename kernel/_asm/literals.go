package main

import (
	"slices"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// new returns a vector register chosen by avo, for functions where any register will do.
func (s *isa) new() reg.VecVirtual {
	if s.masks {
		return ZMM()
	}
	return YMM()
}

// literal returns a new register with the word in every lane. All words are in one table.
func (s *isa) literal(word uint32) reg.VecVirtual {
	v := s.new()
	VPBROADCASTD(s.literalWord(word), v)
	return v
}

// literalWord is the word in the table.
func (s *isa) literalWord(word uint32) Mem {
	return NewDataAddr(NewStaticSymbol("literals"+s.suffix), 4*place(&s.literals, word))
}

// wide is a vector in memory with the word in every lane.
func (s *isa) wide(word uint32) Mem {
	return NewDataAddr(NewStaticSymbol("wide"+s.suffix), s.bytes()*place(&s.wides, word))
}

// place is the index of a word in a table, to which it is added if it is not there.
func place(table *[]uint32, word uint32) int {
	if i := slices.Index(*table, word); i >= 0 {
		return i
	}
	*table = append(*table, word)
	return len(*table) - 1
}

// writeLiterals writes the tables, after the last function that uses them.
func (s *isa) writeLiterals() {
	GLOBL("literals"+s.suffix, 8|16) // RODATA|NOPTR
	for i, word := range s.literals {
		DATA(4*i, U32(word))
	}
	if len(s.wides) == 0 {
		return
	}
	GLOBL("wide"+s.suffix, 8|16)
	for i, word := range s.wides {
		for lane := range s.width {
			DATA(s.bytes()*i+4*lane, U32(word))
		}
	}
}

// The bitwise operations write to their last operand.

func (s *isa) and(x, to Op) {
	if s.masks {
		VPANDD(x, to, to)
	} else {
		VPAND(x, to, to)
	}
}

func (s *isa) or(x, to Op) {
	if s.masks {
		VPORD(x, to, to)
	} else {
		VPOR(x, to, to)
	}
}

func (s *isa) xor(x, to Op) {
	if s.masks {
		VPXORD(x, to, to)
	} else {
		VPXOR(x, to, to)
	}
}

// xor3 is to ^= x ^ y.
func (s *isa) xor3(x, y, to Op) {
	if s.masks {
		VPTERNLOGD(U8(0x96), x, y, to)
	} else {
		VPXOR(x, to, to)
		VPXOR(y, to, to)
	}
}
