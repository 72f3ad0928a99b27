package model

import (
	"fmt"
	"math"

	"euryale/choice"
	"euryale/configs"
	"euryale/diffusion"
	"euryale/diffusion/guidance"
	"euryale/diffusion/solver"
	"euryale/objective"
)

// MaxWorkers bounds the workers of a team, and maxRows the samples of a request: rows are numbered in 32 bits.
const (
	MaxWorkers = 1024
	maxRows    = math.MaxInt32
)

// Check reports what is wrong with a request, if anything is, before samples are drawn.
func (m *Model) Check(r Request) error {
	_, err := m.plan(r)
	return err
}

// plan checks a request, and decides by which solver and through which times samples will come.
func (m *Model) plan(r Request) (*sampling, error) {
	s := &sampling{model: m, request: r}
	if err := s.prepare(); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	return s, nil
}

func (s *sampling) prepare() (err error) {
	m, r := s.model, s.request
	switch {
	case !m.Denoises():
		return fmt.Errorf("the run %s holds a classifier, which draws no samples; a denoiser's samples can be guided by it", m.Config.Name)
	case r.N < 1:
		return fmt.Errorf("the number of samples must be at least 1, got %d", r.N)
	case r.N > maxRows:
		return fmt.Errorf("the number of samples must be at most %d, got %d", maxRows, r.N)
	case r.Workers > MaxWorkers:
		return fmt.Errorf("the number of workers must be at most %d, got %d", MaxWorkers, r.Workers)
	}
	if err := r.Sampling.Validate(); err != nil {
		return choice.Within("sample", err)
	}
	if solver.LearnsVariance(r.Sampling.Solver.Kind) && !m.objective.(objective.Denoising).LearnsVariance() {
		return choice.Wrong("sample.solver.variance", "must not be learned unless the net learns it: objective hybrid")
	}
	if err := m.checkGuidance(r); err != nil {
		return err
	}
	if err := s.know(r.Known); err != nil {
		return err
	}
	prepare := r.Sampling.Prepare
	if r.Invert {
		prepare = r.Sampling.PrepareInverse
	}
	if s.solver, s.process, s.times, err = prepare(m.process); err != nil {
		return choice.Within("sample", err)
	}
	if r.Invert && s.known.Mask != nil {
		return fmt.Errorf("known coordinates are for drawing samples, not for turning data into noise")
	}
	if s.repaints() {
		if _, err := s.repaint(); err != nil {
			return choice.Within("sample.repaint", err)
		}
	}
	return nil
}

// know encodes what is known of every sample.
func (s *sampling) know(known map[int]float64) error {
	if len(known) == 0 {
		return nil
	}
	m := s.model
	s.known = guidance.Known{Mask: make([]bool, m.Dim()), Values: make([]float32, m.Dim())}
	for i, v := range known {
		if i < 0 || i >= m.Dim() {
			return fmt.Errorf("known coordinates must be from 0 to %d, got %d", m.Dim()-1, i)
		}
		encoded, err := m.encodeNumber(i, v)
		if err != nil {
			return err
		}
		s.known.Mask[i], s.known.Values[i] = true, encoded
	}
	return nil
}

// checkGuidance holds label, weight and classifier against what the net has learned.
func (m *Model) checkGuidance(r Request) error {
	c := r.Classifier
	switch {
	case c != nil && c.Denoises():
		return fmt.Errorf("the run %s holds a denoiser, expected a classifier of noisy data", c.Config.Name)
	case c != nil && (c.Dim() != m.Dim() || !sameProcess(c, m)):
		return fmt.Errorf("the classifier of %s was trained on a different process from %s", c.Config.Name, m.Config.Name)
	}
	return choice.Within("sample.guidance", r.Sampling.Guidance.Check(guidance.Facts{
		Classes: len(m.Schema.Classes), NetKnowsLabels: m.net.UsesLabels(), TrainedWithoutLabels: m.Config.Train.LabelDropout > 0, Classifier: c != nil,
	}))
}

// sameProcess reports whether two models noise data alike.
func sameProcess(a, b *Model) bool {
	p, q := a.objective.Parameterization(), b.objective.Parameterization()
	return p.ScaleInput == q.ScaleInput && (!p.ScaleInput || p.SigmaData == q.SigmaData) && configs.SameProcess(a.Config, b.Config)
}

// newModel wraps the net for one worker: guided, and at the scale of the solver.
func (s *sampling) newModel(w *samplingWorker) (*diffusion.Model, error) {
	m, c := s.model, s.request.Classifier
	label, weight := s.request.Sampling.Guidance.Label, s.request.Sampling.Guidance.Weight
	own := label
	if c != nil { // the classifier's label, not the net's
		own = -1
	}
	net, err := m.newDenoiser(own, &w.rows)
	if err != nil {
		return nil, err
	}
	q := m.objective.Parameterization()
	switch {
	case c != nil:
		classifies, err := c.newClassifier()
		if err != nil {
			return nil, err
		}
		by := &classifier{by: classifies, process: c.process, Parameterization: c.objective.Parameterization()}
		if net, err = guidance.NewClassifierGuided(net, by, m.process, q, weight, label); err != nil {
			return nil, err
		}
	case weight != 0:
		without, err := m.newDenoiser(-1, &w.rows)
		if err != nil {
			return nil, err
		}
		if net, err = guidance.NewClassifierFree(net, without, weight, s.request.Sampling.Guidance.Interval(m.process)); err != nil {
			return nil, err
		}
	}
	model, err := diffusion.NewModel(net, m.process, q)
	if err != nil || s.process == m.process {
		return model, err
	}
	return model.Rescaled(s.process), nil
}

// repaints reports whether known coordinates are inpainted by RePaint.
func (s *sampling) repaints() bool {
	return s.known.Mask != nil && s.request.Sampling.RePaint.Resample > 1
}

// repaint is the solver of one worker that inpaints around what is known.
func (s *sampling) repaint() (solver.Solver, error) {
	return guidance.NewRePaint(s.request.Sampling.RePaint, s.known, s.solver)
}

// Denoises reports whether the net is a denoiser, and not a classifier of noisy data.
func (m *Model) Denoises() bool {
	_, ok := m.objective.(objective.Denoising)
	return ok
}
