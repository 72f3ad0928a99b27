package solver

import (
	"math"
	"slices"
	"testing"

	"euryale/diffusion"
)

// lawsCase is a solver as its paper uses it: on that kind of process, with so many steps.
type lawsCase struct {
	name    string // of the choice
	process diffusion.Process
	set     func(c *Config)
}

// lawsCases has at least one for every choice.
func lawsCases(t testing.TB) []lawsCase {
	t.Helper()
	chain, vp, edm := linearChain(t, 1000), vp(t), edm(t)
	ve := timesMust(diffusion.NewVE(0.01, 50))
	ncsn := timesMust(diffusion.FromSigmas([]float64{0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24}))
	steps := func(n int, spacing string) func(c *Config) {
		return func(c *Config) { c.Steps, c.Spacing = n, spacing }
	}
	return []lawsCase{
		{"ancestral", chain, steps(1000, "respaced")},
		{"ddim", chain, steps(100, "quadratic")},
		{"ddim", chain, func(c *Config) { c.Steps, c.Eta = 400, 1 }},
		{"pndm", chain, steps(50, "leading")},
		{"euler_maruyama", vp, steps(1000, "linspace")},
		{"reverse_diffusion", ve, steps(500, "linspace")},
		{"predictor_corrector", ve, steps(500, "linspace")},
		{"annealed_langevin", ncsn, steps(11, "respaced")},
		{"flow_euler", vp, steps(500, "linspace")},
		{"euler", edm, steps(100, "karras")},
		{"heun", edm, steps(18, "karras")},
		{"heun", edm, func(c *Config) {
			c.Steps, c.Spacing, c.Churn = 128, "karras", ChurnConfig{Amount: 40, Min: 0.05, Max: 50, Noise: 1.003}
		}},
		{"rk45", vp, steps(1, "linspace")},
		{"dpm_2", edm, steps(18, "karras")},
		{"dpm_2_ancestral", edm, steps(50, "karras")},
		{"euler_ancestral", edm, steps(200, "karras")},
		{"lms", edm, steps(25, "karras")},
		{"dpm++_1", vp, steps(100, "log_snr")},
		{"dpm++_2s", vp, steps(20, "log_snr")},
		{"dpm++_2m", vp, steps(20, "log_snr")},
		{"dpm++_3m", vp, steps(20, "log_snr")},
		{"dpm++_2m_sde", edm, steps(50, "karras")},
		{"dpm++_3m_sde", edm, steps(50, "karras")},
		{"unipc", vp, steps(15, "log_snr")},
		{"deis", vp, steps(20, "log_snr")},
	}
}

func (l lawsCase) prepare(t testing.TB) (Solver, diffusion.Process, []float64) {
	t.Helper()
	c := DefaultConfig()
	c.Sampler = l.name
	l.set(&c)
	s, p, times, err := Prepare(l.process, c)
	if err != nil {
		t.Fatal(err)
	}
	return s, p, times
}

// lawsMixture has components of different weights and widths, and moments near those of standardised data.
func lawsMixture() diffusion.Mixture {
	return diffusion.Mixture{
		{Weight: 0.4, Mean: []float64{1.1, 0.4}, Deviation: 0.25},
		{Weight: 0.3, Mean: []float64{-1.2, 0.8}, Deviation: 0.4},
		{Weight: 0.3, Mean: []float64{-0.3, -1.3}, Deviation: 0.15},
	}
}

// TestSolversReachTheMixture: with the exact model of a mixture, samples are not much further from fresh points of the
// mixture than other fresh points are, in the sliced Wasserstein distance. That distance depends much on luck, so it is
// the mean over several blocks of samples. It sees little of the components' widths; the mean log-density does: with
// deviations 5% too large it is .1 lower.
func TestSolversReachTheMixture(t *testing.T) {
	t.Parallel()
	const blocks, rows = 5, 600
	m := lawsMixture()
	fresh := make([][][]float64, 10)
	expected := 0.0 // of two fresh sets
	for i := range fresh {
		x := make([]float32, rows*2)
		m.Sample(x, uint64(i), 0)
		fresh[i] = lawsProject(x)
		for _, other := range fresh[:i] {
			expected += slicedW1(fresh[i], other) / 45
		}
	}
	whole := make([]float32, 1<<17)
	m.Sample(whole, 100, 0)
	exact := lawsLogDensity(m, whole)
	// measure returns how many times as far samples are, and how much less likely.
	measure := func(t *testing.T, test lawsCase) (ratio, lost float64) {
		s, p, times := test.prepare(t)
		run := &Run{Model: oracle(t, p, m, diffusion.Epsilon), Dim: 2, Noise: diffusion.NewRowNoise(1, 0, 2)}
		x := make([]float32, blocks*rows*2)
		diffusion.StartFromPrior(p, x, 1, 0, 2)
		mustSolve(t, s, run, x, times)
		sum := 0.0
		for block := range slices.Chunk(x, rows*2) {
			projected := lawsProject(block)
			for _, other := range fresh {
				sum += slicedW1(projected, other)
			}
		}
		return sum / float64(blocks*len(fresh)) / expected, exact - lawsLogDensity(m, x)
	}
	const most = 1.5
	cases := lawsCases(t)
	for _, choice := range Choices() {
		if !slices.ContainsFunc(cases, func(l lawsCase) bool { return l.name == choice.Name }) {
			t.Errorf("the laws leave out %s", choice.Name)
		}
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ratio, lost := measure(t, test)
			if !(ratio <= most) {
				t.Errorf("samples are %.2f times as far from fresh sets as these are from each other", ratio)
			}
			if !(math.Abs(lost) <= 0.15) {
				t.Errorf("the mean log-density of samples is %.3f nats below that of the mixture's points", lost)
			}
		})
	}
	tooFew := lawsCase{"euler", edm(t), func(c *Config) { c.Steps, c.Spacing = 8, "karras" }}
	if r, _ := measure(t, tooFew); r <= most {
		t.Errorf("the distance does not see that 8 steps are too few for euler: %.2f", r)
	}
}

// lawsLogDensity is the mean over points of the logarithm of the mixture's density, in nats.
func lawsLogDensity(m diffusion.Mixture, x []float32) float64 {
	sum := 0.0
	for r := 0; r < len(x); r += 2 {
		sum += m.LogDensity([]float64{float64(x[r]), float64(x[r+1])}, 1, 0)
	}
	return sum / float64(len(x)/2)
}

// lawsProject returns the points of the plane on each of 16 lines, sorted.
func lawsProject(x []float32) [][]float64 {
	lines := make([][]float64, 16)
	for k := range lines {
		sin, cos := math.Sincos(math.Pi * float64(k) / float64(len(lines)))
		for r := 0; r < len(x); r += 2 {
			lines[k] = append(lines[k], cos*float64(x[r])+sin*float64(x[r+1]))
		}
		slices.Sort(lines[k])
	}
	return lines
}

// slicedW1 is the sliced Wasserstein distance of order 1 between two sets of as many points: the mean over the lines of
// the mean distance between the points of a rank.
func slicedW1(a, b [][]float64) float64 {
	sum := 0.0
	for k := range a {
		for i := range a[k] {
			sum += math.Abs(a[k][i] - b[k][i])
		}
	}
	return sum / float64(len(a)*len(a[0]))
}

// TestOrders holds the solvers of the ODE to their orders of convergence where the ODE is not linear, on a mixture: the
// distance to what rk45 gives, at a time above the data, falls with the number of steps to the minus order.
func TestOrders(t *testing.T) {
	p := timesMust(diffusion.NewVP(0.1, 20, 0.05))
	m := diffusion.Mixture{{Weight: 1, Mean: []float64{1, 0.5}, Deviation: 0.5}, {Weight: 2, Mean: []float64{-0.5, 0}, Deviation: 0.6}}
	model := oracle(t, p, m, diffusion.X0)
	start := make([]float32, 100)
	diffusion.StartFromPrior(p, start, 1, 0, 2)
	solve := func(s Solver, times []float64) []float32 {
		x := slices.Clone(start)
		mustSolve(t, s, &Run{Model: model, Dim: 2}, x, times)
		return x
	}
	_, first, last := p.Span()
	want := solve(RK45{1e-7, 1e-7}, []float64{last, first})
	for _, test := range []struct {
		set   func(c *Config)
		order float64
		from  int // steps, doubled twice
	}{
		{func(c *Config) { c.Sampler = "ddim" }, 1, 64},
		{func(c *Config) { c.Sampler = "flow_euler" }, 1, 64},
		{func(c *Config) { c.Sampler = "euler" }, 1, 64},
		{func(c *Config) { c.Sampler, c.Eta = "euler_ancestral", 0 }, 1, 64},
		{func(c *Config) { c.Sampler = "heun" }, 2, 64},
		{func(c *Config) { c.Sampler = "dpm_2" }, 2, 64},
		{func(c *Config) { c.Sampler, c.Eta = "dpm_2_ancestral", 0 }, 2, 64},
		{func(c *Config) { c.Sampler, c.Order = "lms", 1 }, 1, 64},
		{func(c *Config) { c.Sampler, c.Order = "lms", 2 }, 2, 64},
		{func(c *Config) { c.Sampler, c.Order = "lms", 3 }, 3, 64},
		{func(c *Config) { c.Sampler, c.Order = "lms", 4 }, 4, 40},
		{func(c *Config) { c.Sampler = "pndm" }, 2, 64},
		{func(c *Config) { c.Sampler = "dpm++_1" }, 1, 64},
		{func(c *Config) { c.Sampler = "dpm++_2s" }, 2, 64},
		{func(c *Config) { c.Sampler, c.LowerOrderFinal = "dpm++_2m", false }, 2, 64},
		{func(c *Config) { c.Sampler, c.LowerOrderFinal, c.Form = "dpm++_2m", false, "heun" }, 2, 64},
		{func(c *Config) { c.Sampler, c.LowerOrderFinal = "dpm++_3m", false }, 2, 32},
		{func(c *Config) { c.Sampler, c.LowerOrderFinal, c.Form = "dpm++_3m", false, "quadratic" }, 3, 32},
		{func(c *Config) { c.Sampler, c.Eta = "dpm++_2m_sde", 0 }, 2, 64},
		{func(c *Config) { c.Sampler, c.Eta, c.Form = "dpm++_3m_sde", 0, "quadratic" }, 3, 32},
		{func(c *Config) { c.Sampler, c.LowerOrderFinal, c.Order = "unipc", false, 1 }, 2, 64},
		{func(c *Config) { c.Sampler, c.LowerOrderFinal, c.Order = "unipc", false, 2 }, 3, 32},
		{func(c *Config) { c.Sampler, c.LowerOrderFinal, c.Order = "unipc", false, 3 }, 4, 16},
		{func(c *Config) { c.Sampler, c.LowerOrderFinal, c.Order = "deis", false, 1 }, 1, 64},
		{func(c *Config) { c.Sampler, c.LowerOrderFinal, c.Order = "deis", false, 2 }, 2, 64},
		{func(c *Config) { c.Sampler, c.LowerOrderFinal, c.Order = "deis", false, 3 }, 3, 16},
	} {
		var logSteps, logErrors []float64
		var s Solver
		for n := test.from; n <= 4*test.from; n *= 2 {
			c := DefaultConfig()
			c.Spacing, c.Steps, c.Final = "log_snr", n, "first"
			test.set(&c)
			var times []float64
			var err error
			if s, _, times, err = Prepare(p, c); err != nil {
				t.Fatal(err)
			}
			sum := 0.0
			for i, got := range solve(s, times) {
				off := float64(got - want[i])
				sum += off * off
			}
			logSteps, logErrors = append(logSteps, math.Log(float64(n))), append(logErrors, math.Log(sum/100)/2)
		}
		order := -lawsSlope(logSteps, logErrors)
		tolerance := 0.25
		if test.order > 2 {
			tolerance = 0.45 // the start is of lower order, and float32 ends the descent
		}
		if !(math.Abs(order-test.order) < tolerance) {
			t.Errorf("%s %+v: the order is %.2f, expected %v; the logarithms of the errors are %.3g", s.Name(), s, order, test.order, logErrors)
		}
	}
}

// lawsSlope is that of the line through points with the least squares.
func lawsSlope(x, y []float64) float64 {
	n := float64(len(x))
	var sumX, sumY, sumXX, sumXY float64
	for i := range x {
		sumX, sumY, sumXX, sumXY = sumX+x[i], sumY+y[i], sumXX+x[i]*x[i], sumXY+x[i]*y[i]
	}
	return (n*sumXY - sumX*sumY) / (n*sumXX - sumX*sumX)
}
