package kernel

func gatePixelsGeneric(dst, add, x Matrix, gate []float32) {
	for r := range x.Rows {
		to := dst.row(r)
		for j, v := range x.row(r) {
			y := float32(gate[j] * v)
			if add.Data != nil {
				y = add.Data[r*add.Stride+j] + y
			}
			to[j] = y
		}
	}
}

func sumProductsGeneric(dst []float32, d, x Matrix) {
	for j := range dst {
		var sums [4]float32
		for r := range x.Rows {
			sums[r%4] += float32(d.Data[r*d.Stride+j] * x.Data[r*x.Stride+j])
		}
		dst[j] = (sums[0] + sums[1]) + (sums[2] + sums[3])
	}
}
