//go:build !purego

package kernel

// normalCounter addresses the blocks that the assembly computes. The assembly reads the fields by their offsets.
type normalCounter struct {
	block, row         uint64 // of the first lane
	blockStep, rowStep uint64 // from lane to lane: 0 or 1
	step, stepHigh     uint32 // stepHigh is shifted to its place in the counter
	keys               [philoxRounds][2]uint32
}

func newNormalCounter(key [2]uint32, step, row uint64) normalCounter {
	c := normalCounter{row: row, step: uint32(step), stepHigh: uint32(step>>32) << 16}
	for i := range c.keys {
		c.keys[i] = key
		key[0] += weyl0
		key[1] += weyl1
	}
	return c
}

// fillNormalVectors gives each lane of a vector a different block: the next blocks of one row, or one block of each of the
// next rows, whichever takes fewer vectors. A vector costs as much as three blocks on the generic path.
func fillNormalVectors(dst []float32, key [2]uint32, step, firstRow uint64, dim int) {
	rows, blocks := len(dst)/dim, (dim+3)/4
	if rows*blocks <= 2 {
		fillNormalGeneric(dst, key, step, firstRow, dim)
		return
	}
	c := newNormalCounter(key, step, firstRow)
	lanes := 8
	if active == levelAVX512 {
		lanes = 16
	}
	if dim > 2 && rows*vectorsOf(blocks, lanes) <= blocks*vectorsOf(rows, lanes) {
		c.blockStep = 1
		for ; len(dst) > 0; c.row++ {
			c.fill(dst[:dim], 4, lanes)
			dst = dst[dim:]
		}
		return
	}
	c.rowStep = 1
	if dim == 2 || dim == 4 {
		c.fill(dst, dim, lanes)
	} else {
		c.spread(dst, dim, lanes)
	}
}

// fill writes the first 2 or all 4 numbers of consecutive blocks, without gaps.
func (c *normalCounter) fill(dst []float32, numbers, lanes int) {
	vectors := len(dst) / (numbers * lanes)
	if vectors > 0 {
		c.write(&dst[0], numbers, vectors)
		dst = dst[vectors*numbers*lanes:]
	}
	if len(dst) > 0 {
		var end [4 * 16]float32
		rest := *c
		rest.block += uint64(vectors*lanes) * c.blockStep
		rest.row += uint64(vectors*lanes) * c.rowStep
		rest.write(&end[0], numbers, 1)
		copy(dst, end[:])
	}
}

// spread writes rows of any dim, block by block.
func (c *normalCounter) spread(dst []float32, dim, lanes int) {
	var buffer [512]float32
	for len(dst) > 0 {
		rows := min(len(buffer)/4, len(dst)/dim)
		for j := 0; j < dim; j += 4 {
			c.block = uint64(j / 4)
			wanted, numbers := min(4, dim-j), 4
			if wanted <= 2 {
				numbers = 2
			}
			c.write(&buffer[0], numbers, vectorsOf(rows, lanes))
			for r := range rows {
				copy(dst[r*dim+j:][:wanted], buffer[r*numbers:])
			}
		}
		dst = dst[rows*dim:]
		c.row += uint64(rows)
	}
}

// write computes the given number of vectors of blocks.
func (c *normalCounter) write(dst *float32, numbers, vectors int) {
	switch {
	case active == levelAVX512 && numbers == 2:
		normalPairsAVX512(dst, c, vectors)
	case active == levelAVX512:
		normalQuadsAVX512(dst, c, vectors)
	case numbers == 2:
		normalPairsAVX2(dst, c, vectors)
	default:
		normalQuadsAVX2(dst, c, vectors)
	}
}

func vectorsOf(n, lanes int) int { return (n + lanes - 1) / lanes }
