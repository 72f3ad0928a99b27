package kernel

import "math"

const (
	statisticsPerGroup = 3 // the mean, what float32 loses of it, and 1/√(v + Epsilon)
	normColumns        = 256
	normPixels         = 1024 // that are summed in float32
)

// normTable holds numbers per channel of a block of channels. The assembly reads the fields by their offsets.
type normTable struct {
	mean, scale, offset   [normColumns]float32 // u = (x − mean)·scale + offset
	inverse, rest         [normColumns]float32 // x̂ = (x − mean)·inverse + rest
	factor, center, slope [normColumns]float32 // normCombine is (v·factor − center) − (x − mean)·slope
}

// normMoments holds sums per channel of a block over the pixels of an image, of differences from a number near the mean. The
// assembly reads the fields by their offsets.
type normMoments struct {
	near          [normColumns]float32
	sums, squares [normColumns]float64
}

// normMeans holds, per group of a run of channels, the means of v and of v·x̂.
type normMeans struct{ plain, scaled [normColumns]float64 }

// statistics writes the statistics of the groups of channels first … run−1. Sums are in float64, of differences from the
// group's first number: it is one of the n numbers, so it is at most √n·σ from the mean, and next to nothing cancels, however
// far the mean is from 0.
func (g *GroupNorm) statistics(stats []float32, x Matrix, first, run int) {
	var m normMoments
	width := x.Cols / g.Groups
	n := float64(x.Rows * width)
	corner := x.row(0)
	sum, squares := 0.0, 0.0
	for from := first; from < run; from += normColumns {
		end := min(from+normColumns, run)
		for c := from; c < end; {
			group := c / width
			for last := min((group+1)*width, end); c < last; c++ {
				m.near[c-from] = corner[group*width]
			}
		}
		channelMoments(&m, x.ColRange(from, end))
		for c := from; c < end; {
			group := c / width
			last := min((group+1)*width, end)
			for ; c < last; c++ {
				sum += m.sums[c-from]
				squares += m.squares[c-from]
			}
			if last < (group+1)*width {
				break // the group goes on in the next block
			}
			shift := sum / n
			mean := float64(corner[group*width]) + shift
			variance := max(squares/n-float64(shift*shift), 0)
			s := stats[statisticsPerGroup*group:][:statisticsPerGroup]
			s[0] = float32(mean)
			s[1] = float32(mean - float64(s[0]))
			s[2] = float32(1 / math.Sqrt(variance+g.Epsilon))
			sum, squares = 0, 0
		}
	}
}

// affine fills the columns of the table that give u and x̂ of channels from … end−1.
func (g *GroupNorm) affine(t *normTable, stats []float32, from, end int) {
	width := len(g.Weight) / g.Groups
	for c := from; c < end; {
		group := c / width
		s := stats[statisticsPerGroup*group:][:statisticsPerGroup]
		mean, lost, inverse := s[0], s[1], s[2]
		rest := -float32(lost * inverse)
		for last := min((group+1)*width, end); c < last; c++ {
			scale := float32(inverse * g.Weight[c])
			t.mean[c-from], t.scale[c-from], t.offset[c-from] = mean, scale, g.Bias[c]-float32(lost*scale)
			t.inverse[c-from], t.rest[c-from] = inverse, rest
		}
	}
}

// sumNorm is plain = Σ v and scaled = Σ v·x̂, per channel over the pixels. With silu, v is first multiplied by the slope of SiLU.
func sumNorm(plain, scaled []float32, v, x Matrix, t *normTable, silu bool) {
	if x.Rows <= normPixels {
		sumNormPart(plain, scaled, v, x, t, silu)
		return
	}
	var sums, products [normColumns]float64
	for from := 0; from < x.Rows; from += normPixels {
		end := min(from+normPixels, x.Rows)
		sumNormPart(plain, scaled, v.RowRange(from, end), x.RowRange(from, end), t, silu)
		for j := range plain {
			sums[j] += float64(plain[j])
			products[j] += float64(scaled[j])
		}
	}
	for j := range plain {
		plain[j], scaled[j] = float32(sums[j]), float32(products[j])
	}
}

// addMeans adds the sums of channels from … to the means of the run that starts at channel first, with weights or without.
func (g *GroupNorm) addMeans(m *normMeans, plain, scaled []float32, first, from int, weighted bool) {
	width := len(g.Weight) / g.Groups
	n := float64(g.Pixels * width)
	for c := from; c < from+len(plain); {
		group := c / width
		a, b := 0.0, 0.0
		for last := min((group+1)*width, from+len(plain)); c < last; c++ {
			weight := 1.0
			if weighted {
				weight = float64(g.Weight[c])
			}
			a += float64(weight * float64(plain[c-from])) // the conversion forbids fusing
			b += float64(weight * float64(scaled[c-from]))
		}
		m.plain[group-first/width] += a / n
		m.scaled[group-first/width] += b / n
	}
}

// combination fills the columns of the table for normCombine: v·factor − γ·(mean(v) + x̂·mean(v·x̂))/σ with the factor γ/σ, or
// without weights 1 for the second γ, the first being in v's means.
func (g *GroupNorm) combination(t *normTable, m *normMeans, stats []float32, first, from, end int, weighted bool) {
	width := len(g.Weight) / g.Groups
	for c := from; c < end; {
		group := c / width
		s := stats[statisticsPerGroup*group:][:statisticsPerGroup]
		mean, lost, inverse := s[0], float64(s[1]), float64(s[2])
		slope := float64(inverse*inverse) * m.scaled[group-first/width]
		center := float64(inverse*m.plain[group-first/width]) - float64(lost*slope)
		for last := min((group+1)*width, end); c < last; c++ {
			weight := 1.0
			if weighted {
				weight = float64(g.Weight[c])
			}
			t.mean[c-from], t.factor[c-from] = mean, float32(s[2]*g.Weight[c])
			t.center[c-from], t.slope[c-from] = float32(weight*center), float32(weight*slope)
		}
	}
}
