package train

import (
	"fmt"
	"math"
	"slices"

	"euryale/diffusion"
	"euryale/diffusion/guidance"
	"euryale/diffusion/solver"
	"euryale/kernel"
)

// MaxWorkers bounds the workers of a team, and maxRows the samples of a call: rows are numbered in 32 bits.
const (
	MaxWorkers = 1024
	maxRows    = math.MaxInt32
)

// Check says what is wrong with the options, if anything is, before samples are drawn.
func (m *Model) Check(o SampleOptions) error {
	_, err := m.plan(o)
	return err
}

// plan checks the options, and says by which solver and through which times samples will come.
func (m *Model) plan(o SampleOptions) (*sampling, error) {
	if _, err := kernel.Path(); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	if !m.Denoises() {
		return nil, fmt.Errorf("train: the run %s holds a classifier, which draws no samples; a denoiser's samples can be guided by it", m.Config.Name)
	}
	if o.N < 1 {
		return nil, fmt.Errorf("train: the number of samples must be at least 1, got %d", o.N)
	}
	if o.N > maxRows {
		return nil, fmt.Errorf("train: the number of samples must be at most %d, got %d", maxRows, o.N)
	}
	if o.Workers > MaxWorkers {
		return nil, fmt.Errorf("train: the number of workers must be at most %d, got %d", MaxWorkers, o.Workers)
	}
	if o.Sampling.Steps == 0 && m.process.Steps() == 0 {
		o.Sampling.Steps = m.Config.Diffusion.Steps
	}
	if key, err := o.Sampling.Validate(); err != nil {
		return nil, fmt.Errorf("train: sample.%s %w", key, err)
	}
	if err := m.checkGuidance(o); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	s := &sampling{model: m, options: o}
	if len(o.Known) > 0 {
		s.known = guidance.Known{Mask: make([]bool, m.Dim()), Values: make([]float32, m.Dim())}
		for i, v := range o.Known {
			if i < 0 || i >= m.Dim() {
				return nil, fmt.Errorf("train: known coordinates must be from 0 to %d, got %d", m.Dim()-1, i)
			}
			s.known.Mask[i], s.known.Values[i] = true, float32(v)
		}
	}
	var err error
	if s.solver, s.process, s.times, err = solver.Prepare(m.process, o.Sampling); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	if o.Invert {
		if err := s.invert(); err != nil {
			return nil, fmt.Errorf("train: %w", err)
		}
	}
	if s.repaints() && o.Sampling.Sampler != "ancestral" {
		return nil, fmt.Errorf("train: sample.repaint.resample is %d, but RePaint takes ancestral steps: sample.sampler must be ancestral, got %s", o.Sampling.RePaint.Resample, o.Sampling.Sampler)
	}
	return s, nil
}

// invert turns the solver and its times round.
func (s *sampling) invert() error {
	switch by := s.solver.(type) {
	case solver.DDIM:
		if by.Eta != 0 {
			return fmt.Errorf("sample.eta must be 0 to turn data into noise: noise that ddim adds cannot be undone")
		}
		s.solver = solver.DDIMInversion{}
	case solver.RK45:
		s.solver = solver.ODEInversion(by)
	default:
		return fmt.Errorf("sample.sampler must be ddim or rk45 to turn data into noise, got %s", s.options.Sampling.Sampler)
	}
	if s.known.Mask != nil {
		return fmt.Errorf("known coordinates are for drawing samples, not for turning data into noise")
	}
	slices.Reverse(s.times)
	return s.solver.Check(s.process, s.times)
}

// checkGuidance holds label, weight and classifier against what the net has learned.
func (m *Model) checkGuidance(o SampleOptions) error {
	label, classes, c := o.Sampling.Label, m.Config.Data.Classes(), o.Classifier
	switch {
	case label >= 0 && classes == 0:
		return fmt.Errorf("the label must be -1: the points of data.name %s have none", m.Config.Data.Name)
	case label >= classes:
		return fmt.Errorf("the label must be -1 for none or from 0 to %d, got %d", classes-1, label)
	case c != nil && c.Denoises():
		return fmt.Errorf("the run %s holds a denoiser, expected a classifier of noisy data", c.Config.Name)
	case c != nil && (c.Dim() != m.Dim() || !sameProcess(c, m)):
		return fmt.Errorf("the classifier of %s was trained on another process than %s", c.Config.Name, m.Config.Name)
	case c != nil && (label < 0 || o.Sampling.Guidance == 0):
		return fmt.Errorf("guidance by a classifier needs a label and a weight")
	case c != nil && m.Config.Net.Labels && m.Config.Train.LabelDropout == 0:
		return fmt.Errorf("guidance by a classifier needs a net that was also trained without labels (train.label_dropout)")
	case c == nil && label >= 0 && !m.Config.Net.Labels:
		return fmt.Errorf("the net knows no labels (net.labels): a label needs a classifier that guides to it")
	case c == nil && label < 0 && m.Config.Net.Labels && m.Config.Train.LabelDropout == 0:
		return fmt.Errorf("the net needs a label: it was never trained without one (train.label_dropout)")
	case c == nil && o.Sampling.Guidance != 0 && (label < 0 || m.Config.Train.LabelDropout == 0):
		return fmt.Errorf("guidance needs a label, and a net that was also trained without labels (train.label_dropout)")
	}
	return nil
}

// newModel wraps the net for one worker: guided, and at the scale of the solver.
func (s *sampling) newModel(w *samplingWorker) (*diffusion.Model, error) {
	m, c := s.model, s.options.Classifier
	label, weight := s.options.Sampling.Label, s.options.Sampling.Guidance
	own := label
	if c != nil { // the classifier's label, not the net's
		own = -1
	}
	var net diffusion.Denoiser
	net, err := m.newDenoiser(own, &w.rows)
	if err != nil {
		return nil, err
	}
	switch {
	case c != nil:
		by := &classifier{forward: c.net.NewForward(c.weights), process: c.process, Parameterisation: c.Parameterisation}
		if net, err = guidance.NewClassifierGuided(net, by, m.process, m.Parameterisation, weight, label); err != nil {
			return nil, err
		}
	case weight != 0:
		without, err := m.newDenoiser(-1, &w.rows)
		if err != nil {
			return nil, err
		}
		if net, err = guidance.NewClassifierFree(net, without, weight, s.guided()); err != nil {
			return nil, err
		}
	}
	model, err := diffusion.NewModel(net, m.process, m.Parameterisation)
	if err != nil || s.process == m.process {
		return model, err
	}
	return model.Rescaled(s.process), nil
}

// guided is where guidance acts.
func (s *sampling) guided() guidance.Interval {
	least, most := s.options.Sampling.GuidanceMin, s.options.Sampling.GuidanceMax
	if least == 0 && most == 0 {
		return guidance.Interval{}
	}
	return guidance.Interval{Process: s.model.process, Least: least, Most: most}
}

// sameProcess says whether two models noise data alike.
func sameProcess(a, b *Model) bool {
	of := func(m *Model) diffusion.Config {
		c := m.Config.Diffusion
		return diffusion.Config{Process: c.Process, Steps: c.Steps, Schedule: c.Schedule, Continuous: c.Continuous, Sigma: c.Sigma,
			ScaleInput: c.ScaleInput, DataDeviation: c.DataDeviation}
	}
	return of(a) == of(b)
}

// repaints says whether known coordinates are painted around by RePaint.
func (s *sampling) repaints() bool {
	return s.known.Mask != nil && s.options.Sampling.RePaint.Resample > 1
}

// repaint is the solver of one worker that paints around what is known. It is checked by plan.
func (s *sampling) repaint() *guidance.RePaint {
	c := s.options.Sampling
	variance, _ := c.AncestralVariance()
	return &guidance.RePaint{Known: s.known, Variance: variance, JumpLength: c.RePaint.JumpLength, Resample: c.RePaint.Resample}
}
