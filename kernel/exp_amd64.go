//go:build !purego

package kernel

//go:noescape
func expAVX512(dst, x *float32, n int)

//go:noescape
func expAVX2(dst, x *float32, n int)

//go:noescape
func siluAVX512(dst, x *float32, n int)

//go:noescape
func siluAVX2(dst, x *float32, n int)

//go:noescape
func siluSlopeAVX512(dst, slope, x *float32, n int)

//go:noescape
func siluSlopeAVX2(dst, slope, x *float32, n int)

//go:noescape
func siluGradientAVX512(dst, x, gradient *float32, n int)

//go:noescape
func siluGradientAVX2(dst, x, gradient *float32, n int)

func exp(dst, x []float32) {
	switch {
	case active == levelGeneric || len(dst) == 0:
		expGeneric(dst, x)
	case active == levelAVX512:
		expAVX512(&dst[0], &x[0], len(dst))
	default:
		expAVX2(&dst[0], &x[0], len(dst))
	}
}

func silu(dst, x []float32) {
	switch {
	case active == levelGeneric || len(dst) == 0:
		siluGeneric(dst, x)
	case active == levelAVX512:
		siluAVX512(&dst[0], &x[0], len(dst))
	default:
		siluAVX2(&dst[0], &x[0], len(dst))
	}
}

func siluSlope(dst, slopes, x []float32) {
	switch {
	case active == levelGeneric || len(dst) == 0:
		siluSlopeGeneric(dst, slopes, x)
	case active == levelAVX512:
		siluSlopeAVX512(&dst[0], &slopes[0], &x[0], len(dst))
	default:
		siluSlopeAVX2(&dst[0], &slopes[0], &x[0], len(dst))
	}
}

func siluGradient(dst, x, gradient []float32) {
	switch {
	case active == levelGeneric || len(dst) == 0:
		siluGradientGeneric(dst, x, gradient)
	case active == levelAVX512:
		siluGradientAVX512(&dst[0], &x[0], &gradient[0], len(dst))
	default:
		siluGradientAVX2(&dst[0], &x[0], &gradient[0], len(dst))
	}
}
