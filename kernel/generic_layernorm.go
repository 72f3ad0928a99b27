package kernel

import "math"

// Sums over the channels of a pixel have the lanes of softmaxRowsGeneric; sums over pixels are one chain.

func layerNormGeneric(dst, x Matrix, scale, shift, stats []float32, epsilon float32) {
	inverse := 1 / float32(x.Cols)
	for r := range x.Rows {
		row, to := x.row(r), dst.row(r)
		first := row[0]
		var sums, squares [softmaxLanes]float32
		for j, v := range row {
			sums[j%softmaxLanes] += v - first
		}
		mean := float32(foldLanes(&sums) * inverse)
		for j, v := range row {
			d := v - first - mean
			squares[j%softmaxLanes] += float32(d * d)
		}
		variance := float32(foldLanes(&squares)*inverse) + epsilon
		s := 1 / float32(math.Sqrt(float64(variance)))
		stats[2*r], stats[2*r+1] = mean, s
		for j, v := range row {
			to[j] = float32(float32((v-first-mean)*s)*(1+scale[j])) + shift[j]
		}
	}
}

func layerNormTangentGeneric(dst, v, x Matrix, scale, vScale, vShift, stats []float32) {
	inverse := 1 / float32(x.Cols)
	for r := range x.Rows {
		row, t, to := x.row(r), v.row(r), dst.row(r)
		first, mean, s := row[0], stats[2*r], stats[2*r+1]
		var sums, products [softmaxLanes]float32
		for j, v := range t {
			sums[j%softmaxLanes] += v
			products[j%softmaxLanes] += float32(v * float32((row[j]-first-mean)*s))
		}
		a, b := float32(foldLanes(&sums)*inverse), float32(foldLanes(&products)*inverse)
		for j, v := range t {
			normalized := float32((row[j] - first - mean) * s)
			change := float32((v - a - float32(normalized*b)) * s)
			to[j] = float32(change*(1+scale[j])) + float32(normalized*vScale[j]) + vShift[j]
		}
	}
}

func layerNormGradientGeneric(dx, d, x Matrix, scale, dScale, dShift, stats []float32, accumulate bool) {
	inverse := 1 / float32(x.Cols)
	for r := range x.Rows {
		row, out, to := x.row(r), d.row(r), dx.row(r)
		first, mean, s := row[0], stats[2*r], stats[2*r+1]
		var sums, products [softmaxLanes]float32
		for j, v := range out {
			normalized := float32((row[j] - first - mean) * s)
			dShift[j] += v
			dScale[j] += float32(v * normalized)
			g := float32(v * (1 + scale[j]))
			sums[j%softmaxLanes] += g
			products[j%softmaxLanes] += float32(g * normalized)
		}
		a, b := float32(foldLanes(&sums)*inverse), float32(foldLanes(&products)*inverse)
		for j, v := range out {
			normalized := float32((row[j] - first - mean) * s)
			y := float32((float32(v*(1+scale[j])) - a - float32(normalized*b)) * s)
			if accumulate {
				y += to[j]
			}
			to[j] = y
		}
	}
}
