package solver

import (
	"context"
	"math"
	"slices"

	"euryale/choice"
	"euryale/diffusion"
)

// RK45 integrates the probability-flow ODE (Song et al. 2021, equation 13) by Dormand–Prince, with separate adaptive steps
// for each row; the times are only where the hook sees x. Over λ = ln(α/σ), for y at the variance-preserving scale
// (y = a x/α with a² + s² = 1, a/s = α/σ), the ODE of every process is
//
//	dy/dλ = s (s y − ε)
//
// which is as smooth as ε, even for a chain, whose λ has corners as a function of t. No step is longer than 1 in λ: the
// structure of the data emerges within a few units of λ, which a longer step could miss. Below the network's first time
// ε is unknown: a step to the data goes to the first time by the ODE, and from there to the predicted x_0.
//
// (Package likelihood integrates the same ODE in terms of v and with its divergence; here ε respects the run's Bound.)
type RK45 struct {
	// Tolerance bounds the error of a step in each coordinate.
	Tolerance Tolerance `yaml:"tolerance"`
}

// Tolerance bounds the error of an adaptive step by Absolute + Relative·|y|: see DormandPrince.
type Tolerance struct {
	// Relative is the allowed error as a share of the coordinate's size, from 0 to below 1.
	Relative float64 `yaml:"relative"`
	// Absolute is the allowed error in addition to that, at least 1e-8, about the precision of float32.
	Absolute float64 `yaml:"absolute"`
}

// minTolerance is the least absolute tolerance of a configuration.
const minTolerance = 1e-8

// Validate returns a *choice.FieldError for a wrong key.
func (t Tolerance) Validate() error {
	switch {
	case !(t.Relative >= 0 && t.Relative < 1):
		return choice.Wrong("relative", "must be at least 0 and below 1, got %v", t.Relative)
	case !(t.Absolute >= minTolerance && t.Absolute <= math.MaxFloat32):
		return choice.Wrong("absolute", "must be at least %v, about the precision of float32, got %v", minTolerance, t.Absolute)
	}
	return nil
}

// check checks the tolerances against the needs of DormandPrince.
func (t Tolerance) check() error {
	return (&DormandPrince{Relative: t.Relative, Absolute: t.Absolute}).Check()
}

// Name implements Solver.
func (RK45) Name() string { return "rk45" }

// Check implements Solver.
func (s RK45) Check(p diffusion.Process, times []float64) error {
	if err := check(p, times, signal); err != nil {
		return err
	}
	return s.Tolerance.check()
}

// Validate returns a *choice.FieldError for a wrong key.
func (s RK45) Validate() error { return choice.Within("tolerance", s.Tolerance.Validate()) }

// Inverse implements Inverter: it is ODEInversion with the same tolerance.
func (s RK45) Inverse() (Solver, error) { return ODEInversion(s), nil }

// Solve implements Solver.
func (s RK45) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	var memory [3][]float32
	if err := run.begin(s.Name(), s.Check, x, times, memory[:]); err != nil {
		return err
	}
	_, first, _ := run.Model.Process().Span()
	flow := newFlow(run, s.Tolerance, memory)
	for i, to := range run.levels[1:] {
		at, end := run.levels[i], to
		if err := run.before(ctx, at.t); err != nil {
			return err
		}
		if to.isData() {
			end = levelAt(run.Model.Process(), first)
		}
		if err := flow.follow(ctx, x, at, end); err != nil {
			return err
		}
		if to.isData() {
			run.denoise(x, memory[0], end)
		}
		if err := run.after(i+1, to.t, x); err != nil {
			return err
		}
	}
	return nil
}

// flow follows the probability-flow ODE.
type flow struct {
	run *Run
	*flowMemory
	x     []float32 // a row as the network's input
	eps   []float32
	steps []float32 // first step size of each row in its next interval
}

// flowMemory is the part of a flow that is in float64.
type flowMemory struct {
	ode DormandPrince
	y   []float64 // a row at the variance-preserving scale
}

// newFlow makes a flow from three buffers as long as x.
func newFlow(run *Run, tolerance Tolerance, buffers [3][]float32) flow {
	rows := len(buffers[0]) / run.Dim
	dim := min(run.Dim, len(buffers[0])) // without rows there are no buffers
	f := flow{run: run, flowMemory: &run.flow, x: buffers[0][:dim], eps: buffers[1][:dim], steps: buffers[2][:rows]}
	f.ode.Relative, f.ode.Absolute, f.ode.Longest = tolerance.Relative, tolerance.Absolute, 1
	f.y = slices.Grow(f.y[:0], dim)[:dim]
	clear(f.steps)
	return f
}

// follow takes the rows of x from one level to another, with less or more noise.
func (f *flow) follow(ctx context.Context, x []float32, from, to level) error {
	if from.t == to.t {
		return nil
	}
	for r := range f.steps {
		if err := f.run.before(ctx, from.t); err != nil {
			return err
		}
		row := x[r*len(f.y) : (r+1)*len(f.y)]
		scale, _ := diffusion.PreservingMarginal(from.lambda)
		for j, v := range row {
			f.y[j] = float64(v) * scale / from.alpha
		}
		f.ode.step = float64(f.steps[r])
		if _, err := f.ode.Integrate(f.derivative, f.y, from.lambda, to.lambda); err != nil {
			return f.run.failed("row %d, from t = %v to %v, in lambda from %v to %v: %w", r, from.t, to.t, from.lambda, to.lambda, err)
		}
		f.steps[r] = float32(f.ode.step)
		scale, _ = diffusion.PreservingMarginal(to.lambda)
		for j, v := range f.y {
			row[j] = float32(v * to.alpha / scale)
		}
	}
	return nil
}

// derivative is dy/dλ = s (s y − ε).
func (f *flow) derivative(dy, y []float64, lambda float64) error {
	p := f.run.Model.Process()
	at := levelAt(p, p.Time(lambda))
	a, s := diffusion.PreservingMarginal(lambda)
	for j, v := range y {
		f.x[j] = float32(v * at.alpha / a)
	}
	f.run.epsilon(f.eps, f.x, at)
	for j, v := range y {
		dy[j] = s * (s*v - float64(f.eps[j]))
	}
	return nil
}
