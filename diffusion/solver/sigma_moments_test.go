package solver

import (
	"math"
	"testing"

	"euryale/diffusion"
)

// sigmaState is the mean and the variance of x̂ = x/α along a solver's path. For data N(mean, deviation²) ε is linear, so
// each step of a solver is x̂ − mean ← a (x̂ − mean) + b z, which this follows exactly.
type sigmaState struct{ mean, variance, deviation float64 }

// slope is k of ε = k (x̂ − mean) at a level σ̂.
func (s *sigmaState) slope(sigma float64) float64 {
	return sigma / (s.deviation*s.deviation + sigma*sigma)
}

func (s *sigmaState) step(a, b float64) {
	s.mean *= a
	s.variance = a*a*s.variance + b*b
}

// churn is Karras et al.'s γ, up to the level `last`.
func (s *sigmaState) churn(c Churn, sigma, last float64, steps int) float64 {
	if sigma < c.Min || c.Max > 0 && sigma > c.Max {
		return sigma
	}
	hat := min(sigma*(1+min(c.Amount/float64(steps), math.Sqrt2-1)), last)
	s.step(1, c.Noise*math.Sqrt(hat*hat-sigma*sigma))
	return hat
}

// ancestral is k-diffusion's get_ancestral_step.
func (s *sigmaState) ancestral(from, to, eta float64) (down, up float64) {
	up = min(to, eta*math.Sqrt(to*to*(from*from-to*to)/(from*from)))
	return math.Sqrt(to*to - up*up), up
}

// TestSigmaMoments compares the solvers that draw noise with their exact recursion, on N(1, 0.5²) in few steps, where
// they are far from the data; in many steps the recursion of the ancestral ones must converge to it.
func TestSigmaMoments(t *testing.T) {
	const mean, deviation, rows, steps = 1, 0.5, 10_000, 8
	churn := Churn{Amount: 2, Min: 0.05, Max: 40, Noise: 1.1}
	for _, p := range []diffusion.Process{vp(t), edm(t), flowLine(t)} {
		_, _, last := p.Span()
		top := diffusion.SigmaRatio(p, last)
		alpha, _ := p.Marginal(last)
		prior := p.PriorDeviation() / alpha
		for _, c := range []struct {
			solver Solver
			step   func(s *sigmaState, from, to float64)
		}{
			{Euler{churn}, func(s *sigmaState, from, to float64) {
				hat := s.churn(churn, from, top, steps)
				s.step(1+(to-hat)*s.slope(hat), 0)
			}},
			{Heun{churn}, func(s *sigmaState, from, to float64) {
				hat := s.churn(churn, from, top, steps)
				a := 1 + (to-hat)*s.slope(hat)
				if to > 0 {
					a = 1 + (to-hat)*(s.slope(hat)+a*s.slope(to))/2
				}
				s.step(a, 0)
			}},
			{EulerAncestral{0.7}, func(s *sigmaState, from, to float64) {
				down, up := s.ancestral(from, to, 0.7)
				s.step(1+(down-from)*s.slope(from), up)
			}},
			{EulerAncestral{1}, func(s *sigmaState, from, to float64) {
				down, up := s.ancestral(from, to, 1)
				s.step(1+(down-from)*s.slope(from), up)
			}},
			{DPM2Ancestral{0.7}, func(s *sigmaState, from, to float64) {
				down, up := s.ancestral(from, to, 0.7)
				a := 1 + (down-from)*s.slope(from)
				if to > 0 {
					mid := math.Sqrt(from * down)
					a = 1 + (down-from)*s.slope(mid)*(1+(mid-from)*s.slope(from))
				}
				s.step(a, up)
			}},
		} {
			recursion := func(n int) (times []float64, end *sigmaState) {
				times, err := Times(p, spacingOptions("karras", n, FinalData))
				if err != nil {
					t.Fatal(err)
				}
				end = &sigmaState{-mean, prior * prior, deviation}
				for i := range times[1:] {
					c.step(end, diffusion.SigmaRatio(p, times[i]), diffusion.SigmaRatio(p, times[i+1]))
				}
				return times, end
			}
			times, want := recursion(steps)
			run := &Run{Model: oracle(t, p, normalData(mean, deviation), diffusion.Preconditioned), Dim: 1,
				Noise: diffusion.NewRowNoise(7, 0, 1)}
			x := make([]float32, rows)
			diffusion.StartFromPrior(p, x, 7, 0, 1)
			mustSolve(t, c.solver, run, x, times)
			var sum, squares float64
			for _, v := range x {
				sum += float64(v) - mean - want.mean
				squares += math.Pow(float64(v)-mean-want.mean, 2)
			}
			meanOff, variance := sum/rows, squares/rows
			if math.Abs(meanOff) > 4.5*math.Sqrt(want.variance/rows) || math.Abs(variance/want.variance-1) > 4.5*math.Sqrt(2./rows) {
				t.Errorf("%T %s: the mean is off by %.4f, variance %.4f, expected %.4f", p, c.solver.Name(), meanOff, variance,
					want.variance)
			}
			if _, ancestral := c.solver.(EulerAncestral); ancestral || c.solver.Name() == "dpm_2_ancestral" {
				if _, end := recursion(2000); math.Abs(end.mean) > 0.01 || math.Abs(end.variance-deviation*deviation) > 0.005 {
					t.Errorf("%T %s: in 2000 steps mean %.4f, variance %.4f", p, c.solver.Name(), end.mean+mean, end.variance)
				}
			}
		}
	}
}
