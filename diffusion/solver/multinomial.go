package solver

import (
	"context"
	"math"
	"slices"

	"euryale/diffusion"
	"euryale/diffusion/multinomial"
	"euryale/kernel"
)

// Multinomial takes rows of numbers and categories back through a chain (Hoogeboom et al. 2021, "Argmax flows and multinomial
// diffusion"; Kotelnikov et al. 2023, "TabDDPM"): the numbers by the steps of Ancestral, the categories by drawing
//
//	x_s ~ π(x_t, x̂_0),   x̂_0 = softmax(logits)
//
// with π of multinomial.Step, at the last step too. The rows of x are the numbers, then the categories, one-hot. So are those
// of the network's output: ε of the numbers, then logits. At the start, the category of a group is the place of its largest
// number, so that normal numbers start it from the uniform distribution.
//
// It depends on what a row is, and is therefore not one of Solvers: the objective multinomial makes it.
type Multinomial struct {
	// Variance of the numbers' steps: VarianceBeta or VarianceBetaTilde.
	Variance Variance
	// SigmaData is what the chain's noise is multiplied by: x_t = α x_0 + σ SigmaData ε.
	SigmaData float64
	// Numbers are the coordinates 0 … Numbers−1; Groups are the others, in order and without a gap.
	Numbers int
	Groups  []multinomial.Group
}

// Name implements Solver.
func (Multinomial) Name() string { return "multinomial" }

// Check implements Solver.
func (Multinomial) Check(p diffusion.Process, times []float64) error {
	return check(p, times, preserving, signal)
}

// Solve implements Solver. The run's bound holds for the numbers.
func (s Multinomial) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	var memory [2][]float32
	if err := run.begin(s.Name(), s.Check, x, times, memory[:]); err != nil {
		return err
	}
	output, z := memory[0], memory[1]
	if err := run.needsNoise(); err != nil {
		return err
	}
	if end := s.end(); end != run.Dim {
		return run.failed("the numbers and categories of a row end at %d, and rows have %d coordinates", end, run.Dim)
	}
	for row := 0; row < len(x); row += run.Dim {
		s.start(x[row : row+run.Dim])
	}
	for i, to := range run.levels[1:] {
		at := run.levels[i]
		if err := run.before(ctx, at.t); err != nil {
			return err
		}
		run.Model.Output(output, x, at.t)
		run.normal(z)
		numbers, step := s.step(run, at, to), multinomial.StepOf(run.Model.Process(), at.t, to.t)
		for row := 0; row < len(x); row += run.Dim {
			x, output, z := x[row:row+run.Dim], output[row:row+run.Dim], z[row:row+run.Dim]
			numbers.take(run, x[:s.Numbers], output[:s.Numbers], z[:s.Numbers])
			for _, g := range s.Groups {
				end := g.First + g.Categories
				group := x[g.First:end]
				run.logs = slices.Grow(run.logs[:0], g.Categories)[:g.Categories]
				multinomial.LogSoftmax(run.logs, output[g.First:end])
				step.LogPosterior(run.logs, multinomial.Highest(group))
				multinomial.OneHot(group, multinomial.Draw(run.logs, z[g.First]))
			}
		}
		if err := run.after(i+1, to.t, x); err != nil {
			return err
		}
	}
	return nil
}

// end is the number of coordinates of a row.
func (s Multinomial) end() int {
	if len(s.Groups) == 0 {
		return s.Numbers
	}
	last := s.Groups[len(s.Groups)-1]
	return last.First + last.Categories
}

// start turns standard normal numbers into the prior.
func (s Multinomial) start(row []float32) {
	for j := range row[:s.Numbers] {
		row[j] *= float32(s.SigmaData)
	}
	for _, g := range s.Groups {
		group := row[g.First : g.First+g.Categories]
		multinomial.OneHot(group, multinomial.Highest(group))
	}
}

// gaussianStep is x_s = a x_t + b x̂_0 + deviation z, with x̂_0 = fromX x_t + fromOutput ε̂.
type gaussianStep struct{ fromX, fromOutput, a, b, deviation float64 }

func (s Multinomial) step(run *Run, at, to level) gaussianStep {
	q := diffusion.PosteriorOf(run.Model.Process(), at.t, to.t)
	variance := q.Beta
	switch {
	case to.isData():
		variance = 0
	case s.Variance == VarianceBetaTilde:
		variance = q.Variance
	}
	return gaussianStep{
		fromX: 1 / at.alpha, fromOutput: -at.sigma * s.SigmaData / at.alpha, a: q.Xt, b: q.X0,
		deviation: s.SigmaData * math.Sqrt(variance),
	}
}

// take steps the numbers of a row.
func (g *gaussianStep) take(run *Run, x, output, z []float32) {
	a, b := g.a+g.b*g.fromX, g.b*g.fromOutput
	if run.Bound != (Bound{}) {
		kernel.Combine2(output, float32(g.fromX), x, float32(g.fromOutput), output)
		run.boundRows(output, len(output))
		a, b = g.a, g.b
	}
	kernel.Combine3(x, float32(a), x, float32(b), output, float32(g.deviation), z)
}
