package previews

import "euryale/model"

// The samples of a preview without a number in the configuration, and the most steps of the solver: as many as make a picture that
// shows what was learned, in about a hundredth of the time of the training.
const (
	usualRows, usualImages = 1000, 36
	mostSteps, imageSteps  = 20, 10
)

// Request is what a preview draws of a model: n samples, or the usual number for −1, with the run's seed and solver, but with few
// steps. A solver that cannot run with so few draws as it would otherwise. Classes are dealt out where the net takes them.
func Request(m *model.Model, n int) model.Request {
	rows, steps := usualRows, mostSteps
	if m.Image() != nil {
		rows, steps = usualImages, imageSteps
	}
	if n < 0 {
		n = rows
	}
	r := m.Request(n)
	if m.TakesLabels() && r.Sampling.Guidance.Label < 0 && m.Table() == nil {
		r.Labels = m.BalancedLabels()
	}
	few := r
	if chain := m.Process().Steps(); chain > 0 {
		steps = min(steps, chain)
	}
	listed := len(r.Sampling.Times) > 0 && len(r.Sampling.Times) <= steps+1
	if s := &few.Sampling; !listed && (s.Steps == 0 || s.Steps > steps) {
		s.Steps, s.Times = steps, nil
	}
	if m.Check(few) != nil {
		return r
	}
	return few
}
