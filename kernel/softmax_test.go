package kernel

import (
	"math"
	"testing"
)

// softmax64 is the softmax of a group and its ln Σ exp in float64.
func softmax64(x []float32) (p []float64, logSum float64) {
	highest, sum := math.Inf(-1), 0.0
	for _, v := range x {
		highest = max(highest, float64(v))
	}
	for _, v := range x {
		sum += math.Exp(float64(v) - highest)
	}
	for _, v := range x {
		p = append(p, math.Exp(float64(v)-highest)/sum)
	}
	return p, highest + math.Log(sum)
}

func TestSoftmax(t *testing.T) {
	layouts := map[string][]Group{
		"one":                  {{0, 9}},
		"chain":                {{7, 5}, {12, 7}, {19, 8}, {27, 1}, {28, 60}},
		"gaps, any order":      {{30, 2}, {3, 17}, {21, 1}},
		"no group":             nil,
		"one column per group": {{0, 1}, {1, 1}, {2, 1}},
	}
	const rows, cols = 13, 90
	onEveryPath(t, func(t *testing.T) {
		for name, groups := range layouts {
			for _, scale := range []float32{0, 1, 30, 1e4} {
				logits := randomMatrix(newRand(uint64(len(name))), rows, cols, cols+3)
				for r := range rows {
					for j := range logits.row(r) {
						logits.row(r)[j] *= scale
					}
				}
				p, intactP := guardedMatrix(t, rows, cols, cols+1, 2)
				sums, intactSums := guardedMatrix(t, rows, len(groups), len(groups)+1, 1)
				for r := range rows {
					copy(p.row(r), logits.row(r))
				}
				Softmax(p, logits, sums, groups)
				intactP()
				intactSums()
				for r := range rows {
					untouched := append([]float32(nil), logits.row(r)...)
					for i, g := range groups {
						want, logSum := softmax64(logits.row(r)[g.First : g.First+g.Width])
						for j, w := range want {
							// exp of the rounded difference from the greatest logit
							if got := float64(p.row(r)[g.First+j]); math.Abs(got-w) > 1e-6*float64(1+scale)*w+1e-37 {
								t.Fatalf("%s, scale %v: p[%d, %d] is %v, want %v", name, scale, r, g.First+j, got, w)
							}
						}
						if got := float64(sums.row(r)[i]); math.Abs(got-logSum) > 2e-7*(1+math.Abs(logSum)) {
							t.Fatalf("%s, scale %v: the sum of row %d, group %d is %v, want %v", name, scale, r, i, got, logSum)
						}
						copy(untouched[g.First:], p.row(r)[g.First:g.First+g.Width])
					}
					sameBits(t, name+": columns in no group", p.row(r), untouched)
				}
				Softmax(logits, logits, Matrix{}, groups)
				sameMatrix(t, name+" in place", logits, p)
			}
		}
	})
}

func TestSoftmaxOfAwkwardLogits(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	onEveryPath(t, func(t *testing.T) {
		for _, test := range []struct {
			logits, p []float32
			logSum    float32
		}{
			{[]float32{5, 5, -inf}, []float32{0.5, 0.5, 0}, 5.6931472},
			{[]float32{math.MaxFloat32, -math.MaxFloat32}, []float32{1, 0}, math.MaxFloat32},
			{[]float32{-inf, -inf}, []float32{nan, nan}, nan},
			{[]float32{inf, 0}, []float32{nan, nan}, nan},
			{[]float32{0, nan}, []float32{nan, nan}, nan},
			{[]float32{nan, 0}, []float32{nan, nan}, nan},
		} {
			p, sum, n := make([]float32, len(test.p)), make([]float32, 1), len(test.p)
			Softmax(View(p, 1, n), View(test.logits, 1, n), View(sum, 1, 1), []Group{{0, n}})
			sameNumbers(t, "p", p, test.p)
			sameNumbers(t, "sum", sum, []float32{test.logSum})
		}
	})
}

// A row is the same wherever it is in the batch, on every path.
func TestSoftmaxPathsAgree(t *testing.T) {
	groups := []Group{{2, 5}, {7, 7}, {14, 8}}
	logits := randomMatrix(newRand(3), 40, 22, 22)
	var want Matrix
	onEveryPath(t, func(t *testing.T) {
		got := NewMatrix(40, 25)
		for r := range 40 {
			one := got.RowRange(r, r+1)
			Softmax(one.ColRange(0, 22), logits.RowRange(r, r+1), one.ColRange(22, 25), groups)
		}
		if want.Data == nil {
			want = got
		}
		sameMatrix(t, "rows", got, want)
		Softmax(got.ColRange(0, 22), logits, got.ColRange(22, 25), groups)
		sameMatrix(t, "all rows", got, want)
	})
}

func TestSoftmaxMisusePanics(t *testing.T) {
	m := NewMatrix
	mustPanic(t, "Softmax: p [2, 3], logits [2, 4]", func() { Softmax(m(2, 3), m(2, 4), Matrix{}, nil) })
	mustPanic(t, "Softmax: logSums [2, 2] for 2 rows and 1 groups", func() { Softmax(m(2, 4), m(2, 4), m(2, 2), []Group{{0, 4}}) })
	for _, g := range []Group{{-1, 2}, {3, 2}, {0, 0}} {
		mustPanic(t, "columns from", func() { Softmax(m(2, 4), m(2, 4), Matrix{}, []Group{g}) })
	}
}
