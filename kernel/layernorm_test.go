package kernel

import (
	"math"
	"testing"
)

// layerNorm64 is LayerNorm.Forward of one image [pixels, channels] in float64.
func layerNorm64(x, scale, shift []float64, epsilon float64) []float64 {
	channels := len(scale)
	y := make([]float64, len(x))
	for from := 0; from < len(x); from += channels {
		mean, variance := 0.0, 0.0
		for _, v := range x[from:][:channels] {
			mean += v / float64(channels)
		}
		for _, v := range x[from:][:channels] {
			variance += (v - mean) * (v - mean) / float64(channels)
		}
		for c, v := range x[from:][:channels] {
			y[from+c] = (v-mean)/math.Sqrt(variance+epsilon)*(1+scale[c]) + shift[c]
		}
	}
	return y
}

// Values of layerNorm64 and its differences, the same bits on every path, and no trace of other images or of strides. Also where
// the mean is far above the deviation.
func TestLayerNorm(t *testing.T) {
	const images = 2
	l := &LayerNorm{Epsilon: 1e-3}
	for channels := 1; channels < 70; channels += 1 + channels/33 {
		for _, l.Pixels = range []int{1, 4} {
			offset := float32(channels % 3 * 1000)
			pathsAgree(t, func(t *testing.T) map[string]Matrix {
				r, rows := newRand(uint64(channels)), images*l.Pixels
				input := func(rows int) Matrix { return randomMatrix(r, rows, channels, channels+channels%3) }
				output := func(rows int) Matrix {
					m, intact := guardedMatrix(t, rows, channels, channels+channels%4, channels%5)
					t.Cleanup(intact)
					return m
				}
				x, d, v, scale, shift, vScale, vShift := input(rows), input(rows), input(rows), input(2), input(2), input(2), input(2)
				for i := range rows {
					for j := range x.row(i) {
						x.row(i)[j] += offset
					}
				}
				y, tangent, dx, dScale, dShift := output(rows), output(rows), output(rows), output(2), output(2)
				stats, intact := guarded(t, rows*l.Statistics(), 1)
				l.Forward(y, x, scale, shift, stats)
				l.Tangent(tangent, x, v, scale, vScale, vShift, stats)
				l.Gradient(dx, dScale, dShift, x, d, scale, stats, false)
				intact()
				for i := range images {
					part := func(m Matrix) []float64 { return to64(m.image(i, l.Pixels).flat()) }
					at, by, plus := part(x), to64(scale.row(i)), to64(shift.row(i))
					check := func(what string, got []float32, want func(j int) float64, tolerance float64) {
						t.Helper()
						for j := 0; j < len(got); j += 1 + len(got)/20 {
							if w := want(j); math.Abs(float64(got[j])-w) > tolerance*(1+math.Abs(w)) {
								t.Fatalf("%d pixels of %d channels: %s %d of image %d is %v, want %v", l.Pixels, channels, what, j, i, got[j], w)
							}
						}
					}
					value := layerNorm64(at, by, plus, l.Epsilon)
					check("value", y.image(i, l.Pixels).flat(), func(j int) float64 { return value[j] }, 2e-6)
					along, alongScale, alongShift := part(v), to64(vScale.row(i)), to64(vShift.row(i))
					moved := func(h float64) []float64 {
						shifted := func(a, b []float64) []float64 {
							c := make([]float64, len(a))
							for j := range c {
								c[j] = a[j] + h*b[j]
							}
							return c
						}
						return layerNorm64(shifted(at, along), shifted(by, alongScale), shifted(plus, alongShift), l.Epsilon)
					}
					change := difference(moved)
					check("tangent", tangent.image(i, l.Pixels).flat(), func(j int) float64 { return change[j] }, 1e-4)
					out := part(d)
					gradient := func(p []float64) func(j int) float64 {
						return func(j int) (sum float64) {
							before := p[j]
							for k, y := range difference(func(h float64) []float64 {
								p[j] = before + h
								return layerNorm64(at, by, plus, l.Epsilon)
							}) {
								sum += y * out[k]
							}
							p[j] = before
							return sum
						}
					}
					check("gradient", dx.image(i, l.Pixels).flat(), gradient(at), 2e-4)
					check("gradient of the scale", dScale.row(i), gradient(by), 2e-5)
					check("gradient of the shift", dShift.row(i), gradient(plus), 2e-5)

					one, s := NewMatrix(l.Pixels, channels), make([]float32, l.Pixels*l.Statistics())
					l.Forward(one, x.image(i, l.Pixels), scale.RowRange(i, i+1), shift.RowRange(i, i+1), s)
					sameMatrix(t, "an image alone", one, y.image(i, l.Pixels))
				}
				inPlace := copied(d)
				l.Gradient(inPlace, NewMatrix(2, channels), NewMatrix(2, channels), x, inPlace, scale, stats, false)
				sameMatrix(t, "gradient in place", inPlace, dx)
				l.Gradient(inPlace, NewMatrix(2, channels), NewMatrix(2, channels), x, d, scale, stats, true)
				for i := range rows {
					for j, got := range inPlace.row(i) {
						sameBits(t, "gradient twice", []float32{got}, []float32{dx.row(i)[j] + dx.row(i)[j]})
					}
				}
				inPlace = copied(x)
				l.Forward(inPlace, inPlace, scale, shift, make([]float32, len(stats)))
				sameMatrix(t, "value in place", inPlace, y)
				inPlace = copied(v)
				l.Tangent(inPlace, x, inPlace, scale, vScale, vShift, stats)
				sameMatrix(t, "tangent in place", inPlace, tangent)
				return map[string]Matrix{
					"y": y, "tangent": tangent, "dx": dx, "dScale": dScale, "dShift": dShift, "statistics": View(stats, 1, len(stats)),
				}
			})
		}
	}
}
