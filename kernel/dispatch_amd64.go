//go:build !purego

package kernel

// The functions below pass each call to the active path. They call by name, not through function values, so that
// arguments can stay on the caller's stack. Empty slices go to the generic path, which does nothing with them.

func multiply(ws *Workspace, p *product) {
	if active == levelGeneric {
		multiplyGeneric(ws, p)
		return
	}
	multiplyPanels(ws, p)
}

func relu(dst, x []float32) {
	switch {
	case active == levelGeneric || len(dst) == 0:
		reluGeneric(dst, x)
	case active == levelAVX512:
		reluAVX512(&dst[0], &x[0], len(dst))
	default:
		reluAVX2(&dst[0], &x[0], len(dst))
	}
}

func reluMask(dst, gradient, y []float32) {
	switch {
	case active == levelGeneric || len(dst) == 0:
		reluMaskGeneric(dst, gradient, y)
	case active == levelAVX512:
		reluMaskAVX512(&dst[0], &gradient[0], &y[0], len(dst))
	default:
		reluMaskAVX2(&dst[0], &gradient[0], &y[0], len(dst))
	}
}

func squaredNorm(x []float32) float64 {
	blocks := len(x) / normLanes
	if active == levelGeneric || blocks == 0 {
		return squaredNormGeneric(x)
	}
	var lanes [normLanes]float64
	if active == levelAVX512 {
		squaredNormAVX512(&lanes[0], &x[0], blocks)
	} else {
		squaredNormAVX2(&lanes[0], &x[0], blocks)
	}
	for i, v := range x[blocks*normLanes:] {
		lanes[i] += float64(v) * float64(v)
	}
	return sumLanes(&lanes)
}

func times(dst, x, y []float32) {
	switch {
	case active == levelGeneric || len(dst) == 0:
		timesGeneric(dst, x, y)
	case active == levelAVX512:
		timesAVX512(&dst[0], &x[0], &y[0], len(dst))
	default:
		timesAVX2(&dst[0], &x[0], &y[0], len(dst))
	}
}

func combine2(dst []float32, a float32, x []float32, b float32, y []float32) {
	switch {
	case active == levelGeneric || len(dst) == 0:
		combine2Generic(dst, a, x, b, y)
	case active == levelAVX512:
		combine2AVX512(&dst[0], &x[0], &y[0], len(dst), a, b)
	default:
		combine2AVX2(&dst[0], &x[0], &y[0], len(dst), a, b)
	}
}

func combine3(dst []float32, a float32, x []float32, b float32, y []float32, c float32, z []float32) {
	switch {
	case active == levelGeneric || len(dst) == 0:
		combine3Generic(dst, a, x, b, y, c, z)
	case active == levelAVX512:
		combine3AVX512(&dst[0], &x[0], &y[0], &z[0], len(dst), a, b, c)
	default:
		combine3AVX2(&dst[0], &x[0], &y[0], &z[0], len(dst), a, b, c)
	}
}

func lerp(dst, x []float32, weight float32) {
	switch {
	case active == levelGeneric || len(dst) == 0:
		lerpGeneric(dst, x, weight)
	case active == levelAVX512:
		lerpAVX512(&dst[0], &x[0], len(dst), weight)
	default:
		lerpAVX2(&dst[0], &x[0], len(dst), weight)
	}
}

func scatterAdd(dst, src Matrix, index []int32, first int) {
	switch active {
	case levelGeneric:
		scatterAddGeneric(dst, src, index, first)
	case levelAVX512:
		scatterAddAVX512(&dst.Data[0], 4*dst.Stride, dst.Rows, &src.Data[0], 4*src.Stride, &index[0], len(index), src.Cols, first)
	default:
		scatterAddAVX2(&dst.Data[0], 4*dst.Stride, dst.Rows, &src.Data[0], 4*src.Stride, &index[0], len(index), src.Cols, first)
	}
}

func sumRows(dst []float32, src Matrix) {
	switch {
	case active == levelGeneric || src.Rows == 0:
		sumRowsGeneric(dst, src)
	case active == levelAVX512:
		sumRowsAVX512(&dst[0], &src.Data[0], 4*src.Stride, src.Rows, src.Cols)
	default:
		sumRowsAVX2(&dst[0], &src.Data[0], 4*src.Stride, src.Rows, src.Cols)
	}
}

func adam(p, m, v, g []float32, s *AdamStep) {
	switch {
	case active == levelGeneric || len(p) == 0:
		adamGeneric(p, m, v, g, s)
	case active == levelAVX512:
		adamAVX512(&p[0], &m[0], &v[0], &g[0], len(p), s)
	default:
		adamAVX2(&p[0], &m[0], &v[0], &g[0], len(p), s)
	}
}

func fillNormal(dst []float32, key [2]uint32, step, firstRow uint64, dim int) {
	if active == levelGeneric {
		fillNormalGeneric(dst, key, step, firstRow, dim)
		return
	}
	fillNormalVectors(dst, key, step, firstRow, dim)
}
