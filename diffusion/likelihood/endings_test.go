package likelihood

import (
	"context"
	"math"
	"strings"
	"testing"

	"euryale/diffusion"
	"euryale/diffusion/solver"
)

// middle is a level of 256.
const middle = float32(-1 + 2*128.0/255)

// inexact is a model that knows data at that level only up to an error, whatever the noise.
type inexact struct{ error float32 }

func (b inexact) Predict(dst, _ []float32, _ float64) {
	for j := range dst {
		dst[j] = middle + b.error*float32(1-2*(j%2))
	}
}

// What an ending costs is what the bound of its chain costs, and the best of them is no worse than the chain as it is. A model
// that learns nothing from less noise ends at once, with the deviation of its errors.
func TestEndings(t *testing.T) {
	const dim, off = 4, 0.02
	chain := must(diffusion.NewChain(&diffusion.ScaledLinearSchedule{BetaStart: 1e-6, BetaEnd: 0.2}, 60))
	model := modelOf(t, inexact{off}, chain, diffusion.Parameterization{Prediction: diffusion.X0})
	x0 := make([]float32, 6*dim)
	for i := range x0 {
		x0[i] = middle
	}
	d := DiscretizedDecoder{256}
	o := BoundOptions{Variance: solver.VarianceBetaTilde}
	e, err := MeasureEndings(context.Background(), model, x0, dim, d, 0.1, o)
	if err != nil {
		t.Fatal(err)
	}
	cost := func(last, variance float64) float64 {
		o := o
		o.LastVariance = variance
		for t := 59.0; t >= last; t-- {
			o.Times = append(o.Times, t)
		}
		o.Times = append(o.Times, -1)
		return mustBound(t, model, x0, dim, d, o).Total()
	}
	first := cost(e.Times[0], e.Variances[0][0])
	for i, last := range e.Times {
		if sigma := diffusion.SigmaRatio(chain, last); sigma > 0.1 {
			t.Errorf("t = %v has noise %v", last, sigma)
		}
		for _, k := range []int{0, 5, len(e.Costs[i]) - 1} {
			want := cost(last, e.Variances[i][k]) - first // all endings have the steps before e.Times[0] in common
			got := (e.Costs[i][k] - e.Costs[0][0]) / 6
			if math.Abs(got-want) > 1e-9*(1+math.Abs(want)) {
				t.Errorf("t = %v, variance %v: %v more than the first, want %v", last, e.Variances[i][k], got, want)
			}
		}
	}
	last, variance := e.Best()
	if got, plain := cost(last, variance), cost(0, 0); got >= plain/10 {
		t.Errorf("ending at t = %v with deviation %v costs %v nats, the whole chain %v", last, math.Sqrt(variance), got, plain)
	}
	if deviation := math.Sqrt(variance); last != e.Times[0] || deviation > 1.5*off || deviation < off/1.5 {
		t.Errorf("ends at t = %v of %v, deviation %v, at an error of %v", last, e.Times, deviation, off)
	}
	other, err := MeasureEndings(context.Background(), model, x0[:dim], dim, d, 0.1, o)
	if err != nil {
		t.Fatal(err)
	}
	before := e.Costs[1][2]
	if e.Add(other); math.Abs(e.Costs[1][2]-before*7/6) > 1e-9*before {
		t.Errorf("with another row %v, before %v", e.Costs[1][2], before)
	}
}

// Of a chain that begins with little noise, and of a single step, the last time remains.
func TestEndingsOfAShortChain(t *testing.T) {
	for _, chain := range []*diffusion.Chain{linear(1, 0.5, 0.5), linear(9, 0.5, 0.6)} {
		model := modelOf(t, inexact{0.02}, chain, diffusion.Parameterization{Prediction: diffusion.X0})
		e, err := MeasureEndings(context.Background(), model, []float32{middle, -1}, 2, DiscretizedDecoder{256}, 0.1, BoundOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if len(e.Times) != 1 || e.Times[0] != 0 {
			t.Errorf("times %v, want 0", e.Times)
		}
	}
	model := oracle(t, linear(20, 1e-3, 0.3), cornered, diffusion.Epsilon)
	_, err := MeasureEndings(context.Background(), model, []float32{0.1, -1}, 2, DiscretizedDecoder{256}, 0.1, BoundOptions{})
	if err == nil || !strings.Contains(err.Error(), "endings of the bound: row 0, coordinate 0: a discretized decoder with 256 levels") {
		t.Errorf("off the levels: %v", err)
	}
}
