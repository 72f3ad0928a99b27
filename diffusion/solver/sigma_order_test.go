package solver

import (
	"math"
	"slices"
	"testing"

	"euryale/diffusion"
)

// sigmaEvenly returns n+1 times from one to another, evenly spaced in λ.
func sigmaEvenly(p diffusion.Process, from, to float64, n int) []float64 {
	times := []float64{from}
	low, high := p.Lambda(from), p.Lambda(to)
	for i := 1; i < n; i++ {
		times = append(times, p.Time(low+float64(i)/float64(n)*(high-low)))
	}
	return append(times, to)
}

// sigmaSlope is the order of convergence: minus the slope of ln(error) over ln(n), by least squares.
func sigmaSlope(steps []int, errors []float64) float64 {
	var sx, sy, sxx, sxy float64
	for i, n := range steps {
		x, y := math.Log(float64(n)), math.Log(errors[i])
		sx, sy, sxx, sxy = sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	n := float64(len(steps))
	return -(n*sxy - sx*sy) / (n*sxx - sx*sx)
}

// sigmaError is the largest error at the end of a solver of the ODE on N(mean, deviation²).
func sigmaError(t testing.TB, s Solver, run *Run, times []float64, mean, deviation float64) float64 {
	t.Helper()
	p, from, to := run.Model.Process(), times[0], times[len(times)-1]
	_, sigma := p.Marginal(from)
	start := []float32{float32(-1.5 * sigma), float32(0.7 * sigma), float32(2 * sigma)}
	x := slices.Clone(start)
	mustSolve(t, s, run, x, times)
	worst := 0.0
	for i := range x {
		want := endOfFlow(p, mean, deviation, float64(start[i]), from, to)
		worst = max(worst, math.Abs(float64(x[i])-want))
	}
	return worst
}

func TestSigmaSolversConverge(t *testing.T) {
	const mean, deviation = 1, 0.5
	for _, process := range []diffusion.Process{vp(t), edm(t), flowLine(t)} {
		_, _, last := process.Span()
		end := process.Time(math.Log(1 / 0.05)) // σ/α = 0.05
		run := &Run{Model: oracle(t, process, normalData(mean, deviation), diffusion.Preconditioned), Dim: 1}
		for _, c := range []struct {
			solver   Solver
			steps    []int
			low, top float64
		}{
			{Euler{}, []int{64, 128, 256, 512}, 0.9, 1.1},
			{EulerAncestral{}, []int{64, 128, 256, 512}, 0.9, 1.1},
			{Heun{}, []int{32, 64, 128, 256}, 1.9, 2.15},
			{DPM2{}, []int{32, 64, 128, 256}, 1.9, 2.15},
			{DPM2Ancestral{}, []int{32, 64, 128, 256}, 1.9, 2.15},
			{LMS{Order: 1}, []int{64, 128, 256, 512}, 0.9, 1.1},
			{LMS{Order: 2}, []int{64, 128, 256, 512}, 1.85, 2.15},
			{LMS{Order: 3}, []int{64, 96, 128, 192}, 2.6, 3.2},
			{LMS{Order: 4}, []int{64, 96, 128, 192}, 3.3, 4.2}, // float32 ends the descent
		} {
			var errors []float64
			for _, n := range c.steps {
				times := sigmaEvenly(process, last, end, n)
				errors = append(errors, sigmaError(t, c.solver, run, times, mean, deviation))
			}
			if order := sigmaSlope(c.steps, errors); !(order >= c.low && order <= c.top) {
				t.Errorf("%T %+v: order %.2f, errors %.3g", process, c.solver, order, errors)
			}
		}
	}
}
