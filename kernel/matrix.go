package kernel

import "fmt"

// Matrix is a row-major view: element (i, j) is Data[i*Stride+j]. Views share memory with what they are made from.
type Matrix struct {
	Data               []float32
	Rows, Cols, Stride int
}

// NewMatrix allocates a zero matrix with Stride = cols.
func NewMatrix(rows, cols int) Matrix {
	if rows < 0 || cols < 0 {
		panic(fmt.Sprintf("kernel.NewMatrix: negative shape [%d, %d]", rows, cols))
	}
	return Matrix{Data: make([]float32, rows*cols), Rows: rows, Cols: cols, Stride: cols}
}

// View reads the first rows·cols elements of data as a matrix with Stride = cols.
func View(data []float32, rows, cols int) Matrix {
	if rows < 0 || cols < 0 || len(data) < rows*cols {
		panic(fmt.Sprintf("kernel.View: %d elements do not hold [%d, %d]", len(data), rows, cols))
	}
	return Matrix{Data: data[: rows*cols : rows*cols], Rows: rows, Cols: cols, Stride: cols}
}

// RowRange is the view of rows lo ... hi-1.
func (m Matrix) RowRange(lo, hi int) Matrix {
	if lo < 0 || hi < lo || hi > m.Rows {
		panicRange("RowRange", lo, hi, m.Rows, "rows")
	}
	from, end := m.span(lo*m.Stride, hi-lo, m.Cols)
	return Matrix{Data: m.Data[from:end:end], Rows: hi - lo, Cols: m.Cols, Stride: m.Stride}
}

// ColRange is the view of columns lo ... hi-1.
func (m Matrix) ColRange(lo, hi int) Matrix {
	if lo < 0 || hi < lo || hi > m.Cols {
		panicRange("ColRange", lo, hi, m.Cols, "columns")
	}
	from, end := m.span(lo, m.Rows, hi-lo)
	return Matrix{Data: m.Data[from:end:end], Rows: m.Rows, Cols: hi - lo, Stride: m.Stride}
}

// span returns the range of Data that holds a part of the given shape whose first element is Data[from].
func (m *Matrix) span(from, rows, cols int) (begin, end int) {
	if rows == 0 || cols == 0 {
		return 0, 0
	}
	return from, from + (rows-1)*m.Stride + cols
}

// row returns row i, exactly Cols long.
func (m Matrix) row(i int) []float32 {
	if m.Cols == 0 {
		return nil
	}
	return m.Data[i*m.Stride:][:m.Cols:m.Cols]
}

// check panics unless Data holds what the other fields describe.
func (m Matrix) check(function, name string) {
	if m.Rows < 0 || m.Cols < 0 || m.Stride < m.Cols ||
		m.Rows > 0 && m.Cols > 0 && len(m.Data) < (m.Rows-1)*m.Stride+m.Cols {
		panicMatrix(function, name, m)
	}
}

//go:noinline
func panicRange(method string, lo, hi, n int, unit string) {
	panic(fmt.Sprintf("kernel.Matrix.%s(%d, %d) of %d %s", method, lo, hi, n, unit))
}

func panicMatrix(function, name string, m Matrix) {
	panic(fmt.Sprintf("kernel.%s: %s [%d, %d] with stride %d does not fit its %d elements",
		function, name, m.Rows, m.Cols, m.Stride, len(m.Data)))
}

func panicShapes(function, shapes string, numbers ...int) {
	arguments := make([]any, len(numbers))
	for i, n := range numbers {
		arguments[i] = n
	}
	panic("kernel." + function + ": " + fmt.Sprintf(shapes, arguments...))
}
