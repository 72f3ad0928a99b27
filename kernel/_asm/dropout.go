package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func (s *isa) dropout() {
	s.dropoutBlocks("dropout", false)
	s.dropoutBlocks("dropoutAdd", true)
}

// dropoutBlocks computes 128 elements at a time from 16 blocks of random words; c points to a kernel.dropoutCounter. Lane j of a
// word belongs to elements 16·i + j. The state of Philox is in the low halves of 64-bit lanes, as in normalBlocks.
func (s *isa) dropoutBlocks(name string, accumulate bool) {
	const elements = 128
	even := GLOBL(name+"Lanes"+s.suffix, 8|16)
	for i := range s.width / 2 {
		DATA(8*i, U64(2*i))
	}
	TEXT(name+s.suffix, 4, "func(dst, x *float32, c *byte, blocks int, limit uint32, scale float32)")
	dst, x, c, blocks := Load(Param("dst"), GP64()), Load(Param("x"), GP64()), Load(Param("c"), GP64()), Load(Param("blocks"), GP64())
	word := func(i int) Mem { return Mem{Base: c, Disp: 4 * i} } // four words of the counter, then the rounds' keys
	if s.masks {
		ones := GP32()
		MOVL(U32(0xaaaa), ones)
		KMOVW(ones, reg.K1)
	}
	counter := s.new()
	VPBROADCASTD(word(0), counter)
	VPADDD(even, counter, counter)
	Label("block")
	for part := range 16 / s.width {
		var w, odds [4]reg.VecVirtual
		for i := range w {
			w[i], odds[i] = s.new(), s.new()
			if i > 0 {
				VPBROADCASTD(word(i), w[i])
				VMOVAPS(w[i], odds[i])
			}
		}
		VMOVAPS(counter, w[0])
		VPADDD(s.wide(1), counter, odds[0])
		VPADDD(s.wide(uint32(s.width)), counter, counter)
		s.philox(&w, &odds, func(i int) Mem { return word(4 + i) }, 4)
		below, scale, low := s.new(), s.new(), s.literal(0xffff)
		VBROADCASTSS(parameter("limit"), below)
		VPSUBD(s.wide(1), below, below)
		s.scalar(scale)
		for i := range 8 {
			bits, y := s.new(), s.new()
			if i%2 == 0 {
				VMOVAPS(w[i/2], bits)
				s.and(low, bits)
			} else {
				VPSRLD(U8(16), w[i/2], bits)
			}
			offset := 4 * (16*i + s.width*part)
			if s.masks {
				VPCMPGTD(below, bits, reg.K2)
				VMULPS_Z(Mem{Base: x, Disp: offset}, scale, reg.K2, y)
			} else {
				VPCMPGTD(below, bits, bits)
				VMULPS(Mem{Base: x, Disp: offset}, scale, y)
				VPAND(bits, y, y)
			}
			to := Mem{Base: dst, Disp: offset}
			if accumulate {
				VADDPS(to, y, y)
			}
			VMOVUPS(y, to)
		}
	}
	ADDQ(I32(4*elements), x)
	ADDQ(I32(4*elements), dst)
	DECQ(blocks)
	JNE(LabelRef("block"))
	VZEROUPPER()
	RET()
}
