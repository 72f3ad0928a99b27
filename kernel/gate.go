package kernel

// Gate is dst[i·pixels + p, c] = add[i·pixels + p, c] + gate[i, c]·x[i·pixels + p, c] for every pixel p of image i, with gate
// [images, C] and the others [images·pixels, C]. add may be absent (its Data nil). dst may be add or x.
func Gate(dst, add, x, gate Matrix, pixels int) {
	const function = "Gate"
	checkPixels(function, gate, x, pixels)
	checkSame(function, "dst", dst, x)
	if add.Data != nil {
		checkSame(function, "add", add, x)
	}
	if x.Cols == 0 {
		return
	}
	for i := range gate.Rows {
		part := Matrix{}
		if add.Data != nil {
			part = add.image(i, pixels)
		}
		gatePixels(dst.image(i, pixels), part, x.image(i, pixels), gate.row(i))
	}
}

// GateGradient is dst[i, c] = Σ_p d[i·pixels + p, c]·x[i·pixels + p, c], per image i: the gradient of a gate. The order of
// additions is that of SumPixels.
func GateGradient(dst, d, x Matrix, pixels int) {
	const function = "GateGradient"
	checkPixels(function, dst, x, pixels)
	checkSame(function, "d", d, x)
	if x.Cols == 0 {
		return
	}
	for i := range dst.Rows {
		sumProducts(dst.row(i), d.image(i, pixels), x.image(i, pixels))
	}
}
