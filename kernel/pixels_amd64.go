//go:build !purego

package kernel

// Strides are in bytes; rows and cols are at least 1.

//go:noescape
func sumPixelsAVX512(dst, x *float32, xStride, rows, cols int, scale float32)

//go:noescape
func sumPixelsAVX2(dst, x *float32, xStride, rows, cols int, scale float32)

//go:noescape
func spreadPixelsAVX512(dst *float32, dstStride int, x *float32, rows, cols int, scale float32)

//go:noescape
func spreadPixelsAVX2(dst *float32, dstStride int, x *float32, rows, cols int, scale float32)

//go:noescape
func spreadPixelsAddAVX512(dst *float32, dstStride int, x *float32, rows, cols int, scale float32)

//go:noescape
func spreadPixelsAddAVX2(dst *float32, dstStride int, x *float32, rows, cols int, scale float32)

//go:noescape
func addRowsAVX512(dst *float32, dstStride int, x *float32, xStride, rows, cols int)

//go:noescape
func addRowsAVX2(dst *float32, dstStride int, x *float32, xStride, rows, cols int)

//go:noescape
func addSumRowsAVX512(dst, x *float32, xStride, rows, cols int)

//go:noescape
func addSumRowsAVX2(dst, x *float32, xStride, rows, cols int)

func sumPixels(dst []float32, x Matrix, scale float32) {
	switch active {
	case levelGeneric:
		sumPixelsGeneric(dst, x, scale)
	case levelAVX512:
		sumPixelsAVX512(&dst[0], &x.Data[0], 4*x.Stride, x.Rows, x.Cols, scale)
	default:
		sumPixelsAVX2(&dst[0], &x.Data[0], 4*x.Stride, x.Rows, x.Cols, scale)
	}
}

func spreadPixels(dst Matrix, x []float32, scale float32, accumulate bool) {
	switch {
	case active == levelGeneric:
		spreadPixelsGeneric(dst, x, scale, accumulate)
	case active == levelAVX512 && accumulate:
		spreadPixelsAddAVX512(&dst.Data[0], 4*dst.Stride, &x[0], dst.Rows, dst.Cols, scale)
	case active == levelAVX512:
		spreadPixelsAVX512(&dst.Data[0], 4*dst.Stride, &x[0], dst.Rows, dst.Cols, scale)
	case accumulate:
		spreadPixelsAddAVX2(&dst.Data[0], 4*dst.Stride, &x[0], dst.Rows, dst.Cols, scale)
	default:
		spreadPixelsAVX2(&dst.Data[0], 4*dst.Stride, &x[0], dst.Rows, dst.Cols, scale)
	}
}

func addRows(dst, src Matrix) {
	switch active {
	case levelGeneric:
		addRowsGeneric(dst, src)
	case levelAVX512:
		addRowsAVX512(&dst.Data[0], 4*dst.Stride, &src.Data[0], 4*src.Stride, src.Rows, src.Cols)
	default:
		addRowsAVX2(&dst.Data[0], 4*dst.Stride, &src.Data[0], 4*src.Stride, src.Rows, src.Cols)
	}
}

func addSumRows(dst []float32, src Matrix) {
	switch active {
	case levelGeneric:
		addSumRowsGeneric(dst, src)
	case levelAVX512:
		addSumRowsAVX512(&dst[0], &src.Data[0], 4*src.Stride, src.Rows, src.Cols)
	default:
		addSumRowsAVX2(&dst[0], &src.Data[0], 4*src.Stride, src.Rows, src.Cols)
	}
}
