package kernel

func sumPixelsGeneric(dst []float32, x Matrix, scale float32) {
	for j := range dst {
		var sums [4]float32
		for r := range x.Rows {
			sums[r%4] += x.Data[r*x.Stride+j]
		}
		dst[j] = scale * ((sums[0] + sums[1]) + (sums[2] + sums[3]))
	}
}

func spreadPixelsGeneric(dst Matrix, x []float32, scale float32, accumulate bool) {
	for r := range dst.Rows {
		to := dst.row(r)
		for j, v := range x {
			y := float32(scale * v)
			if accumulate {
				y += to[j]
			}
			to[j] = y
		}
	}
}

func addRowsGeneric(dst, src Matrix) {
	for r := range src.Rows {
		to := dst.row(r)
		for j, v := range src.row(r) {
			to[j] += v
		}
	}
}

func addSumRowsGeneric(dst []float32, src Matrix) {
	for r := range src.Rows {
		for j, v := range src.row(r) {
			dst[j] += v
		}
	}
}
