package guidance

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/diffusion"
	"euryale/diffusion/solver"
	"euryale/internal/gaussian"
)

// ridge is a mixture along the diagonal, so that coordinate 0 nearly determines coordinate 1.
func ridge() (m gaussian.Mixture, known float64, conditional func(float64) float64) {
	const deviation = 0.35
	for k := -2; k <= 2; k++ {
		m = append(m, gaussian.Component{Weight: 1, Mean: []float64{0.5 * float64(k), 0.5 * float64(k)}, Deviation: deviation})
	}
	known = 0.5
	// The distribution of coordinate 1 given coordinate 0, a mixture of the components by their probabilities given it.
	return m, known, func(v float64) float64 {
		sum, total := 0.0, 0.0
		for _, c := range m {
			w := math.Exp(-math.Pow((known-c.Mean[0])/deviation, 2) / 2)
			total += w
			sum += w * math.Erfc((c.Mean[1]-v)/(deviation*math.Sqrt2)) / 2
		}
		return sum / total
	}
}

// RePaint brings the unknown coordinate to its conditional distribution, and replacement only close to it.
func TestInpaintingReachesTheConditionalLaw(t *testing.T) {
	chain := linear(100)
	inpaintingReaches(t, chain, fullTimes(chain), diffusion.Epsilon)
	inpaintingReaches(t, processes["flow"], evenly(processes["flow"], 100), diffusion.U)
}

func inpaintingReaches(t *testing.T, p diffusion.Process, times []float64, speaks diffusion.Prediction) {
	t.Helper()
	const rows = 1000
	data, value, conditional := ridge()
	q := diffusion.Parameterization{Prediction: speaks}
	known := Known{Mask: []bool{true, false}, Values: []float32{float32(value), float32(math.NaN())}}
	sample := func(s solver.Solver, hook bool) float64 {
		x := make([]float32, 2*rows)
		diffusion.StartFromPrior(p, x, 1, 0, 2)
		noise := diffusion.NewRowNoise(2, 0, 2)
		run := &solver.Run{Model: modelOf(t, data.Denoiser(p, q), p, q), Dim: 2, Noise: noise}
		if hook {
			run.OnStep = must(NewReplacement(p, known, noise)).OnStep
		}
		mustSolve(t, s, run, x, times)
		for r := range rows {
			if x[2*r] != known.Values[0] {
				t.Fatalf("row %d: the known coordinate is %v", r, x[2*r])
			}
		}
		return kolmogorov(x, conditional)
	}
	replaced := sample(solver.Ancestral{}, true)
	once := sample(&RePaint{Known: known, JumpLength: 1, Resample: 1}, false)
	repainted := sample(&RePaint{Known: known, JumpLength: 2, Resample: 10}, false)
	t.Logf("Kolmogorov's distances: replacement %.4f, RePaint once %.4f, RePaint %.4f", replaced, once, repainted)
	const chance = 1.95 / 31.6 // 99.9% point for 1000 rows
	if replaced < 2*chance || once < 2*chance {
		t.Errorf("replacement is %v and RePaint without jumps %v from the conditional distribution: the test shows nothing", replaced, once)
	}
	if repainted > chance {
		t.Errorf("RePaint is %v from the conditional distribution, want below %v", repainted, chance)
	}
}

// hooked runs a solver with replacement.
type hooked struct {
	solver.Solver
	known Known
}

// Known values are reached exactly, for any solver, process and mask, and rows do not depend on their
// company.
func TestKnownValuesAndParts(t *testing.T) {
	const rows = 7
	data := gaussian.Mixture{{Weight: 1, Mean: []float64{0, 1, 2}, Deviation: 0.5}, {Weight: 1, Mean: []float64{1, 0, -1}, Deviation: 0.5}}
	chain, ncsn := linear(30), processes["ncsn"].(*diffusion.Chain)
	for name, on := range map[string]struct {
		p     diffusion.Process
		times []float64
	}{
		"ddpm": {chain, fullTimes(chain)}, "ncsn": {ncsn, fullTimes(ncsn)},
		"flow": {processes["flow"], []float64{0.999, 0.9, 0.7, 0.5, 0.2, 0.05, 0.001, 0}},
	} {
		p := on.p
		q := diffusion.Parameterization{Prediction: diffusion.X0}
		sample := func(s hooked, first, count int) []float32 {
			known := s.known
			if len(known.Values) > 3 {
				known.Values = known.Values[3*first : 3*(first+count)]
			}
			x := make([]float32, 3*count)
			diffusion.StartFromPrior(p, x, 5, uint64(first), 3)
			noise := diffusion.NewRowNoise(6, uint64(first), 3)
			run := &solver.Run{Model: modelOf(t, data.Denoiser(p, q), p, q), Dim: 3, Noise: noise}
			if r, ok := s.Solver.(*RePaint); ok {
				r.Known = known
			} else {
				run.OnStep = must(NewReplacement(p, known, noise)).OnStep
			}
			mustSolve(t, s.Solver, run, x, on.times)
			return x
		}
		for _, mask := range [][]bool{{false, true, false}, {true, false, true}, {true, true, true}, {false, false, false}} {
			values := make([]float32, 3*rows)
			data.Sample(values, 9, 0)
			for _, s := range []hooked{
				{solver.Ancestral{}, Known{mask, values}},
				{&RePaint{JumpLength: 2, Resample: 3}, Known{mask, values}},
				{&RePaint{JumpLength: 2, Resample: 3, Variance: solver.VarianceBetaTilde}, Known{mask, values[:3]}},
			} {
				whole := sample(s, 0, rows)
				if parts := append(sample(s, 0, 3), sample(s, 3, rows-3)...); !slices.Equal(whole, parts) {
					t.Errorf("%s, %T, mask %v: parts differ from the whole", name, s.Solver, mask)
				}
				for i, v := range whole {
					if mask[i%3] && v != s.known.Values[i%len(s.known.Values)] {
						t.Errorf("%s, %T, mask %v: known value %v became %v", name, s.Solver, mask,
							s.known.Values[i%len(s.known.Values)], v)
					}
				}
			}
		}
	}
}

// After each step the known coordinate has the distribution q(x_t | x_0), from draws that the solver does not use.
func TestReplacementDrawsFromTheMarginal(t *testing.T) {
	const rows = 4000
	p := linear(20)
	noise := diffusion.NewRowNoise(3, 0, 2)
	r := must(NewReplacement(p, Known{[]bool{true, false}, []float32{2, 0}}, noise))
	x, z := make([]float32, 2*rows), make([]float32, 2*rows)
	for step, at := range []float64{19, 10, 3} {
		clear(x)
		if err := r.OnStep(step, at, x); err != nil {
			t.Fatal(err)
		}
		noise.Fill(z, step)
		alpha, sigma := p.Marginal(at)
		mean, square, with := 0.0, 0.0, 0.0
		for i := 0; i < len(x); i += 2 {
			off := (float64(x[i]) - 2*alpha) / sigma
			mean += off / rows
			square += off * off / rows
			with += off * float64(z[i]) / rows
			if x[i+1] != 0 {
				t.Fatal("an unknown coordinate has changed")
			}
		}
		if bound := 4.5 / math.Sqrt(rows); math.Abs(mean) > bound || math.Abs(square-1) > math.Sqrt2*bound || math.Abs(with) > bound {
			t.Errorf("t = %v: mean %v, mean square %v, correlation with the solver's noise %v", at, mean, square, with)
		}
	}
}

func TestInpaintingErrors(t *testing.T) {
	p := linear(30)
	q := diffusion.Parameterization{Prediction: diffusion.X0}
	model := modelOf(t, two.Denoiser(p, q), p, q)
	noise := diffusion.NewRowNoise(1, 0, 2)
	known := Known{[]bool{true, false}, []float32{1, 0}}
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	hook := errors.New("the hook's")
	nan := float32(math.NaN())
	for _, test := range []struct {
		ctx  context.Context
		s    RePaint
		run  solver.Run
		n    int
		want string
	}{
		{nil, RePaint{Known: known, JumpLength: 1, Resample: 1}, solver.Run{Dim: 2, Noise: noise}, 4, "needs a model and noise"},
		{nil, RePaint{Known: known, JumpLength: 1, Resample: 1}, solver.Run{Model: model, Dim: 2}, 4, "needs a model and noise"},
		{nil, RePaint{Known: known, JumpLength: 1, Resample: 1}, solver.Run{Model: model, Dim: 2, Noise: noise}, 3,
			"got 3 numbers and Dim = 2"},
		{nil, RePaint{Known: known, Resample: 1}, solver.Run{Model: model, Dim: 2, Noise: noise}, 4, "must be at least 1, got 0 and 1"},
		{nil, RePaint{Known: Known{known.Mask[:1], known.Values}, JumpLength: 1, Resample: 1},
			solver.Run{Model: model, Dim: 2, Noise: noise}, 4, "each of 2 coordinates"},
		{nil, RePaint{Known: Known{known.Mask, known.Values[:1]}, JumpLength: 1, Resample: 1},
			solver.Run{Model: model, Dim: 2, Noise: noise}, 4, "must be 2 numbers"},
		{nil, RePaint{Known: Known{known.Mask, []float32{0, 0, nan, 0}}, JumpLength: 1, Resample: 1},
			solver.Run{Model: model, Dim: 2, Noise: noise}, 4, "row 1, coordinate 0 is NaN"},
		{nil, RePaint{Known: known, JumpLength: 1, Resample: 1, Variance: solver.VarianceLearned},
			solver.Run{Model: model, Dim: 2, Noise: noise}, 4, "objective hybrid"},
		{stopped, RePaint{Known: known, JumpLength: 1, Resample: 1}, solver.Run{Model: model, Dim: 2, Noise: noise}, 4, "context canceled"},
		{nil, RePaint{Known: known, JumpLength: 1, Resample: 1},
			solver.Run{Model: model, Dim: 2, Noise: noise, OnStep: func(int, float64, []float32) error { return hook }}, 4, "the hook's"},
	} {
		if test.ctx == nil {
			test.ctx = context.Background()
		}
		err := test.s.Solve(test.ctx, &test.run, make([]float32, test.n), fullTimes(p))
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "repaint: ") {
			t.Errorf("error %v, want one with %q", err, test.want)
		}
	}
	if err := (&RePaint{Known: known, JumpLength: 1, Resample: 1}).Check(p, []float64{3, 5}); err == nil ||
		!strings.Contains(err.Error(), "must decrease") {
		t.Errorf("error %v", err)
	}
	if _, err := NewReplacement(p, known, nil); err == nil {
		t.Error("replacement without noise is no error")
	}
	if err := must(NewReplacement(p, known, noise)).OnStep(0, 3, make([]float32, 5)); err == nil ||
		!strings.Contains(err.Error(), "5 numbers") {
		t.Errorf("error %v", err)
	}
	if err := must(NewReplacement(p, Known{known.Mask, []float32{nan, 0}}, noise)).OnStep(0, 3, make([]float32, 4)); err == nil ||
		!strings.Contains(err.Error(), "finite") {
		t.Errorf("error %v", err)
	}
}
