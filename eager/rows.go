package eager

import "euryale/kernel"

// apply computes dst from x, all at once or, where the rows have gaps, row by row.
func apply(dst, x kernel.Matrix, f func(dst, x []float32)) {
	if dst.Stride == dst.Cols && x.Stride == x.Cols {
		f(dst.Data, x.Data)
		return
	}
	for r := range dst.Rows {
		f(dst.RowRange(r, r+1).Data, x.RowRange(r, r+1).Data)
	}
}

// apply2 is apply for a function of two values.
func apply2(dst, x, y kernel.Matrix, f func(dst, x, y []float32)) {
	if dst.Stride == dst.Cols && x.Stride == x.Cols && y.Stride == y.Cols {
		f(dst.Data, x.Data, y.Data)
		return
	}
	for r := range dst.Rows {
		f(dst.RowRange(r, r+1).Data, x.RowRange(r, r+1).Data, y.RowRange(r, r+1).Data)
	}
}

// sum is dst = x + y.
func sum(dst, x, y []float32) { kernel.Combine2(dst, 1, x, 1, y) }

// move copies x to dst unless it is there already.
func move(dst, x kernel.Matrix) {
	if &dst.Data[0] != &x.Data[0] {
		kernel.CopyRows(dst, x)
	}
}

// pass adds an adjoint to that of an operand unchanged. A nil pull passes nothing.
func (to *pull) pass(m *Machine, d kernel.Matrix) {
	if to == nil {
		return
	}
	adjoint := m.adjoint[to.to]
	if d.Cols != adjoint.Cols { // an image that was added to a row of numbers: neither has gaps
		d = kernel.View(d.Data, adjoint.Rows, adjoint.Cols)
	}
	if to.accumulate {
		kernel.AddRows(adjoint, d)
	} else {
		move(adjoint, d)
	}
}
