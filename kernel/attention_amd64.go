//go:build !purego

package kernel

// Strides are in bytes; rows and cols are at least 1.

//go:noescape
func softmaxRowsAVX512(p *float32, pStride, rows, cols int, scale float32)

//go:noescape
func softmaxRowsAVX2(p *float32, pStride, rows, cols int, scale float32)

//go:noescape
func softmaxSlopeAVX512(d *float32, dStride int, p *float32, pStride, rows, cols int, scale float32)

//go:noescape
func softmaxSlopeAVX2(d *float32, dStride int, p *float32, pStride, rows, cols int, scale float32)

func softmaxRows(p Matrix, scale float32) {
	switch active {
	case levelGeneric:
		softmaxRowsGeneric(p, scale)
	case levelAVX512:
		softmaxRowsAVX512(&p.Data[0], 4*p.Stride, p.Rows, p.Cols, scale)
	default:
		softmaxRowsAVX2(&p.Data[0], 4*p.Stride, p.Rows, p.Cols, scale)
	}
}

func softmaxSlope(d, p Matrix, scale float32) {
	switch active {
	case levelGeneric:
		softmaxSlopeGeneric(d, p, scale)
	case levelAVX512:
		softmaxSlopeAVX512(&d.Data[0], 4*d.Stride, &p.Data[0], 4*p.Stride, d.Rows, d.Cols, scale)
	default:
		softmaxSlopeAVX2(&d.Data[0], 4*d.Stride, &p.Data[0], 4*p.Stride, d.Rows, d.Cols, scale)
	}
}
