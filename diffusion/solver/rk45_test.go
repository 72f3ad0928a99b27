package solver

import (
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/diffusion"
)

func TestRK45KeepsItsTolerance(t *testing.T) {
	chain := linearChain(t, 1000)
	for _, p := range []diffusion.Process{
		vp(t), edm(t), chain, diffusion.Preserving(edm(t)), timesMust(diffusion.Exploding(chain)),
		timesMust(diffusion.NewSubVP(0.1, 20, 1e-3)),
		flowLine(t), diffusion.Preserving(flowLine(t)),
	} {
		_, first, last := p.Span()
		run := &Run{Model: oracle(t, p, normalData(1, 0.5), diffusion.Preconditioned), Dim: 1}
		for _, tolerance := range []float64{1e-2, 1e-3, 1e-4, 1e-5, 1e-6} {
			s := RK45{Tolerance{tolerance, tolerance}}
			// Errors of single steps add up, and those of float32.
			if worst := sigmaError(t, s, run, []float64{last, first}, 1, 0.5); worst > 10*tolerance+3e-6 {
				t.Errorf("%T: tolerance %v, error %.3g", p, tolerance, worst)
			}
			if worst := sigmaError(t, s, run, []float64{last, p.Time(0), p.Time(1), first}, 1, 0.5); worst > 10*tolerance+3e-6 {
				t.Errorf("%T by way of two times: tolerance %v, error %.3g", p, tolerance, worst)
			}
		}
	}
}

// rk45Network counts the calls of a denoiser, and its largest input.
type rk45Network struct {
	diffusion.Denoiser
	calls, widest int
}

func (n *rk45Network) Predict(dst, x []float32, t float64) {
	n.calls++
	n.widest = max(n.widest, len(x))
	n.Denoiser.Predict(dst, x, t)
}

// TestRK45 checks what the hook sees, the step to the data, and how the network is evaluated.
func TestRK45(t *testing.T) {
	p := linearChain(t, 100)
	counter := &rk45Network{Denoiser: sigmaMixture().Denoiser(p, diffusion.Parameterization{})}
	model, err := diffusion.NewModel(counter, p, diffusion.Parameterization{})
	if err != nil {
		t.Fatal(err)
	}
	start := []float32{0.3, -1.2, 0.9, 0.4, -2, 0.1}
	solve := func(times ...float64) []float32 {
		x := slices.Clone(start)
		mustSolve(t, RK45{Tolerance{1e-5, 1e-5}}, &Run{Model: model, Dim: 2}, x, times)
		return x
	}
	near := func(what string, a, b []float32, within float64) {
		t.Helper()
		for i := range a {
			if math.Abs(float64(a[i]-b[i])) > within {
				t.Errorf("%s: %v and %v", what, a, b)
				return
			}
		}
	}

	seen := map[float64][]float32{}
	run := &Run{Model: model, Dim: 2, OnStep: func(_ int, at float64, x []float32) error {
		seen[at] = slices.Clone(x)
		return nil
	}}
	x := slices.Clone(start)
	mustSolve(t, RK45{Tolerance{1e-5, 1e-5}}, run, x, []float64{99, 60.5, 20, 0, -1})
	for _, at := range []float64{60.5, 20, 0} {
		near("on the way", seen[at], solve(99, at), 2e-4)
	}
	x0 := make([]float32, len(x))
	model.X0(x0, seen[0], 0)
	near("the last x_0", x0, x, 0)
	near("from the first time and past it", x, solve(99, -1), 2e-4)
	near("nothing to integrate", x0, func() []float32 {
		x := slices.Clone(seen[0])
		mustSolve(t, RK45{Tolerance{1e-5, 1e-5}}, &Run{Model: model, Dim: 2}, x, []float64{0, -1})
		return x
	}(), 0)

	counter.calls, counter.widest = 0, 0
	solve(99, 0)
	if counter.widest != 2 || counter.calls > 3*200 {
		t.Errorf("%d evaluations, of at most %d numbers", counter.calls, counter.widest)
	}
}

func TestRK45NamesTheRowThatFails(t *testing.T) {
	p := vp(t)
	run := &Run{Model: oracle(t, p, sigmaMixture(), diffusion.Epsilon), Dim: 2}
	x := []float32{1, 1, float32(math.Inf(1)), 1}
	err := RK45{Tolerance{1e-3, 1e-3}}.Solve(t.Context(), run, x, []float64{1, 0.001})
	if err == nil || !strings.Contains(err.Error(), "rk45: row 1, from t = 1 to 0.001") ||
		!strings.Contains(err.Error(), "not finite at the start") {
		t.Error(err)
	}
}

// TestODEInversionIsTheWayBack: on a mixture from noise to the first time and back; on a normal distribution to the
// known end of the flow, up to the noise below the first time.
func TestODEInversionIsTheWayBack(t *testing.T) {
	for _, p := range []diffusion.Process{vp(t), edm(t), linearChain(t, 1000), flowLine(t)} {
		data, first, last := p.Span()
		run := &Run{Model: oracle(t, p, sigmaMixture(), diffusion.Preconditioned), Dim: 2}
		start := make([]float32, 2*16)
		diffusion.StartFromPrior(p, start, 9, 0, 2)
		x := slices.Clone(start)
		mustSolve(t, RK45{Tolerance{1e-6, 1e-6}}, run, x, []float64{last, first})
		var back [3][]float32
		for i, times := range [][]float64{{first, last}, {data, first, last}, {first, p.Time(0), last}} {
			back[i] = slices.Clone(x)
			if _, onFlow := p.(diffusion.Flow); onFlow && times[0] == data { // x is of the first time, and no data
				alpha, _ := p.Marginal(first)
				for j := range x {
					back[i][j] = float32(float64(back[i][j]) / alpha)
				}
			}
			mustSolve(t, ODEInversion{Tolerance{1e-6, 1e-6}}, run, back[i], times)
			for j := range start {
				// The way to noise expands what the way to data has compressed between the components.
				if math.Abs(float64(back[i][j]-start[j])) > 1e-3*p.PriorDeviation() {
					t.Errorf("%T over %v: %v came back as %v", p, times, start[j], back[i][j])
				}
			}
		}
		equal := slices.Equal(back[0], back[1])
		if _, onFlow := p.(diffusion.Flow); onFlow { // but for the rounding of α
			equal = slices.EqualFunc(back[0], back[1], func(a, b float32) bool { return math.Abs(float64(a-b)) < 1e-4 })
		}
		if !equal {
			t.Errorf("%T: from the data %v, from the first time %v", p, back[1], back[0])
		}
		alone := slices.Clone(x[6:8])
		mustSolve(t, ODEInversion{Tolerance{1e-6, 1e-6}}, run, alone, []float64{first, p.Time(0), last})
		if !slices.Equal(alone, back[2][6:8]) {
			t.Errorf("%T: row 3 by itself %v, in a batch %v", p, alone, back[2][6:8])
		}

		run = &Run{Model: oracle(t, p, normalData(1, 0.5), diffusion.Preconditioned), Dim: 1}
		x0 := []float32{0.2, 1, 2.1}
		x = slices.Clone(x0)
		mustSolve(t, ODEInversion{Tolerance{1e-6, 1e-6}}, run, x, []float64{data, last})
		for i := range x {
			signal := 1.0
			if _, onFlow := p.(diffusion.Flow); onFlow { // where it is 1 less the noise
				signal, _ = p.Marginal(first)
			}
			atFirst := endOfFlow(p, 1, 0.5, signal*float64(x0[i]), first, last)
			exact := endOfFlow(p, 1, 0.5, float64(x0[i]), data, last)
			if scale := p.PriorDeviation(); math.Abs(float64(x[i])-atFirst) > 2e-5*scale || math.Abs(float64(x[i])-exact) > 1e-3*scale {
				t.Errorf("%T: %v goes to %v, expected %v, without noise at the first time %v", p, x0[i], x[i], atFirst, exact)
			}
		}
	}
}
