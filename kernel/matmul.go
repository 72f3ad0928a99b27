package kernel

import "unsafe"

// Epilogue is applied to each element of a product before it is stored. Every part is optional; the order is
//
//	v = Σ_k a·b
//	v += dst                                   if Accumulate
//	v += Bias[j] + Table[Index[i], j]          whichever is present, summed first
//	v += Add(i, j)                             if Add is present
//	v = max(v, 0)                              if ReLU; NaN stays NaN
//	v = 0 where Mask(i, j) <= 0                if Mask is present; a NaN in Mask lets v pass
//	v *= Scale(i, j)                           if Scale is present
//
// Table (with Index, one entry per row of dst) is a learned embedding added to a layer's output. Add, Mask and Scale have the
// shape of dst: a residual connection, and the output of the ReLU or the slope of the SiLU to differentiate. A Matrix is
// absent if its Data is nil. No part may overlap dst.
type Epilogue struct {
	Bias       []float32
	Table      Matrix
	Index      []int32
	Add        Matrix
	ReLU       bool
	Mask       Matrix
	Scale      Matrix
	Accumulate bool
}

// Workspace holds packed copies of operands. The zero value is ready to use; it grows on first use and then allocates
// nothing for the same shapes. Only one goroutine may use it at a time.
type Workspace struct {
	a, b, c   buffer
	groups    []group
	spread    buffer    // images of a convolution with upsample
	attention [2]buffer // scores of queries
}

// buffer is a slice that starts on a cache line.
type buffer []float32

func (b *buffer) grow(n int) []float32 {
	if len(*b) < n {
		const line = 64 / 4
		fresh := make([]float32, n+line)
		if skip := int(uintptr(unsafe.Pointer(&fresh[0])) / 4 % line); skip != 0 {
			fresh = fresh[line-skip:]
		}
		*b = fresh[:n:n]
	}
	return (*b)[:n]
}

// operand is a factor of a product, addressed by two strides: element (x, p) is data[x*outer+p*inner], where p counts
// along k and x along the rows of dst (left factor) or its columns (right factor).
type operand struct {
	data         []float32
	outer, inner int
}

// product is dst[m, n] = Σ_p a(i, p)·b(j, p), followed by the epilogue. Its shapes have been checked.
type product struct {
	dst     Matrix
	a, b    operand
	m, n, k int
	Epilogue
}

// MatMul is a layer's forward pass: dst[m, n] = A·B with a [m, k] and b [k, n]. The epilogue e may be nil. As in the other
// products, dst may not overlap a factor.
func MatMul(ws *Workspace, dst, a, b Matrix, e *Epilogue) {
	checkProduct("MatMul", dst, a, b, e, a.Rows, b.Cols, a.Cols, b.Rows)
	run(ws, dst, operand{a.Data, a.Stride, 1}, operand{b.Data, 1, b.Stride}, a.Cols, e)
}

// MatMulTA is the gradient of a layer's weights, inputᵀ·gradient: dst[m, n] = Aᵀ·B with a [k, m] and b [k, n].
// For a slab of the result's rows, pass a column range of a (Matrix.ColRange).
func MatMulTA(ws *Workspace, dst, a, b Matrix, e *Epilogue) {
	checkProduct("MatMulTA", dst, a, b, e, a.Cols, b.Cols, a.Rows, b.Rows)
	run(ws, dst, operand{a.Data, 1, a.Stride}, operand{b.Data, 1, b.Stride}, a.Rows, e)
}

// MatMulTB is the gradient of a layer's input, gradient·weightsᵀ: dst[m, n] = A·Bᵀ with a [m, k] and b [n, k].
func MatMulTB(ws *Workspace, dst, a, b Matrix, e *Epilogue) {
	checkProduct("MatMulTB", dst, a, b, e, a.Rows, b.Rows, a.Cols, b.Cols)
	run(ws, dst, operand{a.Data, a.Stride, 1}, operand{b.Data, b.Stride, 1}, a.Cols, e)
}

func run(ws *Workspace, dst Matrix, a, b operand, k int, e *Epilogue) {
	if dst.Rows == 0 || dst.Cols == 0 {
		return
	}
	p := product{dst: dst, a: a, b: b, m: dst.Rows, n: dst.Cols, k: k}
	if e != nil {
		p.Epilogue = *e
	}
	if k == 0 { // the product is zero
		sums := ws.c.grow(p.n)
		for i := range p.m {
			clear(sums)
			p.finish(sums, i, 0)
		}
		return
	}
	multiply(ws, &p)
}

// checkProduct panics unless dst is [m, n], both factors agree on k, and the epilogue fits dst.
func checkProduct(function string, dst, a, b Matrix, e *Epilogue, m, n, k, kb int) {
	dst.check(function, "dst")
	a.check(function, "a")
	b.check(function, "b")
	if k != kb || dst.Rows != m || dst.Cols != n {
		panicShapes(function, "dst [%d, %d], a [%d, %d], b [%d, %d]", dst.Rows, dst.Cols, a.Rows, a.Cols, b.Rows, b.Cols)
	}
	if e != nil {
		checkEpilogue(function, e, m, n)
	}
}

// checkEpilogue panics unless e fits a result [m, n].
func checkEpilogue(function string, e *Epilogue, m, n int) {
	if e.Bias != nil && len(e.Bias) != n {
		panicShapes(function, "%d biases for dst [%d, %d]", len(e.Bias), m, n)
	}
	if e.Table.Data != nil {
		e.Table.check(function, "Table")
		if e.Table.Cols != n || len(e.Index) != m {
			panicShapes(function, "Table [%d, %d] with %d indices for dst [%d, %d]", e.Table.Rows, e.Table.Cols, len(e.Index), m, n)
		}
		checkIndex(function, e.Index, e.Table.Rows)
	}
	checkPart(function, "Add", e.Add, m, n)
	checkPart(function, "Mask", e.Mask, m, n)
	checkPart(function, "Scale", e.Scale, m, n)
}

// checkPart panics unless an optional part of an epilogue has the shape of the result.
func checkPart(function, name string, part Matrix, m, n int) {
	if part.Data == nil {
		return
	}
	part.check(function, name)
	if part.Rows != m || part.Cols != n {
		panicShapes(function, name+" [%d, %d] for dst [%d, %d]", part.Rows, part.Cols, m, n)
	}
}

func checkIndex(function string, index []int32, rows int) {
	for i, x := range index {
		if uint(x) >= uint(rows) {
			panicShapes(function, "index[%d] = %d, table has %d rows", i, int(x), rows)
		}
	}
}
