package kernel

import "math"

// These loops define the bits of every path. Sums over pixels have two chains, of the even and of the odd pixels.

func channelMomentsGeneric(m *normMoments, x Matrix) {
	var sums, squares [2][normColumns]float64
	for r := range x.Rows {
		sum, square := &sums[r%2], &squares[r%2]
		for j, v := range x.row(r) {
			d := float64(v) - float64(m.near[j])
			sum[j] += d
			square[j] = math.FMA(d, d, square[j])
		}
	}
	for j := range x.Cols {
		m.sums[j], m.squares[j] = sums[0][j]+sums[1][j], squares[0][j]+squares[1][j]
	}
}

func normApplyGeneric(dst, x Matrix, t *normTable, silu bool) {
	for r := range x.Rows {
		to := dst.row(r)
		for j, v := range x.row(r) {
			u := float32((v-t.mean[j])*t.scale[j]) + t.offset[j]
			if silu {
				u *= sigmoid(u)
			}
			to[j] = u
		}
	}
}

// sumNormGeneric is plain = Σ v and scaled = Σ v·x̂ over pixels; with silu, v is first multiplied by the slope of SiLU at u.
func sumNormGeneric(plain, scaled []float32, v, x Matrix, t *normTable, silu bool) {
	var sums, products [2][normColumns]float32
	for r := range x.Rows {
		sum, product, d := &sums[r%2], &products[r%2], v.row(r)
		for j, x := range x.row(r) {
			centered := x - t.mean[j]
			if silu {
				u := float32(centered*t.scale[j]) + t.offset[j]
				d[j] *= slope(u, sigmoid(u))
			}
			normalized := float32(centered*t.inverse[j]) + t.rest[j]
			sum[j] += d[j]
			product[j] += float32(d[j] * normalized)
		}
	}
	for j := range plain {
		plain[j], scaled[j] = sums[0][j]+sums[1][j], products[0][j]+products[1][j]
	}
}

func normCombineGeneric(dst, v, x Matrix, t *normTable, accumulate bool) {
	for r := range x.Rows {
		to, d := dst.row(r), v.row(r)
		for j, x := range x.row(r) {
			y := float32(d[j]*t.factor[j]) - t.center[j] - float32((x-t.mean[j])*t.slope[j])
			if accumulate {
				y += to[j]
			}
			to[j] = y
		}
	}
}
