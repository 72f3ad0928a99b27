package kernel

// DepthToSpace makes each pixel of x a square of block·block pixels, which its channels hold row by row: for pixel (i, j) of an
// image of x [images·height·width, block²·C] and channel k of dst [images·height·width·block², C]
//
//	dst[block·i + p, block·j + q, k] = x[i, j, (block·p + q)·C + k]
//
// width is that of an image of x. dst and x may not overlap.
func DepthToSpace(dst, x Matrix, width, block int) {
	eachBlock("DepthToSpace", dst, x, width, block, func(pixel, depth []float32) { copy(pixel, depth) })
}

// SpaceToDepth is the inverse and the gradient of DepthToSpace: it computes x from dst. With accumulate, it is added to x.
func SpaceToDepth(x, dst Matrix, width, block int, accumulate bool) {
	if !accumulate {
		eachBlock("SpaceToDepth", dst, x, width, block, func(pixel, depth []float32) { copy(depth, pixel) })
		return
	}
	eachBlock("SpaceToDepth", dst, x, width, block, func(pixel, depth []float32) {
		for k, v := range pixel {
			depth[k] += v
		}
	})
}

// eachBlock calls f with each pixel of the large image and its part of a pixel of the small one.
func eachBlock(function string, large, small Matrix, width, block int, f func(pixel, depth []float32)) {
	large.check(function, "the large image")
	small.check(function, "the small image")
	if width < 1 || block < 1 || small.Rows%width != 0 || small.Cols != block*block*large.Cols || large.Rows != block*block*small.Rows {
		panicShapes(function, "images [%d, %d] and [%d, %d] of a width of %d, blocks of %d", large.Rows, large.Cols, small.Rows, small.Cols,
			width, block)
	}
	if large.Cols == 0 {
		return
	}
	for r := range small.Rows {
		from, i, j := small.row(r), r/width, r%width
		for p := range block {
			for q := range block {
				at := (block*p + q) * large.Cols
				f(large.row(((i*block+p)*width+j)*block+q), from[at:at+large.Cols])
			}
		}
	}
}
