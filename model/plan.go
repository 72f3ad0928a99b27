package model

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"euryale/choice"
	"euryale/configs"
	"euryale/diffusion"
	"euryale/diffusion/guidance"
	"euryale/diffusion/solver"
	"euryale/kernel"
	"euryale/objective"
)

// MaxWorkers bounds the workers of a team, and maxRows the samples of a request: rows are numbered in 32 bits.
const (
	MaxWorkers = 1024
	maxRows    = math.MaxInt32
)

// Check returns an error if a request is wrong, before samples are drawn.
func (m *Model) Check(r Request) error {
	_, err := m.plan(r)
	return err
}

// plan checks a request, and chooses the solver and the times.
func (m *Model) plan(r Request) (*sampling, error) {
	s := &sampling{model: m, original: r, request: r, labeled: len(m.SampleSchema(r).Classes) > 0}
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
	if err := s.readWhere(); err != nil {
		return err
	}
	inpaints := s.known.Mask != nil
	if s.chooses() {
		s.known = guidance.Known{} // for candidates nothing is known
	}
	s.dealLabels()
	r = s.request
	if err := r.Sampling.Validate(); err != nil {
		return choice.Within("sample", err)
	}
	if err := solver.CheckVariance(r.Sampling.Solver.Kind, m.objective.(objective.Denoising).LearnsVariance()); err != nil {
		return choice.Within("sample", err)
	}
	if err := m.checkGuidance(r); err != nil {
		return err
	}
	if err := s.encodeKnown(r.Known); err != nil {
		return err
	}
	if err := s.checkStart(); err != nil {
		return err
	}
	prepare := r.Sampling.Prepare
	if r.Invert {
		prepare = r.Sampling.PrepareInverse
	}
	if s.solver, s.process, s.times, err = prepare(m.process); err != nil {
		return choice.Within("sample", err)
	}
	if own, ok := m.objective.(objective.Stepper); ok {
		if s.solver, err = s.ownSolver(own); err != nil {
			return err
		}
	}
	if err := s.checkBetween(); err != nil {
		return err
	}
	if r.Invert && (s.known.Mask != nil || s.chooses()) {
		return errors.New("known coordinates are for drawing samples, not for turning data into noise")
	}
	if s.chooses() && !s.exactly() && inpaints {
		_, err := s.planRepainter(0)
		return err
	}
	if !s.repaints() {
		return nil
	}
	if _, err := s.repaint(); err != nil {
		return choice.Within("sample.repaint", err)
	}
	if jump, steps := r.Sampling.RePaint.JumpLength, len(s.times)-1; jump >= steps {
		return choice.Wrong("sample.repaint.jump_length", "must be below the number of steps, %d, or no jump fits in and nothing is "+
			"resampled; got %d", steps, jump)
	}
	return nil
}

// ownSolver is the solver of an objective that has its own.
func (s *sampling) ownSolver(o objective.Stepper) (solver.Solver, error) {
	name := s.model.Config.Objective.Name()
	switch {
	case s.known.Mask != nil:
		return nil, fmt.Errorf("known coordinates do not go with the objective %s, whose steps are not Gaussian: use the objective mixed, "+
			"or keep of many samples those that fit", name)
	case s.request.Classifier != nil:
		return nil, fmt.Errorf("a classifier of noisy data does not go with the objective %s, whose steps are not Gaussian: guide by the "+
			"labels of the net itself", name)
	}
	own, err := o.Solver(s.request.Sampling.Options)
	return own, choice.Within("sample", err)
}

// dealLabels deals out labels where the request has none and the classes of a table are given to the net. Those of candidates go
// on for ever. Those that are repainted get them by the classes of all rows, until newSampling does it better.
func (s *sampling) dealLabels() {
	r := &s.request
	n := r.N
	if s.chooses() {
		n = maxRows
	}
	if labels := s.model.usualLabels(*r, n); labels != nil {
		r.Labels, s.dealWhere = labels, len(s.fixed) > 0 && !s.chooses()
	}
}

// checkStart checks the rows that a request starts from.
func (s *sampling) checkStart() error {
	m, r := s.model, s.request
	given := r.From != nil || r.Rows != nil
	switch {
	case r.From != nil && r.Invert:
		return errors.New("an inversion ends with noise and starts from rows of data: give Rows, not From")
	case r.From != nil && r.Rows != nil:
		return errors.New("samples start from noise (From) or from rows of data (Rows), not from both")
	case r.Rows != nil && !r.Invert && r.Sampling.Start != solver.StartMarginal:
		return errors.New("rows of data are for an inversion or for a start from the marginal (sample.start)")
	case given && s.chooses():
		return errors.New("samples that start from given rows cannot be chosen by the cells of Where")
	case r.From != nil && len(r.From) != r.N*m.Dim():
		return fmt.Errorf("%d samples start from %d rows of %d numbers, got %d numbers", r.N, r.N, m.Dim(), len(r.From))
	case r.Rows != nil && len(r.Rows.Real) != r.N*m.Schema.Dim():
		return fmt.Errorf("%d samples start from %d rows of %d numbers, got %d numbers", r.N, r.N, m.Schema.Dim(), len(r.Rows.Real))
	case r.Rows != nil && (len(r.Rows.Index) != r.N*m.Schema.Indices() || r.Rows.Rows != r.N):
		return fmt.Errorf("%d samples start from %d rows of %d categories, got %d rows with %d categories", r.N, r.N, m.Schema.Indices(),
			r.Rows.Rows, len(r.Rows.Index))
	}
	return nil
}

// encodeKnown encodes what is known of every sample.
func (s *sampling) encodeKnown(known map[int]float64) error {
	m := s.model
	if len(known) == 0 {
		return nil
	}
	if m.Table() != nil {
		return errors.New("known coordinates (Known) are those of points; of a table, give cells of columns (Where)")
	}
	coordinates, row := slices.Sorted(maps.Keys(known)), make([]float32, m.Schema.Dim())
	for _, i := range coordinates {
		if i < 0 || i >= m.Dim() {
			return fmt.Errorf("known coordinates must be from 0 to %d, got %d", m.Dim()-1, i)
		}
		row[i] = float32(known[i])
	}
	x, err := m.Encode(row)
	if err != nil {
		return err
	}
	values := make([]float32, len(coordinates))
	for k, i := range coordinates {
		values[k] = x[i]
	}
	s.know(coordinates, values)
	return nil
}

// checkGuidance checks labels, weight and classifier against what the net has learned.
func (m *Model) checkGuidance(r Request) error {
	c := r.Classifier
	switch {
	case c != nil && c.Denoises():
		return fmt.Errorf("the run %s holds a denoiser, expected a classifier of noisy data", c.Config.Name)
	case c != nil && (c.Dim() != m.Dim() || !sameProcess(c, m)):
		return fmt.Errorf("the classifier of %s was trained on a different process from %s", c.Config.Name, m.Config.Name)
	case len(r.Labels) > 0 && r.Sampling.Guidance.Label >= 0:
		return choice.Wrong("sample.guidance.label", "must be -1 in a request with Labels, got %d", r.Sampling.Guidance.Label)
	}
	facts := guidance.Facts{
		Classes: len(m.Schema.Classes), NetKnowsLabels: m.net.UsesLabels(), TrainedWithoutLabels: m.Config.Train.LabelDropout > 0,
		Classifier: c != nil,
	}
	labels := r.Labels[:min(len(r.Labels), r.N)]
	if len(labels) == 0 {
		return choice.Within("sample.guidance", r.Sampling.Guidance.Check(facts))
	}
	for _, label := range slices.Compact(slices.Sorted(slices.Values(labels))) {
		o := r.Sampling.Guidance
		o.Label = int(label)
		if err := o.Check(facts); err != nil {
			return choice.Within("sample.guidance", err)
		}
		if label < -1 {
			return fmt.Errorf("labels must be at least 0, or -1 for none, got %d", label)
		}
	}
	return nil
}

// sameProcess reports whether two models add noise alike.
func sameProcess(a, b *Model) bool {
	p, q := a.objective.Parameterization(), b.objective.Parameterization()
	return p.ScaleInput == q.ScaleInput && (!p.ScaleInput || p.SigmaData == q.SigmaData) && configs.SameProcess(a.Config, b.Config)
}

// newModel wraps the net for one worker: guided, and at the scale of the solver. The label changes from piece to piece.
func (s *sampling) newModel(w *samplingWorker, scratch *kernel.Scratch) (*diffusion.Model, error) {
	m, c, weight := s.model, s.request.Classifier, s.request.Sampling.Guidance.Weight
	label := s.request.label(0)
	ofNet := label
	if c != nil { // the label is the classifier's
		ofNet = -1
	}
	var err error
	if w.net, err = m.newNet(ofNet, &w.rows, scratch); err != nil {
		return nil, err
	}
	q, net := m.objective.Parameterization(), m.denoiser(w.net)
	switch {
	case c != nil:
		classifies, err := c.newClassifier()
		if err != nil {
			return nil, err
		}
		w.classifier = &classifier{by: classifies, process: c.process, Parameterization: c.objective.Parameterization(), label: label}
		if net, err = guidance.NewClassifierGuided(net, w.classifier, m.process, q, weight, label); err != nil {
			return nil, err
		}
	case weight != 0:
		without, err := m.newDenoiser(-1, &w.rows, scratch)
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

// Denoises reports whether the net is a denoiser rather than a classifier of noisy data.
func (m *Model) Denoises() bool {
	_, ok := m.objective.(objective.Denoising)
	return ok
}

// TakesLabels reports whether the net depends on a label.
func (m *Model) TakesLabels() bool { return m.net.UsesLabels() }
