package kernel

import "fmt"

// Matrix is a row-major view: element (i, j) is Data[i*Stride+j]. Views share memory with what they were made from.
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
		panic(fmt.Sprintf("kernel.Matrix.RowRange(%d, %d) of %d rows", lo, hi, m.Rows))
	}
	return m.part(lo*m.Stride, hi-lo, m.Cols)
}

// ColRange is the view of columns lo ... hi-1.
func (m Matrix) ColRange(lo, hi int) Matrix {
	if lo < 0 || hi < lo || hi > m.Cols {
		panic(fmt.Sprintf("kernel.Matrix.ColRange(%d, %d) of %d columns", lo, hi, m.Cols))
	}
	return m.part(lo, m.Rows, hi-lo)
}

// part is the view of the given shape whose first element is Data[from].
func (m Matrix) part(from, rows, cols int) Matrix {
	p := Matrix{Rows: rows, Cols: cols, Stride: m.Stride}
	if rows == 0 || cols == 0 {
		p.Data = m.Data[:0]
		return p
	}
	end := from + (rows-1)*m.Stride + cols
	p.Data = m.Data[from:end:end]
	return p
}

// row is row i, exactly Cols long.
func (m Matrix) row(i int) []float32 {
	if m.Cols == 0 {
		return nil
	}
	return m.Data[i*m.Stride:][:m.Cols:m.Cols]
}

// check panics unless the fields describe memory that Data really has.
func (m Matrix) check(function, name string) {
	if m.Rows < 0 || m.Cols < 0 || m.Stride < m.Cols ||
		m.Rows > 0 && m.Cols > 0 && len(m.Data) < (m.Rows-1)*m.Stride+m.Cols {
		panicMatrix(function, name, m)
	}
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
