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
	i := slices.Index(s.literals, word)
	if i < 0 {
		i = len(s.literals)
		s.literals = append(s.literals, word)
	}
	v := s.new()
	VPBROADCASTD(NewDataAddr(NewStaticSymbol("literals"+s.suffix), 4*i), v)
	return v
}

// writeLiterals writes the table, after the last function that uses it.
func (s *isa) writeLiterals() {
	GLOBL("literals"+s.suffix, 8|16) // RODATA|NOPTR
	for i, word := range s.literals {
		DATA(4*i, U32(word))
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
