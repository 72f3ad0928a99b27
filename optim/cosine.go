package optim

import "math"

// Cosine raises the rate linearly over Warmup steps and lets it fall along half a cosine until the end of the run
// (Loshchilov and Hutter 2017, without restarts):
//
//	rate·step/Warmup                                    for step = 1 … Warmup
//	rate·(Final + (1 − Final)·(1 + cos(π·progress))/2)  after, progress = (step − peak)/(total − peak), peak = max(Warmup, 1)
//
// Step 1 has rate/Warmup, step Warmup the full rate, and the last step, like every step beyond it, Final·rate. Without a
// warm-up step 1 has the full rate. If the warm-up is not shorter than the run, the rate rises to the end of the run.
//
// It is optax.warmup_cosine_decay_schedule(0, rate, Warmup, total, Final·rate) at count = step, and after the warm-up
// PyTorch's CosineAnnealingLR with T_max = total − peak and eta_min = Final·rate.
type Cosine struct {
	// Rate is the highest learning rate, at least 1e-12 and below 1000.
	Rate float64 `yaml:"rate"`
	// Warmup is the number of training steps in which the rate rises; 0: it starts with the full rate.
	Warmup int64 `yaml:"warmup"`
	// Final is the share of the rate that is left in the last step, from 0 to 1.
	Final float64 `yaml:"final"`
}

// Validate returns the offending key.
func (c *Cosine) Validate() error { return checkFall(c.Rate, c.Warmup, c.Final) }

// At is the rate of a step.
func (c *Cosine) At(step, total int64) float64 {
	left := (1 + math.Cos(math.Pi*progress(step, c.Warmup, total))) / 2
	return c.Rate * ramp(step, c.Warmup) * (c.Final + (1-c.Final)*left)
}

// DependsOnTotal is true: the length of the run stretches the cosine.
func (c *Cosine) DependsOnTotal() bool { return true }
