package kernel

// dropoutBlock is the number of elements that share 16 blocks of random words.
const dropoutBlock = 128

// mask is what a layer of a step drops.
type mask struct {
	key        [2]uint32
	step       uint64
	block      uint32 // of the first element of a row
	limit      uint32 // 16 bits below it drop an element
	scale      float32
	accumulate bool
}

// applyGeneric computes a row.
func (m *mask) applyGeneric(dst, x []float32, row uint64) {
	for from := 0; from < len(x); from += dropoutBlock {
		end := min(from+dropoutBlock, len(x))
		m.applyBlock(dst[from:end], x[from:end], row, m.block+uint32(from/dropoutBlock*16))
	}
}

func (m *mask) applyBlock(dst, x []float32, row uint64, block uint32) {
	for lane := range min(16, len(x)) {
		var words [4]uint32
		words[0], words[1], words[2], words[3] = Philox(m.key, m.step, row, block+uint32(lane))
		for i := 0; 16*i+lane < len(x); i++ {
			y := float32(0)
			if words[i/2]>>(i%2*16)&0xffff >= m.limit {
				y = float32(x[16*i+lane] * m.scale)
			}
			if m.accumulate {
				y += dst[16*i+lane]
			}
			dst[16*i+lane] = y
		}
	}
}
