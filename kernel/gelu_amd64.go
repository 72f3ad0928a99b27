//go:build !purego

package kernel

//go:noescape
func geluAVX512(dst, x *float32, n int)

//go:noescape
func geluAVX2(dst, x *float32, n int)

//go:noescape
func geluSlopeAVX512(dst, slope, x *float32, n int)

//go:noescape
func geluSlopeAVX2(dst, slope, x *float32, n int)

//go:noescape
func geluGradientAVX512(dst, x, gradient *float32, n int)

//go:noescape
func geluGradientAVX2(dst, x, gradient *float32, n int)

func gelu(dst, x []float32) {
	switch {
	case active == levelGeneric || len(dst) == 0:
		geluGeneric(dst, x)
	case active == levelAVX512:
		geluAVX512(&dst[0], &x[0], len(dst))
	default:
		geluAVX2(&dst[0], &x[0], len(dst))
	}
}

func geluSlope(dst, slopes, x []float32) {
	switch {
	case active == levelGeneric || len(dst) == 0:
		geluSlopeGeneric(dst, slopes, x)
	case active == levelAVX512:
		geluSlopeAVX512(&dst[0], &slopes[0], &x[0], len(dst))
	default:
		geluSlopeAVX2(&dst[0], &slopes[0], &x[0], len(dst))
	}
}

func geluGradient(dst, x, gradient []float32) {
	switch {
	case active == levelGeneric || len(dst) == 0:
		geluGradientGeneric(dst, x, gradient)
	case active == levelAVX512:
		geluGradientAVX512(&dst[0], &x[0], &gradient[0], len(dst))
	default:
		geluGradientAVX2(&dst[0], &x[0], &gradient[0], len(dst))
	}
}
