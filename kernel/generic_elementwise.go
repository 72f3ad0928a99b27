package kernel

// These loops define the bits of every path. Each product is rounded before it is added, as in the assembly: the conversion
// to float32 forbids fusing.

func reluGeneric(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		if v < 0 {
			v = 0
		}
		dst[i] = v
	}
}

func reluMaskGeneric(dst, gradient, y []float32) {
	dst, gradient = dst[:len(y)], gradient[:len(y)]
	for i, v := range y {
		g := gradient[i]
		if v <= 0 {
			g = 0
		}
		dst[i] = g
	}
}

func timesGeneric(dst, x, y []float32) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = x[i] * y[i]
	}
}

const normLanes = 32

func squaredNormGeneric(x []float32) float64 {
	var lanes [normLanes]float64
	for len(x) >= normLanes {
		for i, v := range x[:normLanes] {
			lanes[i] += float64(v) * float64(v) // exact, so fusing changes nothing
		}
		x = x[normLanes:]
	}
	for i, v := range x {
		lanes[i] += float64(v) * float64(v)
	}
	return sumLanes(&lanes)
}

// sumLanes adds the upper half of the lanes to the lower half until one is left.
func sumLanes(lanes *[normLanes]float64) float64 {
	for half := normLanes / 2; half > 0; half /= 2 {
		for i := range half {
			lanes[i] += lanes[i+half]
		}
	}
	return lanes[0]
}

func combine2Generic(dst []float32, a float32, x []float32, b float32, y []float32) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = float32(a*x[i]) + float32(b*y[i])
	}
}

func combine3Generic(dst []float32, a float32, x []float32, b float32, y []float32, c float32, z []float32) {
	x, y, z = x[:len(dst)], y[:len(dst)], z[:len(dst)]
	for i := range dst {
		dst[i] = float32(a*x[i]) + float32(b*y[i]) + float32(c*z[i])
	}
}

func lerpGeneric(dst, x []float32, weight float32) {
	x = x[:len(dst)]
	for i, d := range dst {
		dst[i] = d + float32(weight*(x[i]-d))
	}
}

func scatterAddGeneric(dst, src Matrix, index []int32, first int) {
	for r, i := range index {
		to := int(i) - first
		if to < 0 || to >= dst.Rows {
			continue
		}
		d := dst.row(to)
		for j, v := range src.row(r) {
			d[j] += v
		}
	}
}

func sumRowsGeneric(dst []float32, src Matrix) {
	clear(dst)
	for r := range src.Rows {
		for j, v := range src.row(r) {
			dst[j] += v
		}
	}
}
