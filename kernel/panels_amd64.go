//go:build !purego

package kernel

// The product on the assembly paths. The columns of dst are cut into panels as wide as two vectors; the assembly computes
// a panel tile by tile, where a tile is as many rows as fit in the registers, with one chain of fused multiply-adds over k
// per element. A long k is cut into blocks; between blocks the sums are stored as float32, which loses nothing. Within a
// block of k, a block of the right factor's columns is packed, panel by panel, so that the assembly reads it in order; it is
// read in place where packing would not pay.

// The block sizes were found by measurement. With AVX-512, the packed left factor (96 KiB) and right factor (512 KiB) fit in
// a second-level cache of 1 MiB, and one panel of the right factor (32 KiB) in the first-level cache.
const (
	blockSteps = 256 // of k
	blockRows  = 96  // a multiple of the rows of a tile on either path
	blockCols  = 512
	// directRows is the number of rows up to which a right factor with adjacent columns is not worth packing.
	directRows = 256
	// packLeftCols is the number of columns from which on the left factor is worth packing.
	packLeftCols = 384
	// packedTile is the number of floats that a step of k takes in a packed tile of rows.
	packedTile = 8
)

func multiplyPanels(ws *Workspace, p *product) {
	vector, tile := 8, 6
	if active == levelAVX512 {
		vector, tile = 16, 8
	}
	steps := p.k
	if p.k > blockSteps*3/2 {
		blocks := (p.k + blockSteps - 1) / blockSteps
		steps = (p.k + blocks - 1) / blocks
	}
	part := p.dst // holds the sums between blocks of k
	if p.Accumulate && steps < p.k {
		part = Matrix{Data: ws.c.grow(p.m * p.n), Rows: p.m, Cols: p.n, Stride: p.n}
	}
	for col := 0; col < p.n; col += blockCols {
		cols := min(blockCols, p.n-col)
		for step := 0; step < p.k; step += steps {
			k := min(steps, p.k-step)
			b := packRight(ws, p, col, cols, step, k, vector)
			for row := 0; row < p.m; row += blockRows {
				rows := min(blockRows, p.m-row)
				a := packLeft(ws, p, row, rows, step, k, tile)
				multiplyBlock(p, &a, &b, &part, row, rows, col, cols, step, k, vector)
			}
		}
	}
}

// rightFactor is a block of the right factor: panel i starts at data[i*panel], and its steps of k are step bytes apart. The
// last, narrow panel starts at edge, with steps edgeStep bytes apart.
type rightFactor struct {
	data, edge            []float32
	panel, step, edgeStep int
}

func packRight(ws *Workspace, p *product, col, cols, step, k, vector int) rightFactor {
	width := 2 * vector
	whole := cols &^ (width - 1)
	edge := cols - whole
	edgeWidth := vector
	if edge > vector {
		edgeWidth = width
	}
	source := p.b.data[col*p.b.outer+step*p.b.inner:]
	adjacent := p.b.outer == 1 // columns
	f := rightFactor{panel: width * k, step: 4 * width, edgeStep: 4 * edgeWidth}
	direct := adjacent && p.m <= directRows
	size := edgeWidth * k
	if !direct {
		size += whole * k
	}
	packed := ws.b.grow(size)
	f.edge, f.data = packed[:edgeWidth*k], packed[edgeWidth*k:]
	if direct {
		f.data, f.panel, f.step = source, width, 4*p.b.inner
	} else {
		for j := 0; j < whole; j += width {
			packPanel(f.data[j*k:], source[j*p.b.outer:], p.b, k, width, width, vector)
		}
	}
	if edge > 0 {
		packPanel(f.edge, source[whole*p.b.outer:], p.b, k, edge, edgeWidth, vector)
	}
	return f
}

// packPanel copies k steps of cols columns to rows of the given width.
func packPanel(dst, src []float32, b operand, k, cols, width, vector int) {
	if b.outer == 1 {
		switch {
		case active == levelAVX512 && width > vector:
			packRows2AVX512(&dst[0], &src[0], 4*b.inner, k, cols)
		case active == levelAVX512:
			packRows1AVX512(&dst[0], &src[0], 4*b.inner, k, cols)
		case width > vector:
			packRows2AVX2(&dst[0], &src[0], 4*b.inner, k, cols)
		default:
			packRows1AVX2(&dst[0], &src[0], 4*b.inner, k, cols)
		}
		return
	}
	// Each column is a run of k adjacent elements (inner is 1): transpose eight columns at a time. Missing columns may hold
	// anything: nothing computed from them is stored.
	column := 0
	steps := k / 4
	for ; column+8 <= cols; column += 8 {
		if steps > 0 {
			transposeAVX2(&dst[column], 4*width, &src[column*b.outer], 4*b.outer, steps)
		}
		for c := column; c < column+8; c++ {
			for x := steps * 4; x < k; x++ {
				dst[x*width+c] = src[c*b.outer+x]
			}
		}
	}
	for ; column < cols; column++ {
		for x, v := range src[column*b.outer:][:k] {
			dst[x*width+column] = v
		}
	}
}

// leftFactor is a block of the left factor: strides in bytes.
type leftFactor struct {
	first           *float32
	row, step, tile int
}

// packLeft packs a block tile by tile, step by step within a tile, if the product is wide enough to read each tile often.
func packLeft(ws *Workspace, p *product, row, rows, step, k, tile int) leftFactor {
	src := p.a.data[row*p.a.outer+step*p.a.inner:]
	if p.n < packLeftCols || p.m < tile {
		return leftFactor{&src[0], 4 * p.a.outer, 4 * p.a.inner, 4 * tile * p.a.outer}
	}
	tiles := (rows + tile - 1) / tile
	packed := ws.a.grow(tiles * packedTile * k)
	for i := range tiles {
		from := i * tile
		dst := packed[i*packedTile*k:][:packedTile*k]
		if p.a.outer == 1 {
			packRows1AVX2(&dst[0], &src[from], 4*p.a.inner, k, min(tile, rows-from))
			continue
		}
		steps := k / 4
		if from+packedTile > rows {
			steps = 0 // the transposition reads eight rows
		}
		if steps > 0 {
			transposeAVX2(&dst[0], 4*packedTile, &src[from*p.a.outer], 4*p.a.outer, steps)
		}
		for r := range min(tile, rows-from) {
			for x, v := range src[(from+r)*p.a.outer:][:k][steps*4:] {
				dst[(steps*4+x)*packedTile+r] = v
			}
		}
	}
	return leftFactor{&packed[0], 4, 4 * packedTile, 4 * packedTile * k}
}

// multiplyBlock adds steps step ... step+k-1 of the sums over k to a block of rows and columns.
func multiplyBlock(p *product, a *leftFactor, b *rightFactor, part *Matrix, row, rows, col, cols, step, k, vector int) {
	first, last := step == 0, step+k == p.k
	args := panel{
		a: a.first, aRow: a.row, aStep: a.step, aTile: a.tile,
		bStep: b.step, k: k, rows: rows, dstRow: 4 * part.Stride,
	}
	if last {
		args.strides(p, row)
	}
	width, inPanels := 2*vector, 0
	for j := 0; j < cols; j += width {
		args.cols = min(width, cols-j)
		if args.cols == width {
			args.b = &b.data[inPanels]
			inPanels += b.panel
		} else {
			args.b, args.bStep = &b.edge[0], b.edgeStep
		}
		at := col + j
		if !first {
			args.part, args.partRow = &part.Data[row*part.Stride+at], 4*part.Stride
		}
		if !last {
			args.dst = &part.Data[row*part.Stride+at]
		} else {
			args.columns(p, row, at)
		}
		switch {
		case active == levelAVX512 && args.cols > vector:
			panel2AVX512(&args)
		case active == levelAVX512:
			panel1AVX512(&args)
		case args.cols == width:
			panel2AVX2(&args)
		case args.cols > vector:
			edge2AVX2(&args)
		default:
			edge1AVX2(&args)
		}
	}
}

// strides sets what the epilogue needs from a row on for all columns.
func (args *panel) strides(p *product, row int) {
	args.dstRow = 4 * p.dst.Stride
	if p.Table.Data != nil {
		args.tableRow, args.index = 4*p.Table.Stride, &p.Index[row]
	}
	if p.Add.Data != nil {
		args.addRow = 4 * p.Add.Stride
	}
	if p.Mask.Data != nil {
		args.maskRow = 4 * p.Mask.Stride
	}
	if p.Scale.Data != nil {
		args.scaleRow = 4 * p.Scale.Stride
	}
	if p.ReLU {
		args.relu = 1
	}
	if p.Accumulate {
		args.accumulate = 1
	}
}

// columns sets where dst and the parts of the epilogue start, at a row and a column.
func (args *panel) columns(p *product, row, at int) {
	args.dst = &p.dst.Data[row*p.dst.Stride+at]
	if p.Bias != nil {
		args.bias = &p.Bias[at]
	}
	if p.Table.Data != nil {
		args.table = &p.Table.Data[at]
	}
	if p.Add.Data != nil {
		args.add = &p.Add.Data[row*p.Add.Stride+at]
	}
	if p.Mask.Data != nil {
		args.mask = &p.Mask.Data[row*p.Mask.Stride+at]
	}
	if p.Scale.Data != nil {
		args.scale = &p.Scale.Data[row*p.Scale.Stride+at]
	}
}
