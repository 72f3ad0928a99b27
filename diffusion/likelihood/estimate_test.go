package likelihood

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/diffusion"
	"euryale/diffusion/solver"
)

func mustEstimate(t testing.TB, model *diffusion.Model, x0 []float32, dim int, d Decoder, terms int, o BoundOptions) Estimate {
	t.Helper()
	e, err := EstimateBound(context.Background(), model, x0, dim, d, terms, o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// The mean of the estimate is the bound, for every variance, for chains and continuous time; L_T and L_0 are the same bits,
// and more terms scatter less.
func TestEstimateHasTheBoundsMean(t *testing.T) {
	const dim, rows = 2, 1000
	flow := must(diffusion.NewFlow(0.02, 0.98))
	for name, p := range map[string]diffusion.Process{
		"ddpm": linear(50, 1e-4, 0.3), "no signal left": withoutSignal(linear(20, 1e-3, 0.3)), "ncsn": ncsn(0.02, 8, 30), "flow": flow,
	} {
		var times []float64
		if p == flow {
			times = spread(p, 40)
		}
		x0 := draw(cornered, rows, 3)
		model := oracle(t, p, cornered, diffusion.X0)
		for _, variance := range []solver.Variance{solver.VarianceBeta, solver.VarianceBetaTilde} {
			o := BoundOptions{Variance: variance, Seed: 4, Times: times, FirstRow: 7}
			all := mustBound(t, model, x0, dim, GaussianDecoder{}, o)
			before := math.Inf(1)
			for _, terms := range []int{1, 4} {
				e := mustEstimate(t, model, x0, dim, GaussianDecoder{}, terms, o)
				if e.Prior != all.Prior || math.Abs(e.Decoder-all.Decoder) > 1e-12*math.Abs(all.Decoder) || e.Evaluations != terms+1 {
					t.Errorf("%s: L_T %v and L_0 %v, want %v and %v; %d evaluations", name, e.Prior, e.Decoder, all.Prior, all.Decoder, e.Evaluations)
				}
				off := make([]float64, rows) // of a row's estimate from its bound
				for i := range off {
					off[i] = e.Rows[i] - all.Rows[i]
				}
				mean, standardError := meanAndError(off)
				if math.Abs(mean) > 4.5*standardError {
					t.Errorf("%s, variance %v, %d terms: off by %v ± %v", name, variance, terms, mean, standardError)
				}
				if math.Abs(e.Total()-all.Total()-mean) > 1e-9 {
					t.Errorf("%s: total %v, of the rows %v", name, e.Total(), all.Total()+mean)
				}
				if standardError > 0.7*before {
					t.Errorf("%s, variance %v: error %v of %d terms, %v of one", name, variance, standardError, terms, before)
				}
				before = standardError
			}
		}
	}
}

// With a term for each of many steps that cost the same, the estimate is nearly the bound; with a learned variance, too.
func TestEstimateOfALearnedVariance(t *testing.T) {
	const dim = 2
	chain := linear(20, 1e-3, 0.3)
	model := modelOf(t, flat{0.25, 0.5}, chain, diffusion.Parameterization{Prediction: diffusion.X0})
	x0 := []float32{0.5, -1, 0, 2, 0.25, 0.25}
	x0 = slices.Repeat(x0, 500)
	o := BoundOptions{Variance: solver.VarianceLearned}
	all, e := mustBound(t, model, x0, dim, GaussianDecoder{}, o), mustEstimate(t, model, x0, dim, GaussianDecoder{}, 5, o)
	off := make([]float64, len(e.Rows))
	for i := range off {
		off[i] = e.Rows[i] - all.Rows[i]
	}
	if mean, standardError := meanAndError(off); math.Abs(mean) > 4.5*standardError || standardError == 0 {
		t.Errorf("off by %v ± %v", mean, standardError)
	}
}

// A row's estimate is the same bits alone and among others.
func TestEstimateInParts(t *testing.T) {
	const dim, rows = 2, 150
	model := oracle(t, linear(50, 1e-4, 0.3), cornered, diffusion.Epsilon)
	x0 := draw(cornered, rows, 3)
	o := BoundOptions{Variance: solver.VarianceBetaTilde, Seed: 1, ClipX0: 3}
	all := mustEstimate(t, model, x0, dim, GaussianDecoder{}, 3, o)
	var parts []float64
	for lo, hi := 0, 0; lo < rows; lo = hi {
		hi = min(lo+1+lo, rows)
		o.FirstRow = uint64(lo)
		parts = append(parts, mustEstimate(t, model, x0[lo*dim:hi*dim], dim, GaussianDecoder{}, 3, o).Rows...)
	}
	if !slices.Equal(parts, all.Rows) {
		t.Error("rows depend on the others")
	}
}

func TestEstimateErrors(t *testing.T) {
	model := oracle(t, linear(20, 1e-3, 0.3), cornered, diffusion.Epsilon)
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, test := range []struct {
		ctx   context.Context
		x0    []float32
		terms int
		o     BoundOptions
		want  string
	}{
		{context.Background(), []float32{1, 2}, 0, BoundOptions{}, "the number of terms must be at least 1, got 0"},
		{context.Background(), []float32{1}, 1, BoundOptions{}, "rows of 2 numbers"},
		{context.Background(), []float32{1, 2}, 1, BoundOptions{Samples: 2}, "one x_t is drawn per term, got 2"},
		{context.Background(), []float32{1, 2}, 1, BoundOptions{LastVariance: -1}, "variance of the step to the data must be at least 0"},
		{canceled, []float32{1, 2}, 1, BoundOptions{}, "stopped before t = 0: context canceled"},
	} {
		_, err := EstimateBound(test.ctx, model, test.x0, 2, GaussianDecoder{}, test.terms, test.o)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "estimate of the bound: ") {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
}
