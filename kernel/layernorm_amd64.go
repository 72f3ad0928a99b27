//go:build !purego

package kernel

// Strides are in bytes; rows and cols are at least 1; inverse is 1/cols.

//go:noescape
func layerNormAVX512(dst *float32, dstStride int, x *float32, xStride int,
	scale, shift, stats *float32, rows, cols int, inverse, epsilon float32)

//go:noescape
func layerNormAVX2(dst *float32, dstStride int, x *float32, xStride int,
	scale, shift, stats *float32, rows, cols int, inverse, epsilon float32)

//go:noescape
func layerNormTangentAVX512(dst *float32, dstStride int, v *float32, vStride int, x *float32, xStride int,
	scale, vScale, vShift, stats *float32, rows, cols int, inverse float32)

//go:noescape
func layerNormTangentAVX2(dst *float32, dstStride int, v *float32, vStride int, x *float32, xStride int,
	scale, vScale, vShift, stats *float32, rows, cols int, inverse float32)

//go:noescape
func layerNormGradientAVX512(dx *float32, dxStride int, d *float32, dStride int, x *float32, xStride int,
	scale, dScale, dShift, stats *float32, rows, cols int, inverse float32)

//go:noescape
func layerNormGradientAVX2(dx *float32, dxStride int, d *float32, dStride int, x *float32, xStride int,
	scale, dScale, dShift, stats *float32, rows, cols int, inverse float32)

//go:noescape
func layerNormGradientAddAVX512(dx *float32, dxStride int, d *float32, dStride int, x *float32, xStride int,
	scale, dScale, dShift, stats *float32, rows, cols int, inverse float32)

//go:noescape
func layerNormGradientAddAVX2(dx *float32, dxStride int, d *float32, dStride int, x *float32, xStride int,
	scale, dScale, dShift, stats *float32, rows, cols int, inverse float32)

func layerNorm(dst, x Matrix, scale, shift, stats []float32, epsilon float32) {
	inverse := 1 / float32(x.Cols)
	switch active {
	case levelGeneric:
		layerNormGeneric(dst, x, scale, shift, stats, epsilon)
	case levelAVX512:
		layerNormAVX512(&dst.Data[0], 4*dst.Stride, &x.Data[0], 4*x.Stride, &scale[0], &shift[0], &stats[0], x.Rows, x.Cols, inverse, epsilon)
	default:
		layerNormAVX2(&dst.Data[0], 4*dst.Stride, &x.Data[0], 4*x.Stride, &scale[0], &shift[0], &stats[0], x.Rows, x.Cols, inverse, epsilon)
	}
}

func layerNormTangent(dst, v, x Matrix, scale, vScale, vShift, stats []float32) {
	inverse := 1 / float32(x.Cols)
	switch active {
	case levelGeneric:
		layerNormTangentGeneric(dst, v, x, scale, vScale, vShift, stats)
	case levelAVX512:
		layerNormTangentAVX512(&dst.Data[0], 4*dst.Stride, &v.Data[0], 4*v.Stride, &x.Data[0], 4*x.Stride,
			&scale[0], &vScale[0], &vShift[0], &stats[0], x.Rows, x.Cols, inverse)
	default:
		layerNormTangentAVX2(&dst.Data[0], 4*dst.Stride, &v.Data[0], 4*v.Stride, &x.Data[0], 4*x.Stride,
			&scale[0], &vScale[0], &vShift[0], &stats[0], x.Rows, x.Cols, inverse)
	}
}

func layerNormGradient(dx, d, x Matrix, scale, dScale, dShift, stats []float32, accumulate bool) {
	inverse := 1 / float32(x.Cols)
	switch {
	case active == levelGeneric:
		layerNormGradientGeneric(dx, d, x, scale, dScale, dShift, stats, accumulate)
	case active == levelAVX512 && accumulate:
		layerNormGradientAddAVX512(&dx.Data[0], 4*dx.Stride, &d.Data[0], 4*d.Stride, &x.Data[0], 4*x.Stride,
			&scale[0], &dScale[0], &dShift[0], &stats[0], x.Rows, x.Cols, inverse)
	case active == levelAVX512:
		layerNormGradientAVX512(&dx.Data[0], 4*dx.Stride, &d.Data[0], 4*d.Stride, &x.Data[0], 4*x.Stride,
			&scale[0], &dScale[0], &dShift[0], &stats[0], x.Rows, x.Cols, inverse)
	case accumulate:
		layerNormGradientAddAVX2(&dx.Data[0], 4*dx.Stride, &d.Data[0], 4*d.Stride, &x.Data[0], 4*x.Stride,
			&scale[0], &dScale[0], &dShift[0], &stats[0], x.Rows, x.Cols, inverse)
	default:
		layerNormGradientAVX2(&dx.Data[0], 4*dx.Stride, &d.Data[0], 4*d.Stride, &x.Data[0], 4*x.Stride,
			&scale[0], &dScale[0], &dShift[0], &stats[0], x.Rows, x.Cols, inverse)
	}
}
