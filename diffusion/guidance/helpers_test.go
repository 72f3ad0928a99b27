package guidance

import (
	"context"
	"math"
	"slices"
	"testing"

	"euryale/diffusion"
	"euryale/diffusion/solver"
	"euryale/internal/gaussian"
)

// two are the labels of the tests: label k is component k.
var two = gaussian.Mixture{
	{Weight: 1, Mean: []float64{-1, 0.5}, Deviation: 0.6},
	{Weight: 3, Mean: []float64{0.8, -0.4}, Deviation: 0.9},
}

// must is for constructors that cannot fail here.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// linear is DDPM's chain with its betas stretched to fewer steps.
func linear(steps int) *diffusion.Chain {
	return must(diffusion.NewChain(&diffusion.LinearSchedule{BetaStart: 0.1 / float64(steps), BetaEnd: 20 / float64(steps)}, steps))
}

var processes = map[string]diffusion.Process{
	"ddpm":   linear(100),
	"ncsn":   must(diffusion.FromSigmas([]float64{0.01, 0.05, 0.2, 1, 4, 20})),
	"vp":     must(diffusion.NewVP(0.1, 20, 1e-3)),
	"sub_vp": must(diffusion.NewSubVP(0.1, 20, 1e-3)),
	"ve":     must(diffusion.NewVE(0.01, 50)),
	"edm":    must(diffusion.NewEDM(0.002, 80)),
	"flow":   must(diffusion.NewFlow(1e-3, 0.999)),
}

// predictions are all predictions of a network.
var predictions = func() (all []diffusion.Prediction) {
	for _, e := range diffusion.Predictions() {
		all = append(all, e.New())
	}
	return all
}()

func modelOf(t testing.TB, d diffusion.Denoiser, p diffusion.Process, q diffusion.Parameterization) *diffusion.Model {
	t.Helper()
	m, err := diffusion.NewModel(d, p, q)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// exactClassifier is the classifier of a mixture's components: p(k | x_t) is how probable component k is at x_t, so
// ∇ log p(k | x_t) is the component's score less that of the whole.
type exactClassifier struct {
	components []diffusion.Denoiser
	whole      diffusion.Denoiser
}

func newExactClassifier(m gaussian.Mixture, p diffusion.Process) *exactClassifier {
	q := diffusion.Parameterization{Prediction: diffusion.Score}
	c := &exactClassifier{whole: m.Denoiser(p, q)}
	for k := range m {
		c.components = append(c.components, m[k:k+1].Denoiser(p, q))
	}
	return c
}

func (c *exactClassifier) LogProbabilityGradient(dst, x []float32, t float64, label int) {
	whole := make([]float32, len(x))
	c.whole.Predict(whole, x, t)
	c.components[label].Predict(dst, x, t)
	for i, v := range whole {
		dst[i] -= v
	}
}

// fullTimes are all times of a chain, and the data.
func fullTimes(c *diffusion.Chain) []float64 {
	var times []float64
	for t := c.Steps() - 1; t >= -1; t-- {
		times = append(times, float64(t))
	}
	return times
}

// evenly are n+1 times, evenly in λ from the last to the first but for the data at the end.
func evenly(p diffusion.Process, n int) []float64 {
	data, first, last := p.Span()
	low, high := p.Lambda(last), p.Lambda(first)
	times := []float64{last}
	for i := 1; i < n-1; i++ {
		times = append(times, p.Time(low+(high-low)*float64(i)/float64(n-1)))
	}
	return append(times, first, data)
}

func mustSolve(t testing.TB, s solver.Solver, run *solver.Run, x []float32, times []float64) {
	t.Helper()
	if err := s.Solve(context.Background(), run, x, times); err != nil {
		t.Fatal(err)
	}
}

// kolmogorov is the largest distance between the share of column 1 of x [rows, 2] below a value and its probability.
func kolmogorov(x []float32, probability func(float64) float64) float64 {
	var v []float64
	for r := 0; r < len(x); r += 2 {
		v = append(v, float64(x[r+1]))
	}
	slices.Sort(v)
	worst, n := 0.0, float64(len(v))
	for i, y := range v {
		p := probability(y)
		worst = max(worst, math.Abs(p-float64(i)/n), math.Abs(p-float64(i+1)/n))
	}
	return worst
}

// withVariances also predicts a variance, 0.25 everywhere.
type withVariances struct{ diffusion.Denoiser }

func (d withVariances) PredictVariance(dst, v, x []float32, t float64) {
	d.Predict(dst, x, t)
	for i := range v {
		v[i] = 0.25
	}
}
