package optim

import "euryale/choice"

// Warmup raises the rate linearly and then keeps it (Goyal et al. 2017):
//
//	rate·step/Steps for step = 1 … Steps, then rate
//
// Step 1 has rate/Steps, step Steps the whole rate. It is PyTorch's LinearLR with start_factor 1/Steps and total_iters
// Steps−1, whose epoch counts from 0.
type Warmup struct {
	// Rate is the learning rate after the warm-up, at least 1e-12 and below 1000.
	Rate float64 `yaml:"rate"`
	// Steps is the length of the warm-up in training steps. A run that is shorter never reaches the full rate.
	Steps int64 `yaml:"steps"`
}

// Validate returns the offending key.
func (w *Warmup) Validate() error {
	if w.Steps < 1 {
		return choice.Wrong("steps", "must be at least 1, got %d", w.Steps)
	}
	return checkRate(w.Rate)
}

// At is the rate of a step.
func (w *Warmup) At(step, _ int64) float64 { return w.Rate * ramp(step, w.Steps) }
