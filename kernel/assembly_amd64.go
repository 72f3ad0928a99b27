//go:build !purego

package kernel

// The assembly functions. Strides are in bytes; counts are at least 1. The program in _asm generates avx2_amd64.s and
// avx512_amd64.s.

// panel holds the arguments of a panel function: addresses as pointers, strides in bytes, an absent matrix as nil with
// stride 0. The assembly reads the fields by their offsets.
type panel struct {
	a                  *float32
	aRow, aStep, aTile int // to the next row, the next step of k, the next whole tile of rows
	b                  *float32
	bStep              int
	k, rows            int
	dst                *float32
	dstRow             int
	part               *float32 // partial sums over earlier steps of k
	partRow            int
	bias               *float32
	table              *float32
	tableRow           int
	index              *int32
	mask               *float32
	maskRow            int
	scale              *float32
	scaleRow           int
	cols               int // at most the panel's width
	relu, accumulate   int // 0 or 1
	add                *float32
	addRow             int
}

// gatherPanel holds the arguments of a panel of a convolution. a is the first pixel of the source and aRow the distance to
// the next, and k counts the channels of a pixel. dst and the parts of the epilogue that have
// its shape, and index, are read and written at the rows that targets lists.
type gatherPanel struct {
	panel
	targets   *int32
	sources   *int32 // pixels of the source for the first tap
	sourceTap int    // to those for the next tap
	taps      *int32 // their numbers
	tapCount  int
	bTap      int // from tap to tap in b
}

// outerPanel holds the arguments of a panel of the gradient of a tap's weights.
type outerPanel struct {
	x          *float32
	xRow       int
	d          *float32
	dRow       int
	pairs      *int32 // for x
	other      int    // from an entry for x to the one for d
	count      int
	dst        *float32
	dstRow     int
	rows, cols int
}

// squarePanel holds the arguments of addSquares.
type squarePanel struct {
	dst       *float32
	dstRow    int
	source    *float32
	sourceRow int
	table     *[4]int32
	rows      int
	zeros     *float32
	bias      *float32
	cols      int
}

// Products: panel2 computes two vectors of columns, panel1 one. With AVX2, panel2 ignores cols; the edge functions use it.

//go:noescape
func panel2AVX512(p *panel)

//go:noescape
func panel1AVX512(p *panel)

//go:noescape
func panel2AVX2(p *panel)

//go:noescape
func edge2AVX2(p *panel)

//go:noescape
func edge1AVX2(p *panel)

// The same for the pixels of a convolution.

//go:noescape
func gatherPanel2AVX512(p *gatherPanel)

//go:noescape
func gatherPanel1AVX512(p *gatherPanel)

//go:noescape
func gatherPanel2AVX2(p *gatherPanel)

//go:noescape
func gatherEdge2AVX2(p *gatherPanel)

//go:noescape
func gatherEdge1AVX2(p *gatherPanel)

// gatherDot writes sums for a single column, without an epilogue.

//go:noescape
func gatherDot1AVX512(p *gatherPanel)

//go:noescape
func gatherDot2AVX2(p *gatherPanel)

//go:noescape
func outerPanel2AVX512(p *outerPanel)

//go:noescape
func outerPanel1AVX512(p *outerPanel)

//go:noescape
func outerPanel2AVX2(p *outerPanel)

//go:noescape
func outerEdge2AVX2(p *outerPanel)

//go:noescape
func outerEdge1AVX2(p *outerPanel)

//go:noescape
func addSquaresAVX512(p *squarePanel)

//go:noescape
func addSquaresAVX2(p *squarePanel)

// packRows2 and packRows1 copy k rows of cols columns to adjacent rows of two vectors or one vector, padded with zeros.

//go:noescape
func packRows2AVX512(dst, src *float32, stride, k, cols int)

//go:noescape
func packRows1AVX512(dst, src *float32, stride, k, cols int)

//go:noescape
func packRows2AVX2(dst, src *float32, stride, k, cols int)

//go:noescape
func packRows1AVX2(dst, src *float32, stride, k, cols int)

// transposeAVX2 writes 4·steps columns of eight rows of src as rows of dst.
//
//go:noescape
func transposeAVX2(dst *float32, dstStride int, src *float32, srcStride, steps int)

//go:noescape
func reluAVX512(dst, x *float32, n int)

//go:noescape
func reluAVX2(dst, x *float32, n int)

//go:noescape
func reluMaskAVX512(dst, gradient, y *float32, n int)

//go:noescape
func reluMaskAVX2(dst, gradient, y *float32, n int)

//go:noescape
func timesAVX512(dst, x, y *float32, n int)

//go:noescape
func timesAVX2(dst, x, y *float32, n int)

//go:noescape
func combine2AVX512(dst, x, y *float32, n int, a, b float32)

//go:noescape
func combine2AVX2(dst, x, y *float32, n int, a, b float32)

//go:noescape
func combine3AVX512(dst, x, y, z *float32, n int, a, b, c float32)

//go:noescape
func combine3AVX2(dst, x, y, z *float32, n int, a, b, c float32)

//go:noescape
func lerpAVX512(dst, x *float32, n int, weight float32)

//go:noescape
func lerpAVX2(dst, x *float32, n int, weight float32)

// squaredNorm adds the squares of 32·blocks elements to the lanes.

//go:noescape
func squaredNormAVX512(lanes *float64, x *float32, blocks int)

//go:noescape
func squaredNormAVX2(lanes *float64, x *float32, blocks int)

// scatterAdd skips rows whose index is outside first ... first+dstRows-1.

//go:noescape
func scatterAddAVX512(dst *float32, dstStride, dstRows int, src *float32, srcStride int, index *int32, rows, cols, first int)

//go:noescape
func scatterAddAVX2(dst *float32, dstStride, dstRows int, src *float32, srcStride int, index *int32, rows, cols, first int)

//go:noescape
func sumRowsAVX512(dst, src *float32, stride, rows, cols int)

//go:noescape
func sumRowsAVX2(dst, src *float32, stride, rows, cols int)

//go:noescape
func adamAVX512(p, m, v, gradient *float32, n int, s *AdamStep)

//go:noescape
func adamAVX2(p, m, v, gradient *float32, n int, s *AdamStep)

// normalPairs writes the first two numbers of consecutive blocks, normalQuads all four.

//go:noescape
func normalPairsAVX512(dst *float32, c *normalCounter, vectors int)

//go:noescape
func normalPairsAVX2(dst *float32, c *normalCounter, vectors int)

//go:noescape
func normalQuadsAVX512(dst *float32, c *normalCounter, vectors int)

//go:noescape
func normalQuadsAVX2(dst *float32, c *normalCounter, vectors int)
