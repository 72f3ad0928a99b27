package diffusion

import (
	"fmt"

	"euryale/kernel"
)

// Denoiser is a network as a sampler sees it.
type Denoiser interface {
	// Predict fills dst with the prediction for x, both [rows, dim], rows = len(x)/dim. All rows share one
	// time: t = 0 … T−1 of a discrete process. Row r of dst depends on row r of x and on t alone, whatever
	// else is in the batch. dst and x do not overlap.
	Predict(dst, x []float32, t float64)
}

// Model is a denoiser together with the process it was trained on and the meaning of its output. It gives
// any prediction, so that a solver never asks which one the network speaks. It holds no memory of its own;
// goroutines may share it if they may share the denoiser.
type Model struct {
	denoiser   Denoiser
	schedule   *Schedule
	prediction Prediction
}

// NewModel wraps a denoiser.
func NewModel(denoiser Denoiser, schedule *Schedule, prediction Prediction) (*Model, error) {
	if denoiser == nil || schedule == nil {
		return nil, fmt.Errorf("a model needs a denoiser and a schedule")
	}
	if prediction < 0 || int(prediction) >= len(predictionNames) {
		return nil, fmt.Errorf("a model needs a known prediction, got %v", prediction)
	}
	return &Model{denoiser: denoiser, schedule: schedule, prediction: prediction}, nil
}

// Schedule is the process the denoiser was trained on.
func (m *Model) Schedule() *Schedule { return m.schedule }

// Predict fills dst with the wanted prediction for x, both [rows, dim], at t = 0 … T−1. dst and x must not
// overlap.
func (m *Model) Predict(dst, x []float32, t int, want Prediction) {
	m.denoiser.Predict(dst, x, float64(t))
	if want != m.prediction {
		alpha, sigma := m.schedule.Marginal(t)
		a, b := m.prediction.Convert(want, alpha, sigma)
		kernel.Combine2(dst, float32(a), x, float32(b), dst)
	}
}

// Epsilon fills dst with the noise ε in x.
func (m *Model) Epsilon(dst, x []float32, t int) { m.Predict(dst, x, t, Epsilon) }

// X0 fills dst with the data x_0 behind x.
func (m *Model) X0(dst, x []float32, t int) { m.Predict(dst, x, t, X0) }

// V fills dst with v = √ᾱ ε − √(1−ᾱ) x_0.
func (m *Model) V(dst, x []float32, t int) { m.Predict(dst, x, t, Velocity) }

// Score fills dst with ∇ log q(x_t) = −ε/√(1−ᾱ).
func (m *Model) Score(dst, x []float32, t int) { m.Predict(dst, x, t, Score) }
