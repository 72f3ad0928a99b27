package optim

import (
	"math"

	"euryale/choice"
)

// StepDecay multiplies the rate by a factor at regular intervals:
//
//	rate·Factor^⌊(step − 1)/Every⌋
//
// Steps 1 … Every have the full rate, the next Every steps Factor times that, and so on without end. It is PyTorch's
// StepLR with step_size Every and gamma Factor, whose epoch counts from 0.
type StepDecay struct {
	// Rate is the learning rate of the first interval, at least 1e-12 and below 1000.
	Rate float64 `yaml:"rate"`
	// Every is the length of an interval in training steps. A run that is shorter keeps the first rate.
	Every int64 `yaml:"every"`
	// Factor multiplies the rate after each interval, from 1e-6 to 1.
	Factor float64 `yaml:"factor"`
}

// Validate returns the offending key.
func (s *StepDecay) Validate() error {
	switch {
	case s.Every < 1:
		return choice.Wrong("every", "must be at least 1 step, got %d", s.Every)
	case !(s.Factor >= 1e-6 && s.Factor <= 1):
		return choice.Wrong("factor", "must be from 1e-6 to 1, got %v", s.Factor)
	}
	return checkRate(s.Rate)
}

// At is the rate of a step.
func (s *StepDecay) At(step, _ int64) float64 {
	return s.Rate * math.Pow(s.Factor, float64((step-1)/s.Every))
}
