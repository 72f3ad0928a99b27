package diffusion

import (
	"math"

	"euryale/choice"
)

// Flow is the straight line from data to noise of flow matching (Lipman et al. 2023, "Flow matching for generative
// modeling"; Liu, Gong and Liu 2023, "Flow straight and fast: learning to generate and transfer data with rectified
// flow"):
//
//	x_t = (1−t) x_0 + t ε,   α = 1−t,   σ = t,   λ = ln((1−t)/t),   f = −1/(1−t),   g² = 2t/(1−t).
//
// Its probability-flow ODE is dx/dt = E[ε − x_0 | x_t], so a network that predicts u = ε − x_0 (the prediction
// U) predicts the velocity itself. At t = 1 no signal is left, and f and g are infinite.
type Flow struct {
	// FirstTime is the smallest time of training and sampling, above 0 and below LastTime.
	FirstTime float64 `yaml:"first_time"`
	// LastTime is the largest time of training and sampling, at most 1. At 1 no signal is left, as with zero terminal
	// SNR, and predictions of eps and of the score then do not determine x_0.
	LastTime float64 `yaml:"last_time"`
}

// NewFlow returns a Flow process, or an error if a time is out of its range.
func NewFlow(firstTime, lastTime float64) (Flow, error) {
	p := Flow{firstTime, lastTime}
	return p, p.Validate()
}

// Validate implements ProcessOptions.
func (p Flow) Validate() error {
	switch {
	case !(p.LastTime > 0 && p.LastTime <= 1):
		return choice.Wrong("last_time", "must be above 0 and at most 1, got %v", p.LastTime)
	case !(p.FirstTime > 0 && p.FirstTime < p.LastTime):
		return choice.Wrong(firstTimeKey, "must be above 0 and below last_time (%v), got %v", p.LastTime, p.FirstTime)
	}
	return checkNoise(p)
}

// New implements ProcessOptions: the section is the process itself.
func (p Flow) New() (Process, error) { return valid(p) }

// Span implements Process: 0, FirstTime and LastTime.
func (p Flow) Span() (data, first, last float64) { return 0, p.FirstTime, p.LastTime }

// Steps implements Process.
func (Flow) Steps() int { return 0 }

// Marginal implements Process.
func (p Flow) Marginal(t float64) (alpha, sigma float64) {
	inSpan(t, 0, p.LastTime)
	return 1 - t, t
}

// Lambda implements Process. Both logarithms keep their precision near the ends.
func (p Flow) Lambda(t float64) float64 {
	inSpan(t, 0, p.LastTime)
	return math.Log1p(-t) - math.Log(t)
}

// Time implements Process: t = 1/(1 + e^λ).
func (p Flow) Time(lambda float64) float64 { return min(1/(1+math.Exp(lambda)), p.LastTime) }

// SDE implements Process.
func (p Flow) SDE(t float64) (drift, diffusion float64) {
	inSpan(t, 0, p.LastTime)
	return -1 / (1 - t), math.Sqrt(2 * t / (1 - t))
}

// PriorDeviation implements Process.
func (Flow) PriorDeviation() float64 { return 1 }

// NetworkTime implements Process: 1000 t, as in the FlowMatchEulerDiscreteScheduler of Hugging Face's diffusers.
func (Flow) NetworkTime(t float64) float64 { return 1000 * t }
