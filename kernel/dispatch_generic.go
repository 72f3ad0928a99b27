//go:build !amd64 || purego

package kernel

const best = levelGeneric

func multiply(ws *Workspace, p *product) { multiplyGeneric(ws, p) }

func relu(dst, x []float32)               { reluGeneric(dst, x) }
func reluMask(dst, gradient, y []float32) { reluMaskGeneric(dst, gradient, y) }
func squaredNorm(x []float32) float64     { return squaredNormGeneric(x) }

func times(dst, x, y []float32)               { timesGeneric(dst, x, y) }
func exp(dst, x []float32)                    { expGeneric(dst, x) }
func silu(dst, x []float32)                   { siluGeneric(dst, x) }
func siluSlope(dst, slopes, x []float32)      { siluSlopeGeneric(dst, slopes, x) }
func siluGradient(dst, x, gradient []float32) { siluGradientGeneric(dst, x, gradient) }

func combine2(dst []float32, a float32, x []float32, b float32, y []float32) {
	combine2Generic(dst, a, x, b, y)
}

func combine3(dst []float32, a float32, x []float32, b float32, y []float32, c float32, z []float32) {
	combine3Generic(dst, a, x, b, y, c, z)
}

func lerp(dst, x []float32, weight float32) { lerpGeneric(dst, x, weight) }

func scatterAdd(dst, src Matrix, index []int32, first int) {
	scatterAddGeneric(dst, src, index, first)
}

func sumRows(dst []float32, src Matrix)      { sumRowsGeneric(dst, src) }
func adam(p, m, v, g []float32, s *AdamStep) { adamGeneric(p, m, v, g, s) }

func fillNormal(dst []float32, key [2]uint32, step, firstRow uint64, dim int) {
	fillNormalGeneric(dst, key, step, firstRow, dim)
}
