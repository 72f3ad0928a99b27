package graph

import (
	"gorgonia.org/tensor"

	"euryale/kernel"
)

// value is the memory of one node.
//
// Matrix has one row per batch row, with all numbers of the row. A node with one axis is a matrix with one column if the axis
// is the batch, and with one row if the node is a parameter. A node of images has its pixels as the rows of image. If they are
// not contiguous in memory, as in a column range of a concatenation, Matrix is the zero Matrix.
type value struct {
	kernel.Matrix
	image  kernel.Matrix // [batch·pixels, channels]
	pixels int           // per image
	index  []int32
}

// rows returns the contiguous memory of rows lo … hi−1.
func (v value) rows(lo, hi int) []float32 { return v.Data[lo*v.Cols : hi*v.Cols] }

// images returns the pixels of images lo … hi−1.
func (v value) images(lo, hi int) kernel.Matrix { return v.image.RowRange(lo*v.pixels, hi*v.pixels) }

// newValue allocates the memory of a node with the batch as its first axis.
func newValue(shape tensor.Shape) value {
	size := columns(shape)
	return valueAt(make([]float32, shape[0]*size), shape, size/max(1, pixels(shape)))
}

// valueAt is memory whose pixels begin every stride numbers. Without pixels, a row is one pixel.
func valueAt(data []float32, shape tensor.Shape, stride int) value {
	rows, size, n := shape[0], columns(shape), pixels(shape)
	if n == 0 {
		return value{Matrix: kernel.View(data, rows, size)}
	}
	channels := size / n
	length := (rows*n-1)*stride + channels
	v := value{image: kernel.Matrix{Data: data[:length:length], Rows: rows * n, Cols: channels, Stride: stride}, pixels: n}
	if stride == channels {
		v.Matrix = kernel.View(data, rows, size)
	}
	return v
}

// pixels is the number of pixels of an image, 0 for a node without images.
func pixels(s tensor.Shape) int {
	if len(s) < 3 {
		return 0
	}
	return s[1]
}

func parameterValue(data []float32, shape []int) value {
	rows, cols := 1, shape[0]
	if len(shape) == 2 {
		rows, cols = shape[0], shape[1]
	}
	return value{Matrix: kernel.View(data[:rows*cols], rows, cols)}
}
