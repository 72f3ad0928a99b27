//go:build !amd64 || purego

package kernel

func channelMoments(m *normMoments, x Matrix)          { channelMomentsGeneric(m, x) }
func normApply(dst, x Matrix, t *normTable, silu bool) { normApplyGeneric(dst, x, t, silu) }
func normCombine(dst, v, x Matrix, t *normTable, accumulate bool) {
	normCombineGeneric(dst, v, x, t, accumulate)
}
func sumNormPart(plain, scaled []float32, v, x Matrix, t *normTable, silu bool) {
	sumNormGeneric(plain, scaled, v, x, t, silu)
}
func sumPixels(dst []float32, x Matrix, scale float32) { sumPixelsGeneric(dst, x, scale) }
func spreadPixels(dst Matrix, x []float32, scale float32, accumulate bool) {
	spreadPixelsGeneric(dst, x, scale, accumulate)
}
func addSumRows(dst []float32, src Matrix)         { addSumRowsGeneric(dst, src) }
func addRows(dst, src Matrix)                      { addRowsGeneric(dst, src) }
func (m *mask) apply(dst, x []float32, row uint64) { m.applyGeneric(dst, x, row) }
func softmaxRows(p Matrix, scale float32)          { softmaxRowsGeneric(p, scale) }
func softmaxSlope(d, p Matrix, scale float32)      { softmaxSlopeGeneric(d, p, scale) }

func gelu(dst, x []float32)                   { geluGeneric(dst, x) }
func geluSlope(dst, slopes, x []float32)      { geluSlopeGeneric(dst, slopes, x) }
func geluGradient(dst, x, gradient []float32) { geluGradientGeneric(dst, x, gradient) }

func gatePixels(dst, add, x Matrix, gate []float32) { gatePixelsGeneric(dst, add, x, gate) }
func sumProducts(dst []float32, d, x Matrix)        { sumProductsGeneric(dst, d, x) }

func layerNorm(dst, x Matrix, scale, shift, stats []float32, epsilon float32) {
	layerNormGeneric(dst, x, scale, shift, stats, epsilon)
}

func layerNormTangent(dst, v, x Matrix, scale, vScale, vShift, stats []float32) {
	layerNormTangentGeneric(dst, v, x, scale, vScale, vShift, stats)
}

func layerNormGradient(dx, d, x Matrix, scale, dScale, dShift, stats []float32, accumulate bool) {
	layerNormGradientGeneric(dx, d, x, scale, dScale, dShift, stats, accumulate)
}
