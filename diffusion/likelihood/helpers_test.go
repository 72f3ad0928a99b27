package likelihood

import (
	"context"
	"math"
	"testing"

	"euryale/diffusion"
	"euryale/internal/gaussian"
)

// cornered is a mixture on the plane whose mean is 0, so that little of it is left at the end of a process.
var cornered = gaussian.Mixture{
	{Weight: 2, Mean: []float64{-1, 0.5}, Deviation: 0.4},
	{Weight: 1, Mean: []float64{1, 1}, Deviation: 0.25},
	{Weight: 1, Mean: []float64{1, -2}, Deviation: 0.5},
}

// normal is N(mean, deviation²) in dim coordinates.
func normal(dim int, mean, deviation float64) gaussian.Mixture {
	m := make([]float64, dim)
	for j := range m {
		m[j] = mean
	}
	return gaussian.Mixture{{Weight: 1, Mean: m, Deviation: deviation}}
}

// must is for constructors that cannot fail here.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func linear(steps int, start, end float64) *diffusion.Chain {
	return must(diffusion.NewChain(&diffusion.LinearSchedule{BetaStart: start, BetaEnd: end}, steps))
}

// ncsn is a chain of sigmas in geometric progression.
func ncsn(low, high float64, steps int) *diffusion.Chain {
	return must((&diffusion.NCSN{Steps: steps, SigmaMin: low, SigmaMax: high}).New()).(*diffusion.Chain)
}

// withoutSignal shifts and scales the √ᾱ of a chain so that they end at 0 (Lin et al. 2024, algorithm 1).
func withoutSignal(c *diffusion.Chain) *diffusion.Chain {
	n := c.Steps()
	first, last := math.Sqrt(c.AlphaBar(0)), math.Sqrt(c.AlphaBar(n-1))
	betas, before := make([]float64, n), 1.0
	for t := range betas {
		alphaBar := math.Pow((math.Sqrt(c.AlphaBar(t))-last)*first/(first-last), 2)
		betas[t] = 1 - alphaBar/before
		before = alphaBar
	}
	return must(diffusion.FromBetas(betas))
}

// oracle is the exact model of a mixture.
func oracle(t testing.TB, p diffusion.Process, m gaussian.Mixture, predicts diffusion.Prediction) *diffusion.Model {
	t.Helper()
	q := diffusion.Parameterization{Prediction: predicts, SigmaData: 0.8, ScaleInput: predicts == diffusion.Preconditioned}
	return modelOf(t, m.Denoiser(p, q), p, q)
}

func modelOf(t testing.TB, d diffusion.Denoiser, p diffusion.Process, q diffusion.Parameterization) *diffusion.Model {
	t.Helper()
	model, err := diffusion.NewModel(d, p, q)
	if err != nil {
		t.Fatal(err)
	}
	return model
}

func draw(m gaussian.Mixture, rows int, seed uint64) []float32 {
	x := make([]float32, rows*m.Dim())
	m.Sample(x, seed, 0)
	return x
}

// logDensity is the truth about a row of x_t.
func logDensity(m gaussian.Mixture, x []float32, alpha, sigma float64) float64 {
	point := make([]float64, len(x))
	for j, v := range x {
		point[j] = float64(v)
	}
	return m.LogDensity(point, alpha, sigma)
}

func mustBound(t testing.TB, model *diffusion.Model, x0 []float32, dim int, d Decoder, o BoundOptions) Bound {
	t.Helper()
	b, err := VariationalBound(context.Background(), model, x0, dim, d, o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// meanAndError are of independent numbers.
func meanAndError(v []float64) (mean, standardError float64) {
	n := float64(len(v))
	for _, x := range v {
		mean += x / n
	}
	square := 0.0
	for _, x := range v {
		square += (x - mean) * (x - mean)
	}
	return mean, math.Sqrt(square / (n - 1) / n)
}

// spread are n+1 times from the last to the data, evenly in λ but for the last step.
func spread(p diffusion.Process, n int) []float64 {
	data, first, last := p.Span()
	low, high := p.Lambda(last), p.Lambda(first)
	times := []float64{last}
	for i := 1; i < n-1; i++ {
		times = append(times, p.Time(low+(high-low)*float64(i)/float64(n-1)))
	}
	return append(times, first, data)
}

// flat predicts one x_0 whatever it sees, and one v of the variance. So every term is known without any noise.
type flat struct{ x0, v float32 }

func (f flat) Predict(dst, _ []float32, _ float64) {
	for i := range dst {
		dst[i] = f.x0
	}
}

func (f flat) PredictVariance(dst, v, x []float32, t float64) {
	f.Predict(dst, x, t)
	for i := range v {
		v[i] = f.v
	}
}
