package kernel

const softmaxLanes = 16 // partial sums of a row: element j goes to sum j mod 16

// softmaxRowsGeneric replaces each row s of p by exp(scale·(s − max s)), divided by its sum.
func softmaxRowsGeneric(p Matrix, scale float32) {
	for r := range p.Rows {
		row := p.row(r)
		highest := row[0]
		for _, v := range row[1:] {
			highest = max(highest, v)
		}
		var sums [softmaxLanes]float32
		for j, v := range row {
			row[j] = exponential(float32((v - highest) * scale))
			sums[j%softmaxLanes] += row[j]
		}
		inverse := 1 / foldLanes(&sums)
		for j := range row {
			row[j] *= inverse
		}
	}
}

// softmaxSlopeGeneric replaces each row d by scale·p·(d − Σ p·d): the derivative of the softmax of scale·s, which is p.
func softmaxSlopeGeneric(d, p Matrix, scale float32) {
	for r := range d.Rows {
		row, q := d.row(r), p.row(r)
		var sums [softmaxLanes]float32
		for j, v := range row {
			sums[j%softmaxLanes] += float32(v * q[j])
		}
		mean := foldLanes(&sums)
		for j, v := range row {
			row[j] = float32(float32(scale*q[j]) * (v - mean))
		}
	}
}

// foldLanes adds the upper half of the lanes to the lower half until one is left.
func foldLanes(lanes *[softmaxLanes]float32) float32 {
	for half := softmaxLanes / 2; half > 0; half /= 2 {
		for i := range half {
			lanes[i] += lanes[i+half]
		}
	}
	return lanes[0]
}
