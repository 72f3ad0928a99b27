package solver

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"euryale/diffusion"
	"euryale/internal/gaussian"
)

// exponentialSolvers are all exponential integrators, in all their variants.
func exponentialSolvers() map[string]Solver {
	solvers := map[string]Solver{"dpm++_1": DPMPP1{}, "dpm++_2s": DPMPP2S{}}
	for _, lower := range []bool{false, true} {
		for _, variant := range []string{"midpoint", "heun"} {
			solvers[fmt.Sprint("dpm++_2m ", variant, lower)] = DPMPP2M{variant, lower}
		}
		for _, variant := range []string{"published", "quadratic"} {
			solvers[fmt.Sprint("dpm++_3m ", variant, lower)] = DPMPP3M{variant, lower}
		}
		for order := 1; order <= 3; order++ {
			for _, variant := range []string{"bh1", "bh2"} {
				solvers[fmt.Sprint("unipc ", order, variant, lower)] = UniPC{order, variant, lower}
			}
			solvers[fmt.Sprint("deis ", order, lower)] = DEIS{order, lower}
		}
	}
	for _, eta := range []float64{0, 0.5, 1, 40} {
		for _, variant := range []string{"midpoint", "heun"} {
			solvers[fmt.Sprint("dpm++_2m_sde ", eta, variant)] = DPMPP2MSDE{eta, variant}
		}
		for _, variant := range []string{"published", "quadratic"} {
			solvers[fmt.Sprint("dpm++_3m_sde ", eta, variant)] = DPMPP3MSDE{eta, variant}
		}
	}
	return solvers
}

func TestPhiIsItsIntegral(t *testing.T) {
	factorial := 1.0
	for k := 1; k <= 4; k++ {
		factorial *= max(1, float64(k-1))
		for _, z := range []float64{-80, -20, -3, -1.0001, -0.9999, -0.3, -1e-3, -1e-9, 0, 1e-9, 0.5, 0.9999, 1.0001, 3, 12} {
			const n = 20000 // Simpson
			sum := 0.0
			for i := range n + 1 {
				s := float64(i) / n
				weight := []float64{2, 4}[i%2]
				if i == 0 || i == n {
					weight = 1
				}
				sum += weight * math.Exp((1-s)*z) * math.Pow(s, float64(k-1)) / factorial
			}
			want := sum / (3 * n)
			if got := phi(k, z); !(math.Abs(got-want) < 1e-11*want) {
				t.Errorf("φ_%d(%v) = %v, want %v", k, z, got, want)
			}
		}
	}
}

// The weights must integrate polynomials that vanish at 0 exactly, up to the degree of the number of nodes.
func TestLagrangeWeightsIntegratePolynomials(t *testing.T) {
	moments := [4]float64{1.7, 0.6, 0.31, -0.2}
	for _, nodes := range [][]float64{{-0.8}, {1}, {-0.8, -1.9}, {-0.3, 1}, {-0.8, -1.9, 1}} {
		for degree := 1; degree <= len(nodes); degree++ {
			sum := 0.0
			for i, r := range nodes {
				others := slices.Delete(slices.Clone(nodes), i, i+1)
				sum += lagrangeWeight(moments, r, others...) * math.Pow(r, float64(degree))
			}
			if !(math.Abs(sum-moments[degree]) < 1e-12) {
				t.Errorf("nodes %v, degree %d: %v, want %v", nodes, degree, sum, moments[degree])
			}
		}
	}
}

// The coefficients of a step are exact for constant x_0 and any step: they are those of q(x_n | x_c, x_0) at
// η = 1, and their limits are finite where λ is not.
func TestExponentialStep(t *testing.T) {
	p := vp(t)
	at, to := levelAt(p, 0.8), levelAt(p, 0.3)
	q := diffusion.PosteriorOf(p, 0.8, 0.3)
	step := newExponentialStep(at, to, 1)
	for name, pair := range map[string][2]float64{"x": {step.x, q.Xt}, "x0": {step.x0, q.X0},
		"noise": {step.noise, math.Sqrt(q.Variance)}} {
		if !(math.Abs(pair[0]-pair[1]) < 1e-12) {
			t.Errorf("%s: %v, but the posterior has %v", name, pair[0], pair[1])
		}
	}
	none, data := level{alpha: 0, sigma: 1, lambda: math.Inf(-1)}, level{alpha: 1, sigma: 0, lambda: math.Inf(1)}
	for _, test := range []struct {
		name         string
		at, to       level
		eta          float64
		x, x0, noise float64
	}{
		{"to the data", at, data, 0, 0, 1, 0},
		{"to the data, with noise", at, data, 1, 0, 1, 0},
		{"from no signal", none, to, 0, to.sigma, to.alpha, 0},
		{"from no signal, with noise", none, to, 1, 0, to.alpha, to.sigma},
		{"from no signal to the data", none, data, 0, 0, 1, 0},
		{"from no signal to the data, with noise", none, data, 1, 0, 1, 0},
		{"nowhere", at, at, 1, 1, 0, 0},
	} {
		step := newExponentialStep(test.at, test.to, test.eta)
		if step.x != test.x || step.x0 != test.x0 || step.noise != test.noise {
			t.Errorf("%s: %+v, want x %v, x0 %v, noise %v", test.name, step, test.x, test.x0, test.noise)
		}
	}
}

// noSignalChain ends where no signal is left.
func noSignalChain(t testing.TB) *diffusion.Chain {
	t.Helper()
	betas := make([]float64, 1000)
	for i := range betas {
		betas[i] = 1e-4 + 0.0199*float64(i)/999
	}
	betas[999] = 1
	c, err := diffusion.FromBetas(betas)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func exponentialProcesses(t testing.TB) map[string]diffusion.Process {
	t.Helper()
	subVP, err := diffusion.NewSubVP(0.1, 20, 1e-3)
	if err != nil {
		t.Fatal(err)
	}
	ve, err := diffusion.NewVE(0.01, 50)
	if err != nil {
		t.Fatal(err)
	}
	steep, err := diffusion.NewChain(&diffusion.CosineSchedule{}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	rounded, err := diffusion.FromBetas(append(slices.Repeat([]float64{0.01, 1e-18}, 30), 0.2)) // λ repeats
	if err != nil {
		t.Fatal(err)
	}
	sigmas, err := diffusion.FromSigmas([]float64{0.01, 0.02, 0.05, 0.1, 0.3, 1, 2, 5, 20, 50})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]diffusion.Process{
		"linear": linearChain(t, 1000), "one step": linearChain(t, 1), "cosine": steep, "no signal": noSignalChain(t),
		"rounded": rounded, "sigmas": sigmas,
		"VP": vp(t), "sub-VP": subVP, "VE": ve, "EDM": edm(t), "EDM, preserving": diffusion.Preserving(edm(t)), "flow": flowLine(t),
	}
}

// From 1 to 50 steps, wherever their times lie, x stays finite.
func TestExponentialIntegratorsStayFinite(t *testing.T) {
	data := gaussian.Mixture{{Weight: 1, Mean: []float64{-1, 0}, Deviation: 0.1}, {Weight: 1, Mean: []float64{1, 0.5}, Deviation: 0}}
	random := rand.New(rand.NewPCG(1, 2))
	for processName, p := range exponentialProcesses(t) {
		speaks := diffusion.Epsilon
		if processName == "no signal" {
			speaks = diffusion.Velocity
		}
		model := oracle(t, p, data, speaks)
		dataTime, first, last := p.Span()
		for n := 1; n <= 50; n++ {
			var lists [3][]float64
			for i := range n {
				u := float64(i) / float64(n)
				lists[0] = append(lists[0], last-(last-first)*u)
				lists[1] = append(lists[1], max(first, p.Time(max(p.Lambda(last), -50)*(1-u)+p.Lambda(first)*u)))
				lists[2] = append(lists[2], first+(last-first)*random.Float64())
			}
			slices.SortFunc(lists[2], func(a, b float64) int { return int(math.Copysign(1, b-a)) })
			for i, times := range lists {
				if n > 12 && i != n%3 {
					continue
				}
				times[0] = last
				times = slices.Compact(times)
				if end := []float64{dataTime, (dataTime + first) / 2}[n%2]; times[len(times)-1] > end {
					times = append(times, end)
				}
				for name, s := range exponentialSolvers() {
					if processName == "no signal" && s.Name() == "deis" {
						continue
					}
					x := []float32{0.5, -0.3, 1, 2, -1, 0}
					for j := range x {
						x[j] *= float32(p.PriorDeviation())
					}
					run := &Run{Model: model, Dim: 2, Noise: diffusion.NewRowNoise(1, 0, 2)}
					if err := s.Solve(context.Background(), run, x, times); err != nil {
						t.Fatalf("%s on %s, %d steps, list %d: %v", name, processName, n, i, err)
					}
				}
			}
		}
	}
}

// From a time without signal to the data: the flow of a normal distribution is known there too.
func TestExponentialIntegratorsStartWithoutSignal(t *testing.T) {
	c := noSignalChain(t)
	times := []float64{999}
	for i := 1; i < 400; i++ {
		times = append(times, math.Round(999*(1-float64(i)/400)))
	}
	times = append(times, 0, -1)
	model := oracle(t, c, normalData(1, 0.5), diffusion.Velocity)
	for name, s := range exponentialSolvers() {
		if strings.Contains(name, "sde") && !strings.Contains(name, "sde 0 ") {
			continue // not the flow
		}
		x := []float32{-2, -1, 0, 1, 2}
		err := s.Solve(context.Background(), &Run{Model: model, Dim: 1}, x, times)
		if s.Name() == "deis" {
			if err == nil || !strings.Contains(err.Error(), "signal") {
				t.Errorf("%s begins without signal: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		tolerance := 5e-3
		if strings.HasSuffix(name, "_1") {
			tolerance = 2e-2
		}
		for i, start := range []float64{-2, -1, 0, 1, 2} {
			if want := 1 + start*0.5; !(math.Abs(float64(x[i])-want) < tolerance) {
				t.Errorf("%s: from %v to %v, want %v", name, start, x[i], want)
			}
		}
	}
}

// One step to the data gives the predicted x_0 within its bound, draws nothing and evaluates the network once.
func TestExponentialIntegratorsEndAtThePrediction(t *testing.T) {
	p := vp(t)
	model := oracle(t, p, gaussian.Mixture{{Weight: 1, Mean: []float64{-1}, Deviation: 0.3},
		{Weight: 2, Mean: []float64{1}, Deviation: 0.2}}, diffusion.Epsilon)
	for name, s := range exponentialSolvers() {
		for _, limit := range []float64{0, 0.5} {
			run := &Run{Model: model, Dim: 1, Bound: Bound{Limit: limit}}
			x, want := []float32{-2, -0.4, 0.1, 3}, make([]float32, 4)
			run.x0(want, x, 0.6)
			mustSolve(t, s, run, x, []float64{0.6, 0})
			if !slices.Equal(x, want) {
				t.Errorf("%s, bound %v: %v, want %v", name, limit, x, want)
			}
		}
	}
}
