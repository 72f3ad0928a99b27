package solver

import (
	"math"
	"testing"

	"euryale/diffusion"
)

// churnOnes is Noise that is all ones.
type churnOnes struct{}

func (churnOnes) Fill(z []float32, _ int) {
	for i := range z {
		z[i] = 1
	}
}

func TestChurnRaisesTheLevel(t *testing.T) {
	p := vp(t)
	_, _, last := p.Span()
	top := diffusion.SigmaRatio(p, last)
	for _, c := range []struct {
		churn       Churn
		sigma, want float64 // σ/α before and after, of ten steps
	}{
		{Churn{}, 1, 1},
		{Churn{Amount: 1, Noise: 1}, 1, 1.1},
		{Churn{Amount: 100, Noise: 1}, 1, math.Sqrt2}, // γ is at most √2 − 1
		{Churn{Amount: 1, Min: 1.01, Noise: 1}, 1, 1},
		{Churn{Amount: 1, Min: 0.5, Max: 0.99, Noise: 1}, 1, 1},
		{Churn{Amount: 1, Min: 0.99, Max: 1.01, Noise: 2}, 1, 1.1},
		{Churn{Amount: 1, Noise: 1}, 0.98 * top, top}, // no further than the process goes
		{Churn{Amount: 1, Noise: 1}, top, top},
	} {
		run := &Run{Model: oracle(t, p, normalData(0, 1), diffusion.Epsilon), Dim: 1, Noise: churnOnes{}, levels: make([]level, 11)}
		at := levelAt(p, p.Time(-math.Log(c.sigma)))
		if c.sigma == top {
			at = levelAt(p, last)
		}
		x, z := []float32{0.5}, []float32{0}
		hat := c.churn.raise(run, x, z, at)
		if math.Abs(hat.ratio()/c.want-1) > 1e-9 {
			t.Errorf("%+v at %v: %v, expected %v", c.churn, c.sigma, hat.ratio(), c.want)
		}
		want := hat.alpha * (0.5/at.alpha + math.Sqrt(max(0, c.want*c.want-c.sigma*c.sigma))*c.churn.Noise)
		if math.Abs(float64(x[0])-want) > 1e-6 {
			t.Errorf("%+v at %v: x is %v, expected %v", c.churn, c.sigma, x[0], want)
		}
		if c.want == c.sigma && (hat != at || run.draws != 0) {
			t.Errorf("%+v at %v draws noise", c.churn, c.sigma)
		}
	}
}

// TestChurnBeforeTheData: raised from 1 to √2 by noise of 1, the last x is 1.5, of which N(0, 1) has a third.
func TestChurnBeforeTheData(t *testing.T) {
	churn := Churn{Amount: 100, Noise: 1}
	for _, s := range []Solver{Euler{churn}, Heun{churn}} {
		run := &Run{Model: oracle(t, edm(t), normalData(0, 1), diffusion.Epsilon), Dim: 1, Noise: churnOnes{}}
		x := []float32{0.5}
		mustSolve(t, s, run, x, []float64{1, 0})
		if math.Abs(float64(x[0])-0.5) > 1e-6 {
			t.Errorf("%s: %v, expected 0.5", s.Name(), x[0])
		}
	}
}
