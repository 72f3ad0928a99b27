package diffusion

import (
	"fmt"
	"slices"

	"euryale/kernel"
)

// Denoiser is a network as a Model sees it.
type Denoiser interface {
	// Predict fills dst with the prediction for x, both [rows, dim]. All rows share one time t of the process,
	// from its first to its last. Row r of dst depends on row r of x and on t only, whatever else is in the batch.
	// dst and x do not overlap.
	Predict(dst, x []float32, t float64)
}

// Differentiable is a denoiser that can also differentiate its prediction with respect to x.
type Differentiable interface {
	Denoiser
	// PredictTangent fills dst with the prediction for x and tangent with its derivative in the direction v,
	// J·v, all [rows, dim].
	PredictTangent(dst, tangent, x, v []float32, t float64)
}

// VariancePredictor is a denoiser that also predicts where the variance of a reverse step lies between its
// bounds (Nichol and Dhariwal 2021, equation 15).
type VariancePredictor interface {
	Denoiser
	// PredictVariance fills dst with the prediction for x and v with numbers from −1, the lower bound β̃, to 1,
	// the upper bound β, all [rows, dim].
	PredictVariance(dst, v, x []float32, t float64)
}

// Model is a denoiser together with the process it was trained on and the meaning of its output. It converts
// to any prediction, so a solver does not depend on which one the network makes. It has buffers: each goroutine
// makes its own.
type Model struct {
	denoiser Denoiser
	process  Process // the one that x belongs to
	trained  Process // the one that the denoiser was trained on, with the same times
	Parameterization
	input []float32 // buffer for the denoiser's input
}

// NewModel wraps a denoiser.
func NewModel(denoiser Denoiser, process Process, q Parameterization) (*Model, error) {
	if denoiser == nil || process == nil {
		return nil, fmt.Errorf("a model needs a denoiser and a process")
	}
	if err := q.Check(process); err != nil {
		return nil, err
	}
	return &Model{denoiser: denoiser, process: process, trained: process, Parameterization: q}, nil
}

// Process is the process that x belongs to.
func (m *Model) Process() Process { return m.process }

// Denoiser is the denoiser that NewModel wrapped.
func (m *Model) Denoiser() Denoiser { return m.denoiser }

// Rescaled returns the same model for x of the process to, which is Preserving or Exploding of the model's process.
func (m *Model) Rescaled(to Process) *Model {
	return &Model{denoiser: m.denoiser, process: to, trained: m.trained, Parameterization: m.Parameterization}
}

// networkInput returns the denoiser's input for x, and the factor between the two.
func (m *Model) networkInput(x []float32, t float64) (input []float32, factor float64) {
	alpha, sigma := m.trained.Marginal(t)
	factor = m.InputScale(alpha, sigma)
	if m.process != m.trained {
		_, rescaled := m.process.Marginal(t)
		factor *= sigma / rescaled
	}
	if factor == 1 {
		return x, 1
	}
	m.input = slices.Grow(m.input[:0], len(x))[:len(x)]
	copy(m.input, x)
	scale(m.input, factor)
	return m.input, factor
}

// convert returns a and b of want = a x + b output at t.
func (m *Model) convert(want Prediction, t float64) (a, b float64) {
	alpha, sigma := m.process.Marginal(t)
	if m.process == m.trained {
		return m.Convert(want, alpha, sigma)
	}
	q := m.Parameterization
	q.Prediction = want
	e, f := q.Coefficients(alpha, sigma)
	trainedAlpha, trainedSigma := m.trained.Marginal(t)
	a, b = m.solve(e, f, trainedAlpha, trainedSigma)
	return a * trainedSigma / sigma, b
}

// Predict fills dst with the wanted prediction for x, both [rows, dim]. dst and x must not overlap. At a time
// between the data and the network's first, the network is evaluated at its first time.
func (m *Model) Predict(dst, x []float32, t float64, want Prediction) {
	input, _ := m.networkInput(x, t)
	m.denoiser.Predict(dst, input, m.networkTime(t))
	m.finish(dst, x, t, want)
}

// networkTime is the time at which the network is evaluated for t.
func (m *Model) networkTime(t float64) float64 {
	_, first, _ := m.process.Span()
	return max(t, first)
}

func (m *Model) finish(dst, x []float32, t float64, want Prediction) {
	if want == m.Prediction && m.process == m.trained {
		return
	}
	a, b := m.convert(want, t)
	kernel.Combine2(dst, float32(a), x, float32(b), dst)
}

// Epsilon fills dst with the noise ε in x.
func (m *Model) Epsilon(dst, x []float32, t float64) { m.Predict(dst, x, t, Epsilon) }

// X0 fills dst with the data x_0 behind x.
func (m *Model) X0(dst, x []float32, t float64) { m.Predict(dst, x, t, X0) }

// V fills dst with v = α ε − σ x_0.
func (m *Model) V(dst, x []float32, t float64) { m.Predict(dst, x, t, Velocity) }

// Score fills dst with ∇ log q(x_t) = −ε/σ.
func (m *Model) Score(dst, x []float32, t float64) { m.Predict(dst, x, t, Score) }

// FromOutput returns a and b of want = a x + b output, for a solver that works with Output.
func (m *Model) FromOutput(want Prediction, t float64) (a, b float64) { return m.convert(want, t) }

// Output fills dst with the denoiser's output for x, unconverted.
func (m *Model) Output(dst, x []float32, t float64) {
	input, _ := m.networkInput(x, t)
	m.denoiser.Predict(dst, input, m.networkTime(t))
}

// Differentiable reports whether PredictTangent can be used.
func (m *Model) Differentiable() bool {
	_, ok := m.denoiser.(Differentiable)
	return ok
}

// PredictTangent fills dst with the wanted prediction for x and tangent with its derivative in the direction v,
// all [rows, dim]. The denoiser must be Differentiable.
func (m *Model) PredictTangent(dst, tangent, x, v []float32, t float64, want Prediction) {
	input, factor := m.networkInput(x, t)
	m.denoiser.(Differentiable).PredictTangent(dst, tangent, input, v, m.networkTime(t))
	a, b := m.convert(want, t)
	kernel.Combine2(dst, float32(a), x, float32(b), dst)
	kernel.Combine2(tangent, float32(a), v, float32(b*factor), tangent)
}

// PredictsVariance reports whether PredictVariance can be used: the denoiser must be a VariancePredictor, and x must have
// the scale of the process it was trained on.
func (m *Model) PredictsVariance() bool {
	_, ok := m.denoiser.(VariancePredictor)
	return ok && m.process == m.trained
}

// PredictVariance fills dst with the wanted prediction for x, and v with the position of ln σ² of the reverse step
// between ln β̃ (−1) and ln β (1), all [rows, dim]. PredictsVariance must be true.
func (m *Model) PredictVariance(dst, v, x []float32, t float64, want Prediction) {
	input, _ := m.networkInput(x, t)
	m.denoiser.(VariancePredictor).PredictVariance(dst, v, input, m.networkTime(t))
	m.finish(dst, x, t, want)
}
