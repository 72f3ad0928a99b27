package kernel

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// copied returns x with a row per pixel of y that holds what each tap meets, or zeros: the factor that "im2col" copies.
func (s shape) copied(x Matrix) Matrix {
	_, pixels := s.pixels()
	all := NewMatrix(pixels, s.kernel*s.kernel*s.in)
	s.terms(func(from, tap, to int) { copy(all.row(to)[tap*s.in:], x.row(from)) })
	return all
}

// The forward product and the gradient of the weights have the bits of products in which every tap is copied: the same
// chains, since a zero adds nothing.
func TestConvolutionsAreProductsOfCopiedTaps(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		var ws Workspace
		for number, s := range append(shapes(), shape{9, 8, 8, 40, 70, 3, 1, 1, false}, shape{1, 17, 16, 5, 3, 3, 1, 1, false},
			shape{1, 24, 23, 240, 8, 3, 1, 1, false}) {
			if s.upsample {
				continue // adds in another order
			}
			o := newOperands(newRand(uint64(number)), s, number%4, 127)
			factor := s.copied(o.x)
			got, want := NewMatrix(o.y.Rows, s.out), NewMatrix(o.y.Rows, s.out)
			copy(got.Data, random(newRand(1), len(got.Data)))
			copy(want.Data, got.Data)
			if !usesDots(s.in, s.out) {
				o.c.Forward(&ws, got, o.x, &o.weights, o.epilogue)
				MatMul(&ws, want, factor, o.w, o.epilogue)
				sameMatrix(t, fmt.Sprintf("%v, Forward", s), got, want)
			}

			got, want = NewMatrix(o.w.Rows, s.out), NewMatrix(o.w.Rows, s.out)
			o.c.WeightGradient(&ws, got, o.x, o.y, false)
			MatMulTA(&ws, want, factor, o.y, nil)
			sameMatrix(t, fmt.Sprintf("%v, WeightGradient", s), got, want)
		}
	})
}

// The gradient of the input of a convolution with stride 1 is a convolution with flipped taps and transposed weights. Its
// chains run over the taps in the order of w.
func TestInputGradientIsAProductOfCopiedTaps(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		var ws Workspace
		for number, s := range shapes() {
			if s.upsample || usesDots(s.out, s.in) {
				continue
			}
			o := newOperands(newRand(uint64(number)), s, 1, 0)
			taps := s.kernel * s.kernel
			factor, transposed := NewMatrix(o.x.Rows, taps*s.out), NewMatrix(taps*s.out, s.in)
			s.terms(func(x, tap, y int) { copy(factor.row(x)[tap*s.out:], o.y.row(y)) })
			for i := range o.w.Rows {
				for j, v := range o.w.row(i) {
					transposed.row(i/s.in*s.out + j)[i%s.in] = v
				}
			}
			start := random(newRand(1), o.x.Rows*s.in)
			for _, accumulate := range []bool{false, true} {
				got, want := View(append([]float32(nil), start...), o.x.Rows, s.in), View(append([]float32(nil), start...), o.x.Rows, s.in)
				o.c.InputGradient(&ws, got, o.y, &o.weights, accumulate)
				MatMul(&ws, want, factor, transposed, &Epilogue{Accumulate: accumulate})
				sameMatrix(t, fmt.Sprintf("%v, InputGradient", s), got, want)
			}
		}
	})
}

// With upsample, the epilogue is float32 arithmetic on the bits of the plain product.
func TestEpilogueAfterUpsample(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		var ws Workspace
		s := shape{2, 3, 2, 4, 37, 3, 1, 1, true}
		for parts := range 128 {
			o := newOperands(newRand(uint64(parts)), s, 1, parts)
			got, want := NewMatrix(o.y.Rows, s.out), NewMatrix(o.y.Rows, s.out)
			copy(got.Data, random(newRand(1), len(got.Data)))
			o.c.Forward(&ws, want, o.x, &o.weights, nil)
			for i := range want.Rows {
				for j, v := range want.row(i) {
					want.row(i)[j] = o.epilogue.apply(v, got.row(i)[j], i, j)
				}
			}
			o.c.Forward(&ws, got, o.x, &o.weights, o.epilogue)
			sameMatrix(t, fmt.Sprintf("parts %07b", parts), got, want)
		}
	})
}

// Any division of the images among calls, at any stride and offset, gives the same bits.
func TestDivisionsOfImagesGiveTheSameBits(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		var ws, other Workspace
		rapid.Check(t, func(rt *rapid.T) {
			s := rapid.SampledFrom(shapes()).Draw(rt, "shape")
			s.images = rapid.IntRange(1, 12).Draw(rt, "images")
			extra := rapid.IntRange(0, 20).Draw(rt, "extra")
			accumulate := rapid.Bool().Draw(rt, "accumulate")
			r := newRand(rapid.Uint64().Draw(rt, "seed"))
			o := newOperands(r, s, 0, rapid.IntRange(0, 127).Draw(rt, "parts"))
			py, px := o.y.Rows/s.images, o.x.Rows/s.images
			like := []Matrix{o.y, o.x, o.w}
			var whole, parts [3]Matrix
			for k, m := range like {
				whole[k] = View(random(r, m.Rows*m.Cols), m.Rows, m.Cols)
				parts[k] = restride(whole[k], extra)
			}
			o.c.Forward(&ws, whole[0], o.x, &o.weights, o.epilogue)
			o.c.InputGradient(&ws, whole[1], o.y, &o.weights, accumulate)
			o.c.WeightGradient(&ws, whole[2], o.x, o.y, accumulate)

			x, y := restride(o.x, extra), restride(o.y, 2*extra)
			for _, images := range cuts(rt, "images", s.images) {
				lo, hi := images[0], images[1]
				rows := func(m Matrix, pixels int) Matrix { return m.RowRange(lo*pixels, hi*pixels) }
				e := *o.epilogue
				if e.Index != nil {
					e.Index = e.Index[lo*py : hi*py]
				}
				for _, part := range []*Matrix{&e.Add, &e.Mask, &e.Scale} {
					if part.Data != nil {
						*part = rows(*part, py)
					}
				}
				o.c.Forward(&other, rows(parts[0], py), rows(x, px), &o.weights, &e)
				o.c.InputGradient(&other, rows(parts[1], px), rows(y, py), &o.weights, accumulate)
				o.c.WeightGradient(&other, parts[2], rows(x, px), rows(y, py), accumulate || lo > 0)
			}
			for k, name := range []string{"Forward", "InputGradient", "WeightGradient"} {
				for i := range whole[k].Rows {
					sameBits(rt, fmt.Sprintf("%v, %s", s, name), parts[k].row(i), whole[k].row(i))
				}
			}
		})
	})
}

// The two assembly paths compute the same chains, hence the same bits.
func TestAssemblyPathsAgreeOnConvolutions(t *testing.T) {
	if best < levelAVX512 {
		t.Skip("this machine has no AVX-512 path")
	}
	defer func(l level) { active = l }(active)
	var results [2][3]Matrix
	for number, s := range append(shapes(), shape{5, 14, 14, 33, 64, 3, 1, 1, false}, shape{5, 7, 7, 64, 48, 3, 1, 1, true}) {
		for k, l := range []level{levelAVX2, levelAVX512} {
			active = l
			var ws Workspace
			o := newOperands(newRand(uint64(number)), s, 1, 31+64)
			results[k] = [3]Matrix{NewMatrix(o.y.Rows, s.out), NewMatrix(o.x.Rows, s.in), NewMatrix(o.w.Rows, s.out)}
			o.c.Forward(&ws, results[k][0], o.x, &o.weights, o.epilogue)
			o.c.InputGradient(&ws, results[k][1], o.y, &o.weights, true)
			o.c.WeightGradient(&ws, results[k][2], o.x, o.y, false)
		}
		for i := range 3 {
			sameMatrix(t, fmt.Sprintf("%v, product %d", s, i), results[1][i], results[0][i])
		}
	}
}
