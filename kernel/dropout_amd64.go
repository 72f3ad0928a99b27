//go:build !purego

package kernel

// dropoutCounter addresses the first block of random words. The assembly reads the fields by their offsets.
type dropoutCounter struct {
	words [4]uint32
	keys  [philoxRounds][2]uint32
}

// The functions compute blocks of dropoutBlock elements.

//go:noescape
func dropoutAVX512(dst, x *float32, c *dropoutCounter, blocks int, limit uint32, scale float32)

//go:noescape
func dropoutAVX2(dst, x *float32, c *dropoutCounter, blocks int, limit uint32, scale float32)

//go:noescape
func dropoutAddAVX512(dst, x *float32, c *dropoutCounter, blocks int, limit uint32, scale float32)

//go:noescape
func dropoutAddAVX2(dst, x *float32, c *dropoutCounter, blocks int, limit uint32, scale float32)

func (m *mask) apply(dst, x []float32, row uint64) {
	if active == levelGeneric {
		m.applyGeneric(dst, x, row)
		return
	}
	var c dropoutCounter
	c.words = [4]uint32{m.block, uint32(row), uint32(m.step), uint32(row>>32)&0xffff | uint32(m.step>>32)<<16}
	key := m.key
	for i := range c.keys {
		c.keys[i] = key
		key[0] += weyl0
		key[1] += weyl1
	}
	if whole := len(x) / dropoutBlock; whole > 0 {
		m.blocks(&dst[0], &x[0], &c, whole)
		dst, x = dst[whole*dropoutBlock:], x[whole*dropoutBlock:]
		c.words[0] += uint32(16 * whole)
	}
	if len(x) > 0 {
		var from, to [dropoutBlock]float32
		copy(from[:], x)
		copy(to[:], dst)
		m.blocks(&to[0], &from[0], &c, 1)
		copy(dst, to[:])
	}
}

func (m *mask) blocks(dst, x *float32, c *dropoutCounter, blocks int) {
	switch {
	case active == levelAVX512 && m.accumulate:
		dropoutAddAVX512(dst, x, c, blocks, m.limit, m.scale)
	case active == levelAVX512:
		dropoutAVX512(dst, x, c, blocks, m.limit, m.scale)
	case m.accumulate:
		dropoutAddAVX2(dst, x, c, blocks, m.limit, m.scale)
	default:
		dropoutAVX2(dst, x, c, blocks, m.limit, m.scale)
	}
}
