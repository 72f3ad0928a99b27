//go:build !purego

package kernel

// Strides are in bytes; rows and cols are at least 1.

//go:noescape
func gatePixelsAVX512(dst *float32, dstStride int, x *float32, xStride int, gate *float32, rows, cols int)

//go:noescape
func gatePixelsAVX2(dst *float32, dstStride int, x *float32, xStride int, gate *float32, rows, cols int)

//go:noescape
func gatePixelsAddAVX512(dst *float32, dstStride int, add *float32, addStride int, x *float32, xStride int, gate *float32, rows, cols int)

//go:noescape
func gatePixelsAddAVX2(dst *float32, dstStride int, add *float32, addStride int, x *float32, xStride int, gate *float32, rows, cols int)

//go:noescape
func sumProductsAVX512(dst, d *float32, dStride int, x *float32, xStride, rows, cols int)

//go:noescape
func sumProductsAVX2(dst, d *float32, dStride int, x *float32, xStride, rows, cols int)

func gatePixels(dst, add, x Matrix, gate []float32) {
	switch {
	case active == levelGeneric:
		gatePixelsGeneric(dst, add, x, gate)
	case active == levelAVX512 && add.Data != nil:
		gatePixelsAddAVX512(&dst.Data[0], 4*dst.Stride, &add.Data[0], 4*add.Stride, &x.Data[0], 4*x.Stride, &gate[0], x.Rows, x.Cols)
	case active == levelAVX512:
		gatePixelsAVX512(&dst.Data[0], 4*dst.Stride, &x.Data[0], 4*x.Stride, &gate[0], x.Rows, x.Cols)
	case add.Data != nil:
		gatePixelsAddAVX2(&dst.Data[0], 4*dst.Stride, &add.Data[0], 4*add.Stride, &x.Data[0], 4*x.Stride, &gate[0], x.Rows, x.Cols)
	default:
		gatePixelsAVX2(&dst.Data[0], 4*dst.Stride, &x.Data[0], 4*x.Stride, &gate[0], x.Rows, x.Cols)
	}
}

func sumProducts(dst []float32, d, x Matrix) {
	switch active {
	case levelGeneric:
		sumProductsGeneric(dst, d, x)
	case levelAVX512:
		sumProductsAVX512(&dst[0], &d.Data[0], 4*d.Stride, &x.Data[0], 4*x.Stride, x.Rows, x.Cols)
	default:
		sumProductsAVX2(&dst[0], &d.Data[0], 4*d.Stride, &x.Data[0], 4*x.Stride, x.Rows, x.Cols)
	}
}
