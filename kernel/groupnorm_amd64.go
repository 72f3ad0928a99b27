//go:build !purego

package kernel

// Strides are in bytes; rows and cols are at least 1. sums are those of normMoments.

//go:noescape
func channelMomentsAVX512(sums *float64, near, x *float32, xStride, rows, cols int)

//go:noescape
func channelMomentsAVX2(sums *float64, near, x *float32, xStride, rows, cols int)

//go:noescape
func normApplyAVX512(dst *float32, dstStride int, x *float32, xStride, rows, cols int, table *normTable)

//go:noescape
func normApplyAVX2(dst *float32, dstStride int, x *float32, xStride, rows, cols int, table *normTable)

//go:noescape
func normApplySiLUAVX512(dst *float32, dstStride int, x *float32, xStride, rows, cols int, table *normTable)

//go:noescape
func normApplySiLUAVX2(dst *float32, dstStride int, x *float32, xStride, rows, cols int, table *normTable)

//go:noescape
func sumNormAVX512(plain, scaled, v *float32, vStride int, x *float32, xStride, rows, cols int, table *normTable)

//go:noescape
func sumNormAVX2(plain, scaled, v *float32, vStride int, x *float32, xStride, rows, cols int, table *normTable)

//go:noescape
func sumNormSiLUAVX512(plain, scaled, v *float32, vStride int, x *float32, xStride, rows, cols int, table *normTable)

//go:noescape
func sumNormSiLUAVX2(plain, scaled, v *float32, vStride int, x *float32, xStride, rows, cols int, table *normTable)

//go:noescape
func normCombineAVX512(dst *float32, dstStride int, v *float32, vStride int, x *float32, xStride, rows, cols int, table *normTable)

//go:noescape
func normCombineAVX2(dst *float32, dstStride int, v *float32, vStride int, x *float32, xStride, rows, cols int, table *normTable)

//go:noescape
func normCombineAddAVX512(dst *float32, dstStride int, v *float32, vStride int, x *float32, xStride, rows, cols int, table *normTable)

//go:noescape
func normCombineAddAVX2(dst *float32, dstStride int, v *float32, vStride int, x *float32, xStride, rows, cols int, table *normTable)

func channelMoments(m *normMoments, x Matrix) {
	switch active {
	case levelGeneric:
		channelMomentsGeneric(m, x)
	case levelAVX512:
		channelMomentsAVX512(&m.sums[0], &m.near[0], &x.Data[0], 4*x.Stride, x.Rows, x.Cols)
	default:
		channelMomentsAVX2(&m.sums[0], &m.near[0], &x.Data[0], 4*x.Stride, x.Rows, x.Cols)
	}
}

func normApply(dst, x Matrix, t *normTable, silu bool) {
	switch {
	case active == levelGeneric:
		normApplyGeneric(dst, x, t, silu)
	case active == levelAVX512 && silu:
		normApplySiLUAVX512(&dst.Data[0], 4*dst.Stride, &x.Data[0], 4*x.Stride, x.Rows, x.Cols, t)
	case active == levelAVX512:
		normApplyAVX512(&dst.Data[0], 4*dst.Stride, &x.Data[0], 4*x.Stride, x.Rows, x.Cols, t)
	case silu:
		normApplySiLUAVX2(&dst.Data[0], 4*dst.Stride, &x.Data[0], 4*x.Stride, x.Rows, x.Cols, t)
	default:
		normApplyAVX2(&dst.Data[0], 4*dst.Stride, &x.Data[0], 4*x.Stride, x.Rows, x.Cols, t)
	}
}

func sumNormPart(plain, scaled []float32, v, x Matrix, t *normTable, silu bool) {
	switch {
	case active == levelGeneric:
		sumNormGeneric(plain, scaled, v, x, t, silu)
	case active == levelAVX512 && silu:
		sumNormSiLUAVX512(&plain[0], &scaled[0], &v.Data[0], 4*v.Stride, &x.Data[0], 4*x.Stride, x.Rows, x.Cols, t)
	case active == levelAVX512:
		sumNormAVX512(&plain[0], &scaled[0], &v.Data[0], 4*v.Stride, &x.Data[0], 4*x.Stride, x.Rows, x.Cols, t)
	case silu:
		sumNormSiLUAVX2(&plain[0], &scaled[0], &v.Data[0], 4*v.Stride, &x.Data[0], 4*x.Stride, x.Rows, x.Cols, t)
	default:
		sumNormAVX2(&plain[0], &scaled[0], &v.Data[0], 4*v.Stride, &x.Data[0], 4*x.Stride, x.Rows, x.Cols, t)
	}
}

func normCombine(dst, v, x Matrix, t *normTable, accumulate bool) {
	switch {
	case active == levelGeneric:
		normCombineGeneric(dst, v, x, t, accumulate)
	case active == levelAVX512 && accumulate:
		normCombineAddAVX512(&dst.Data[0], 4*dst.Stride, &v.Data[0], 4*v.Stride, &x.Data[0], 4*x.Stride, x.Rows, x.Cols, t)
	case active == levelAVX512:
		normCombineAVX512(&dst.Data[0], 4*dst.Stride, &v.Data[0], 4*v.Stride, &x.Data[0], 4*x.Stride, x.Rows, x.Cols, t)
	case accumulate:
		normCombineAddAVX2(&dst.Data[0], 4*dst.Stride, &v.Data[0], 4*v.Stride, &x.Data[0], 4*x.Stride, x.Rows, x.Cols, t)
	default:
		normCombineAVX2(&dst.Data[0], 4*dst.Stride, &v.Data[0], 4*v.Stride, &x.Data[0], 4*x.Stride, x.Rows, x.Cols, t)
	}
}
