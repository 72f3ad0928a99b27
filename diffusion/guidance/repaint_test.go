package guidance

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"euryale/diffusion"
	"euryale/diffusion/solver"
)

// The moves are those of the schedule in the appendix of Lugmayr et al. (2022), and the known coordinate is noised data
// from the start.
func TestRePaintMoves(t *testing.T) {
	p := linear(30)
	q := diffusion.Parameterization{Prediction: diffusion.X0}
	times := []float64{29, 20, 15, 10, 5, 0, -1}
	var got, z []float64
	asked := 0
	s := &RePaint{Known: Known{[]bool{true, false}, []float32{1, 0}}, JumpLength: 2, Resample: 2}
	count := counting{two.Denoiser(p, q), &asked}
	run := &solver.Run{Model: modelOf(t, count, p, q), Dim: 2, Noise: diffusion.NewRowNoise(1, 0, 2),
		OnStep: func(move int, at float64, x []float32) error {
			if move != len(got) {
				return fmt.Errorf("move %d after %d", move, len(got))
			}
			if got = append(got, at); move == 0 && (x[0] == 0.1 || x[1] != 0.2) {
				return fmt.Errorf("the start is %v", x)
			}
			if alpha, sigma := p.Marginal(at); sigma > 0 {
				z = append(z, math.Round(1e4*(float64(x[0])-alpha)/sigma))
			}
			return nil
		}}
	x := []float32{0.1, 0.2, -1, 1}
	mustSolve(t, s, run, x, times)
	// With n = 6 levels, numbered from 5 (t = 29) to 0 (t = 0), jumps go from levels 0 and 2 up to 2 and 4.
	if want := []float64{29, 20, 15, 10, 20, 15, 10, 5, 0, 10, 5, 0, -1}; !slices.Equal(got, want) {
		t.Errorf("moves to %v, want %v", got, want)
	}
	if slices.Sort(z); len(slices.Compact(z)) != len(got)-1 {
		t.Errorf("the noise of the known coordinate at each move: %v", z)
	}
	if asked != 6+2*2 {
		t.Errorf("the network was evaluated %d times", asked)
	}
}

type counting struct {
	diffusion.Denoiser
	n *int
}

func (c counting) Predict(dst, x []float32, t float64) {
	*c.n++
	c.Denoiser.Predict(dst, x, t)
}

// A jump from s to t keeps the marginals: q(x_t | x_0) follows from q(x_s | x_0).
func TestForwardStepKeepsMarginals(t *testing.T) {
	for name, p := range processes {
		_, first, last := p.Span()
		s, at := p.Time(p.Lambda(first)*0.7+p.Lambda(last)*0.3), p.Time(p.Lambda(first)*0.4+p.Lambda(last)*0.6)
		a, deviation := forwardStep(p, s, at)
		alphaS, sigmaS := p.Marginal(s)
		alpha, sigma := p.Marginal(at)
		if math.Abs(a*alphaS-alpha) > 1e-12 || math.Abs(math.Hypot(a*sigmaS, deviation)-sigma) > 1e-12*sigma {
			t.Errorf("%s: from %v, %v to %v, %v by %v and %v", name, alphaS, sigmaS, alpha, sigma, a, deviation)
		}
	}
}

func TestRePaintAllocatesNothing(t *testing.T) {
	p := linear(30)
	q := diffusion.Parameterization{Prediction: diffusion.X0}
	noise := diffusion.NewRowNoise(1, 0, 2)
	known := Known{[]bool{true, false}, []float32{1, 0}}
	s := &RePaint{Known: known, JumpLength: 2, Resample: 2}
	run := &solver.Run{Model: modelOf(t, two.Denoiser(p, q), p, q), Dim: 2, Noise: noise}
	x, times := make([]float32, 20), fullTimes(p)
	if n := testing.AllocsPerRun(5, func() { mustSolve(t, s, run, x, times) }); n != 0 {
		t.Errorf("RePaint: %v allocations", n)
	}
	r := must(NewReplacement(p, known, noise))
	if n := testing.AllocsPerRun(5, func() { _ = r.OnStep(1, 5, x) }); n != 0 {
		t.Errorf("replacement: %v allocations", n)
	}
}
