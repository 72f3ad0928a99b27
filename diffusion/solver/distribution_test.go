package solver

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"euryale/diffusion"
	"euryale/internal/gaussian"
)

// distributionCase is a solver as its paper uses it: on that kind of process, with that number of steps.
type distributionCase struct {
	solver  Solver
	process diffusion.Process
	steps   int
	spacing string
	rescale Rescale // "": none
}

// distributionCases has at least one for every solver.
func distributionCases(t testing.TB) []distributionCase {
	t.Helper()
	chain, vp, edm := linearChain(t, 1000), vp(t), edm(t)
	ve := timesMust(diffusion.NewVE(0.01, 50))
	ncsn := timesMust(diffusion.FromSigmas([]float64{0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24}))
	return []distributionCase{
		{kind("ancestral"), chain, 1000, "respaced", ""},
		{kind("ddim"), chain, 100, "quadratic", ""},
		{&DDIM{Eta: 1}, chain, 400, "respaced", ""},
		{kind("pndm"), chain, 50, "leading", ""},
		{kind("euler_maruyama"), vp, 1000, "linspace", ""},
		{kind("reverse_diffusion"), ve, 500, "linspace", ""},
		{kind("predictor_corrector"), ve, 500, "linspace", ""},
		{kind("annealed_langevin"), ncsn, 11, "respaced", ""},
		{kind("flow_euler"), vp, 500, "linspace", ""},
		{kind("euler"), edm, 100, "karras", ""},
		{kind("heun"), edm, 18, "karras", ""},
		{&Heun{Churn{Amount: 40, Min: 0.05, Max: 50, Noise: 1.003}}, edm, 128, "karras", ""},
		{kind("rk45"), vp, 1, "linspace", ""},
		{kind("dpm_2"), edm, 18, "karras", ""},
		{kind("dpm_2_ancestral"), edm, 50, "karras", ""},
		{kind("euler_ancestral"), edm, 200, "karras", ""},
		{kind("lms"), edm, 25, "karras", ""},
		{kind("dpm++_1"), vp, 100, "log_snr", ""},
		{kind("dpm++_2s"), vp, 20, "log_snr", ""},
		{kind("dpm++_2m"), vp, 20, "log_snr", ""},
		{kind("dpm++_3m"), vp, 20, "log_snr", ""},
		{kind("dpm++_2m_sde"), edm, 50, "karras", ""},
		{kind("dpm++_3m_sde"), edm, 50, "karras", ""},
		{kind("unipc"), vp, 15, "log_snr", ""},
		{kind("deis"), vp, 20, "log_snr", ""},
	}
}

// flowCases is every solver on the process of flow matching, at another scale of x if the solver needs one.
func flowCases(t testing.TB) []distributionCase {
	t.Helper()
	flow := flowLine(t)
	return []distributionCase{
		{kind("ancestral"), flow, 400, "log_snr", ""},
		{kind("ddim"), flow, 100, "log_snr", RescalePreserving},
		{&DDIM{Eta: 1}, flow, 200, "log_snr", RescalePreserving},
		{kind("pndm"), flow, 50, "linspace", ""},
		{kind("euler_maruyama"), flow, 400, "log_snr", ""},
		{kind("reverse_diffusion"), flow, 300, "log_snr", ""},
		{kind("predictor_corrector"), flow, 300, "log_snr", ""},
		{kind("annealed_langevin"), flow, 21, "log_snr", RescaleExploding},
		{kind("flow_euler"), flow, 100, "linspace", ""},
		{kind("euler"), flow, 100, "karras", ""},
		{kind("heun"), flow, 25, "karras", ""},
		{&Heun{Churn{Amount: 40, Min: 0.05, Max: 50, Noise: 1.003}}, flow, 128, "karras", ""},
		{kind("rk45"), flow, 1, "linspace", ""},
		{kind("dpm_2"), flow, 25, "karras", ""},
		{kind("dpm_2_ancestral"), flow, 50, "karras", ""},
		{kind("euler_ancestral"), flow, 200, "karras", ""},
		{kind("lms"), flow, 25, "karras", ""},
		{kind("dpm++_1"), flow, 100, "log_snr", ""},
		{kind("dpm++_2s"), flow, 25, "log_snr", ""},
		{kind("dpm++_2m"), flow, 25, "log_snr", ""},
		{kind("dpm++_3m"), flow, 25, "log_snr", ""},
		{kind("dpm++_2m_sde"), flow, 50, "karras", ""},
		{kind("dpm++_3m_sde"), flow, 50, "karras", ""},
		{kind("unipc"), flow, 20, "log_snr", ""},
		{kind("deis"), flow, 25, "log_snr", ""},
	}
}

func (l distributionCase) prepare(t testing.TB) (Solver, diffusion.Process, []float64) {
	t.Helper()
	o := optionsOf(l.solver, l.steps, l.spacing)
	if l.rescale != "" {
		o.Rescale = l.rescale
	}
	s, p, times, err := o.Prepare(l.process)
	if err != nil {
		t.Fatal(err)
	}
	return s, p, times
}

// model is the exact model of a mixture on the process of a case, trained on the process as it was before any rescaling.
func (l distributionCase) model(t testing.TB, on diffusion.Process, m gaussian.Mixture, speaks diffusion.Prediction) *diffusion.Model {
	t.Helper()
	model := oracle(t, l.process, m, speaks)
	if l.rescale != "" {
		return model.Rescaled(on)
	}
	return model
}

// distributionMixture has components of different weights and widths, and moments near those of standardized data.
func distributionMixture() gaussian.Mixture {
	return gaussian.Mixture{
		{Weight: 0.4, Mean: []float64{1.1, 0.4}, Deviation: 0.25},
		{Weight: 0.3, Mean: []float64{-1.2, 0.8}, Deviation: 0.4},
		{Weight: 0.3, Mean: []float64{-0.3, -1.3}, Deviation: 0.15},
	}
}

// TestSolversReachTheMixture: with the exact model of a mixture, samples are not much further from fresh points of the
// mixture than other fresh points are, in the sliced Wasserstein distance. That distance varies a lot, so it is averaged
// over several blocks of samples. It hardly depends on the components' widths, but the mean log-density does: with
// deviations 5% too large it is 0.1 lower.
func TestSolversReachTheMixture(t *testing.T) {
	t.Parallel()
	const blocks, rows = 5, 600
	m := distributionMixture()
	fresh := make([][][]float64, 10)
	expected := 0.0 // of two fresh sets
	for i := range fresh {
		x := make([]float32, rows*2)
		m.Sample(x, uint64(i), 0)
		fresh[i] = distributionProject(x)
		for _, other := range fresh[:i] {
			expected += slicedW1(fresh[i], other) / 45
		}
	}
	whole := make([]float32, 1<<17)
	m.Sample(whole, 100, 0)
	exact := distributionLogDensity(m, whole)
	// measure returns the ratio of the distances, and the loss in mean log-density.
	measure := func(t *testing.T, test distributionCase) (ratio, lost float64) {
		s, p, times := test.prepare(t)
		speaks := diffusion.Epsilon
		if _, onFlow := test.process.(diffusion.Flow); onFlow {
			speaks = diffusion.U
		}
		run := &Run{Model: test.model(t, p, m, speaks), Dim: 2, Noise: diffusion.NewRowNoise(1, 0, 2)}
		x := make([]float32, blocks*rows*2)
		diffusion.StartFromPrior(p, x, 1, 0, 2)
		mustSolve(t, s, run, x, times)
		sum := 0.0
		for block := range slices.Chunk(x, rows*2) {
			projected := distributionProject(block)
			for _, other := range fresh {
				sum += slicedW1(projected, other)
			}
		}
		return sum / float64(blocks*len(fresh)) / expected, exact - distributionLogDensity(m, x)
	}
	const most = 1.5
	cases := [2][]distributionCase{distributionCases(t), flowCases(t)}
	for _, e := range Solvers() {
		for _, cases := range cases {
			if !slices.ContainsFunc(cases, func(l distributionCase) bool { return l.solver.Name() == e.Name }) {
				t.Errorf("no case has %s", e.Name)
			}
		}
	}
	for _, test := range slices.Concat(cases[:]...) {
		t.Run(fmt.Sprintf("%s on %T", test.solver.Name(), test.process), func(t *testing.T) {
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
	tooFew := distributionCase{kind("euler"), edm(t), 8, "karras", ""}
	if r, _ := measure(t, tooFew); r <= most {
		t.Errorf("the distance does not see that 8 steps are too few for euler: %.2f", r)
	}
}

// distributionLogDensity is the mean over points of the logarithm of the mixture's density, in nats.
func distributionLogDensity(m gaussian.Mixture, x []float32) float64 {
	sum := 0.0
	for r := 0; r < len(x); r += 2 {
		sum += m.LogDensity([]float64{float64(x[r]), float64(x[r+1])}, 1, 0)
	}
	return sum / float64(len(x)/2)
}

// distributionProject returns the points of the plane on each of 16 lines, sorted.
func distributionProject(x []float32) [][]float64 {
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

// slicedW1 is the sliced Wasserstein distance of order 1 between two sets of equal size: the mean over the lines of the
// mean distance between points of equal rank.
func slicedW1(a, b [][]float64) float64 {
	sum := 0.0
	for k := range a {
		for i := range a[k] {
			sum += math.Abs(a[k][i] - b[k][i])
		}
	}
	return sum / float64(len(a)*len(a[0]))
}

// TestOrders checks the orders of convergence of the solvers of the ODE where the ODE is not linear, on a mixture: the
// distance to what rk45 gives, at a time above the data, falls with the number of steps to the minus order.
func TestOrders(t *testing.T) {
	for _, p := range []diffusion.Process{timesMust(diffusion.NewVP(0.1, 20, 0.05)), timesMust(diffusion.NewFlow(0.05, 0.95))} {
		t.Run(fmt.Sprintf("%T", p), func(t *testing.T) { ordersOn(t, p) })
	}
}

func ordersOn(t *testing.T, process diffusion.Process) {
	m := gaussian.Mixture{{Weight: 1, Mean: []float64{1, 0.5}, Deviation: 0.5}, {Weight: 2, Mean: []float64{-0.5, 0}, Deviation: 0.6}}
	model := oracle(t, process, m, diffusion.X0)
	start := make([]float32, 100)
	diffusion.StartFromPrior(process, start, 1, 0, 2)
	solve := func(s Solver, p diffusion.Process, times []float64) []float32 {
		_, sigma := process.Marginal(times[0])
		_, own := p.Marginal(times[0])
		x := slices.Clone(start)
		for i := range x {
			x[i] *= float32(own / sigma)
		}
		model := model
		if p != process {
			model = model.Rescaled(p)
		}
		mustSolve(t, s, &Run{Model: model, Dim: 2}, x, times)
		_, sigma = process.Marginal(times[len(times)-1])
		_, own = p.Marginal(times[len(times)-1])
		for i := range x {
			x[i] *= float32(sigma / own)
		}
		return x
	}
	_, first, last := process.Span()
	want := solve(RK45{Tolerance{1e-7, 1e-7}}, process, []float64{last, first})
	for _, test := range []struct {
		solver Solver
		order  float64
		from   int // steps, doubled twice
	}{
		{DDIM{}, 1, 64},
		{FlowEuler{}, 1, 64},
		{Euler{}, 1, 64},
		{EulerAncestral{Eta: 0}, 1, 64},
		{Heun{}, 2, 64},
		{DPM2{}, 2, 64},
		{DPM2Ancestral{Eta: 0}, 2, 64},
		{LMS{1}, 1, 64},
		{LMS{2}, 2, 64},
		{LMS{3}, 3, 64},
		{LMS{4}, 4, 40},
		{PNDM{}, 2, 64},
		{DPMPP1{}, 1, 64},
		{DPMPP2S{}, 2, 64},
		{DPMPP2M{"midpoint", false}, 2, 64},
		{DPMPP2M{"heun", false}, 2, 64},
		{DPMPP3M{"published", false}, 2, 32},
		{DPMPP3M{"quadratic", false}, 3, 32},
		{DPMPP2MSDE{0, "midpoint"}, 2, 64},
		{DPMPP3MSDE{0, "quadratic"}, 3, 32},
		{UniPC{1, "bh2", false}, 2, 64},
		{UniPC{2, "bh2", false}, 3, 32},
		{UniPC{3, "bh2", false}, 4, 16},
		{DEIS{1, false}, 1, 64},
		{DEIS{2, false}, 2, 64},
		{DEIS{3, false}, 3, 16},
	} {
		p := process
		if (test.solver == DDIM{}) {
			p = diffusion.Preserving(p)
		}
		var logSteps, logErrors []float64
		for n := test.from; n <= 4*test.from; n *= 2 {
			times, err := Times(p, spacingOptions("log_snr", n, FinalFirst))
			if err != nil {
				t.Fatal(err)
			}
			sum := 0.0
			for i, got := range solve(test.solver, p, times) {
				off := float64(got - want[i])
				sum += off * off
			}
			logSteps, logErrors = append(logSteps, math.Log(float64(n))), append(logErrors, math.Log(sum/100)/2)
		}
		order := -distributionSlope(logSteps, logErrors)
		tolerance := 0.25
		if test.order > 2 {
			tolerance = 0.45 // the start is of lower order, and float32 ends the descent
		}
		if !(math.Abs(order-test.order) < tolerance) {
			t.Errorf("%s %+v: the order is %.2f, expected %v; the logarithms of the errors are %.3g",
				test.solver.Name(), test.solver, order, test.order, logErrors)
		}
	}
}

// distributionSlope is the slope of the line through points, by least squares.
func distributionSlope(x, y []float64) float64 {
	n := float64(len(x))
	var sumX, sumY, sumXX, sumXY float64
	for i := range x {
		sumX, sumY, sumXX, sumXY = sumX+x[i], sumY+y[i], sumXX+x[i]*x[i], sumXY+x[i]*y[i]
	}
	return (n*sumXY - sumX*sumY) / (n*sumXX - sumX*sumX)
}
