package kernel

import (
	"math"
	"testing"
)

func TestPixelLoops(t *testing.T) {
	const images = 2
	onEveryPath(t, func(t *testing.T) {
		for cols := range 70 {
			for _, pixels := range []int{1, 2, 3, 4, 7, 9 + cols%4} {
				r := newRand(uint64(cols))
				x, few := randomMatrix(r, images*pixels, cols, cols+cols%3), randomMatrix(r, images, cols, cols+1)
				sums, intact := guardedMatrix(t, images, cols, cols+2, cols%5)
				SumPixels(sums, x, pixels, 0.3)
				intact()
				for i := range images {
					for j := range cols {
						var s [4]float32
						for p := range pixels {
							s[p%4] += x.row(i*pixels + p)[j]
						}
						sameBits(t, "SumPixels", sums.row(i)[j:j+1], []float32{0.3 * ((s[0] + s[1]) + (s[2] + s[3]))})
					}
				}

				dst, intact := guardedMatrix(t, images*pixels, cols, cols+cols%4, cols%3)
				SpreadPixels(dst, few, pixels, 0.7, false)
				SpreadPixels(dst, few, pixels, 0.2, true)
				intact()
				CopyRows(dst, dst)
				for r := range dst.Rows {
					for j, got := range dst.row(r) {
						v := few.row(r / pixels)[j]
						sameBits(t, "SpreadPixels", []float32{got}, []float32{float32(0.7*v) + float32(0.2*v)})
					}
				}

				before := copied(dst)
				AddRows(dst, x)
				intact()
				total, whole := guarded(t, cols, cols%2)
				copy(total, few.row(0))
				AddSumRows(total, x)
				whole()
				want := append([]float32(nil), few.row(0)...)
				for r := range dst.Rows {
					for j, got := range dst.row(r) {
						sameBits(t, "AddRows", []float32{got}, []float32{before.row(r)[j] + x.row(r)[j]})
						want[j] += x.row(r)[j]
					}
				}
				sameBits(t, "AddSumRows", total, want)

				CopyRows(dst, x)
				intact()
				if cols > 0 {
					sameMatrix(t, "CopyRows", dst, x)
				}
			}
		}
	})
}

func TestDropout(t *testing.T) {
	key := [2]uint32{3, 1 << 31}
	const step, firstRow, layer = 1<<40 + 5, 1<<33 + 1, 7
	for _, dim := range []int{1, 15, 16, 17, 127, 128, 129, 500} {
		const rows = 3
		x := random(newRand(1), rows*dim)
		x[0] = float32(math.NaN())
		pathsAgree(t, func(t *testing.T) map[string]Matrix {
			dst, intact := guarded(t, len(x), dim%5)
			Dropout(dst, x, key, step, firstRow, layer, dim, 0.3, false)
			intact()
			for i, got := range dst {
				e := i % dim
				var w [4]uint32
				w[0], w[1], w[2], w[3] = Philox(key, step, firstRow+uint64(i/dim), layer<<22+uint32(e/128*16+e%16))
				want := float32(0)
				if part := e % 128 / 16; float64(w[part/2]>>(part%2*16)&0xffff) >= math.Round(0.3*65536) {
					want = x[i] * float32(1/(1-float32(0.3)))
				}
				sameNumbers(t, "dropout", []float32{got}, []float32{want})
			}
			twice := append([]float32(nil), x...)
			Dropout(twice, twice, key, step, firstRow, layer, dim, 0.3, false)
			sameNumbers(t, "in place", twice, dst)
			Dropout(twice, x, key, step, firstRow, layer, dim, 0.3, true)
			for i, v := range dst {
				if v == v && twice[i] != v+v {
					t.Fatalf("accumulated: element %d is %v, want %v", i, twice[i], v+v)
				}
			}
			Dropout(twice[dim:2*dim], x[dim:2*dim], key, step, firstRow+1, layer, dim, 0.3, false)
			sameNumbers(t, "a row alone", twice[dim:2*dim], dst[dim:2*dim])
			return map[string]Matrix{"dropout": View(dst, rows, dim)}
		})
	}
}

// The share of dropped elements is the rate, in every place and for neighbors alike; other layers, rows and steps drop others.
func TestDropoutDropsTheRate(t *testing.T) {
	const dim, rows = 1024, 500
	ones := make([]float32, dim*rows)
	for i := range ones {
		ones[i] = 1
	}
	for _, rate := range []float32{0, 0.1, 0.5, 0.999} {
		y, other := make([]float32, len(ones)), make([]float32, len(ones))
		Dropout(y, ones, [2]uint32{}, 0, 0, 0, dim, rate, false)
		within := func(what string, got, n, p float64) {
			t.Helper()
			if math.Abs(got/n-p) > 4.5*math.Sqrt(p*(1-p)/n)+1e-4 {
				t.Errorf("rate %v: %s is %v, want %v", rate, what, got/n, p)
			}
		}
		both := func(what string, z []float32) {
			n := 0.0
			for i, v := range z {
				if v == 0 && y[i] == 0 {
					n++
				}
			}
			within(what, n, float64(len(z)), float64(rate)*float64(rate))
		}
		dropped, place := 0.0, make([]float64, 128)
		for i, v := range y {
			if v == 0 {
				dropped++
				place[i%128]++
			}
		}
		within("the share", dropped, float64(len(y)), float64(rate))
		for i, n := range place {
			within("the share of place "+string(rune('0'+i%10)), n, float64(len(y)/128), float64(rate))
		}
		for lag := 1; lag < 40; lag += 5 {
			both("the share with a neighbor", y[lag:])
		}
		Dropout(other, ones, [2]uint32{}, 0, 0, 1, dim, rate, false)
		both("the share with another layer", other)
		Dropout(other, ones, [2]uint32{}, 1, 0, 0, dim, rate, false)
		both("the share with another step", other)
		Dropout(other, ones, [2]uint32{}, 0, rows, 0, dim, rate, false)
		both("the share with other rows", other)
	}
}

func TestImageMisusePanics(t *testing.T) {
	m := NewMatrix
	var ws Workspace
	mustPanic(t, "SumPixels: 7 rows are not images of 3 pixels", func() { SumPixels(m(2, 4), m(7, 4), 3, 1) })
	mustPanic(t, "SumPixels: images [3, 4], pixels [6, 4]", func() { SumPixels(m(3, 4), m(6, 4), 3, 1) })
	mustPanic(t, "SpreadPixels: images [2, 4], pixels [6, 5]", func() { SpreadPixels(m(6, 5), m(2, 4), 3, 1, false) })
	mustPanic(t, "AddRows: dst [2, 4], src [2, 3]", func() { AddRows(m(2, 4), m(2, 3)) })
	mustPanic(t, "CopyRows: dst [2, 4], src [3, 4]", func() { CopyRows(m(2, 4), m(3, 4)) })
	mustPanic(t, "AddSumRows: dst [2], src [3, 4]", func() { AddSumRows(make([]float32, 2), m(3, 4)) })
	x := make([]float32, 12)
	mustPanic(t, "Dropout: x [12] does not hold whole rows of 5", func() { Dropout(x, x, [2]uint32{}, 0, 0, 0, 5, 0.1, false) })
	mustPanic(t, "Dropout: layer 1024", func() { Dropout(x, x, [2]uint32{}, 0, 0, 1024, 4, 0.1, false) })
	mustPanic(t, "Dropout: the rate", func() { Dropout(x, x, [2]uint32{}, 0, 0, 0, 4, 1, false) })
	mustPanic(t, "Attention: qkv [4, 10] for 1 heads", func() { Attention(&ws, m(4, 3), m(4, 10), 4, 1) })
	mustPanic(t, "Attention: dst [4, 4], expected [4, 3]", func() { Attention(&ws, m(4, 4), m(4, 9), 4, 1) })
	mustPanic(t, "AttentionTangent: t [4, 8], expected [4, 9]", func() { AttentionTangent(&ws, m(4, 3), m(4, 9), m(4, 8), 4, 1) })
	mustPanic(t, "AttentionGradient: d [4, 4], expected [4, 3]", func() { AttentionGradient(&ws, m(4, 9), m(4, 9), m(4, 4), 4, 1, false) })
	g := newGroupNorm(1, 2, 6, 4, false)
	mustPanic(t, "GroupNorm.Forward: x [4, 6], 6 weights, 6 biases, 4 groups", func() { g.Forward(m(4, 6), m(4, 6), nil) })
	g.Groups = 3
	mustPanic(t, "GroupNorm.Forward: 17 statistics for 2 images and 3 groups", func() { g.Forward(m(4, 6), m(4, 6), make([]float32, 17)) })
	stats := make([]float32, 18)
	mustPanic(t, "GroupNorm.Forward: dst [4, 5], x [4, 6]", func() { g.Forward(m(4, 5), m(4, 6), stats) })
	mustPanic(t, "GroupNorm.Tangent: v [3, 6], x [4, 6]", func() { g.Tangent(m(4, 6), m(4, 6), m(3, 6), stats) })
	mustPanic(t, "GroupNorm.Gradient: 23 sums for 2 images of 6 channels",
		func() { g.Gradient(m(4, 6), m(4, 6), m(4, 6), stats, make([]float32, 23), false) })
	mustPanic(t, "LayerNorm.Forward: scale or shift [1, 6], x [4, 6] of 2 images",
		func() { (&LayerNorm{Pixels: 2}).Forward(m(4, 6), m(4, 6), m(2, 6), m(1, 6), make([]float32, 8)) })
	mustPanic(t, "LayerNorm.Gradient: 7 statistics for 4 pixels",
		func() {
			(&LayerNorm{Pixels: 2}).Gradient(m(4, 6), m(2, 6), m(2, 6), m(4, 6), m(4, 6), m(2, 6), make([]float32, 7), false)
		})
	mustPanic(t, "Gate: images [3, 6], pixels [4, 6]", func() { Gate(m(4, 6), Matrix{}, m(4, 6), m(3, 6), 2) })
	mustPanic(t, "GateGradient: d [3, 6], x [4, 6]", func() { GateGradient(m(2, 6), m(3, 6), m(4, 6), 2) })
	mustPanic(t, "GELU: slices of length 12 and 3", func() { GELU(x, x[:3]) })
}
