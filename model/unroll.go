package model

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"euryale/choice"
	"euryale/configs"
	"euryale/diffusion"
	"euryale/diffusion/guidance"
	"euryale/diffusion/solver"
	"euryale/diffusion/unroll"
	"euryale/objective"
)

// Unrolled is how a model draws samples without noise in its steps, written out for a program that has no solvers.
type Unrolled struct {
	*unroll.Program
	// Start is what standard normal numbers are multiplied by to be x at the first time.
	Start float64
	Bound solver.Bound
	// Times are those of the process that x goes through.
	Times []float64
	// Guided is whether net 1 of the Program, which is given no label, is evaluated beside net 0.
	Guided bool
}

// Unroll writes sampling out. The outputs of the Program's nets are the prediction of the objective: the first Dim of the net's
// outputs. Where the net takes labels, net 0 is given that of each sample, so Guidance.Label has no effect. A solver that
// draws noise, or has no fixed steps, is an error that names those that can be written out.
func (m *Model) Unroll(ctx context.Context, sampling configs.Sample) (*Unrolled, error) {
	r := m.Request(1)
	r.Sampling = sampling
	if m.TakesLabels() {
		r.Sampling.Guidance.Label = 0 // stands for all of them
	}
	s, err := m.plan(r)
	if err != nil {
		return nil, err
	}
	if sampling.Start != solver.StartPrior {
		return nil, choice.Wrong("sample.start", "must be prior for a sampler that is written out, got %s: the rows of the data are no part "+
			"of it", sampling.Start)
	}
	if !m.PredictsDirectly() {
		return nil, fmt.Errorf("model: the objective %s cannot be written out: it computes the prediction from the outputs of the net, and "+
			"only those of denoise and hybrid are the prediction", m.Config.Objective.Name())
	}
	u := &Unrolled{Start: s.process.PriorDeviation(), Bound: sampling.Bound(), Times: s.times, Guided: sampling.Guidance.Weight != 0}
	if _, _, last := s.process.Span(); s.times[0] < last { // as in start
		size := func(t float64) float64 { return math.Hypot(s.process.Marginal(t)) }
		u.Start *= size(s.times[0]) / size(last)
	}
	u.Program, err = s.unroll(ctx)
	noise, adaptive := (*unroll.NoiseError)(nil), (*unroll.AdaptiveError)(nil)
	switch {
	case errors.As(err, &noise):
		return nil, choice.Wrong("sample.solver", "must draw no noise and take fixed steps to be written out, but %s draws noise with these "+
			"settings; choose one of %s", noise.Solver, strings.Join(s.unrollable(ctx), ", "))
	case errors.As(err, &adaptive):
		return nil, choice.Wrong("sample.solver", "must draw no noise and take fixed steps to be written out, but the steps of %s depend on "+
			"the samples; choose one of %s", adaptive.Solver, strings.Join(s.unrollable(ctx), ", "))
	case errors.Is(err, unroll.ErrTooLong):
		return nil, choice.Wrong("sample.steps", "must be fewer: written out, the net may be evaluated %d times at most", unroll.MaxEvaluations)
	}
	return u, err
}

// unroll records the solver of a request.
func (s *sampling) unroll(ctx context.Context) (*unroll.Program, error) {
	m, o := s.model, s.request.Sampling
	recorder := new(unroll.Recorder)
	net := recorder.Net(0)
	var err error
	if o.Guidance.Weight != 0 {
		if net, err = guidance.NewClassifierFree(net, recorder.Net(1), o.Guidance.Weight, o.Guidance.Interval(m.process)); err != nil {
			return nil, fmt.Errorf("model: %w", err)
		}
	}
	wrapped, err := diffusion.NewModel(net, m.process, m.objective.Parameterization())
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	if s.process != m.process {
		wrapped = wrapped.Rescaled(s.process)
	}
	p, err := recorder.Record(ctx, s.solver, wrapped, s.times, o.Bound())
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	return p, nil
}

// unrollable names the solvers that can be written out in place of that of a request.
func (s *sampling) unrollable(ctx context.Context) (names []string) {
	for _, entry := range solver.Solvers() {
		r := s.request
		r.Sampling.Solver = solver.Solvers().Choose(entry.Name)
		r.Sampling.Times, r.Sampling.Steps = nil, 4
		other, err := s.model.plan(r)
		if err == nil {
			_, err = other.unroll(ctx)
		}
		if err == nil {
			names = append(names, entry.Name)
		}
	}
	return names
}

// PredictsDirectly reports whether the first Dim outputs of the net are the prediction of the objective.
func (m *Model) PredictsDirectly() bool {
	if _, ok := m.objective.(objective.Stepper); ok || !m.Denoises() {
		return false
	}
	outputs := counting(m.objective.Outputs())
	if int(outputs) < m.Dim() {
		return false
	}
	x, dst := make([]float32, m.Dim()), make([]float32, m.Dim())
	_, _, last := m.process.Span()
	m.objective.(objective.Denoising).Denoiser(outputs).Predict(dst, x, last)
	for i, v := range dst {
		if v != float32(1+i) {
			return false
		}
	}
	return true
}

// counting is a net whose outputs are 1, 2, 3, …: so many.
type counting int

// Run implements objective.Net.
func (n counting) Run(dst, _ []float32, _ float64) {
	for i := range dst {
		dst[i] = float32(1 + i%int(n))
	}
}

// Tangent implements objective.Net.
func (counting) Tangent([]float32, []float32, []float32, []float32, float64) {}

// Gradient implements objective.Net.
func (counting) Gradient([]float32, []float32, float64, func(int, []float32, []float32)) {}
