package optim

// Linear raises the rate linearly over Warmup steps and lets it fall linearly until the end of the run:
//
//	rate·step/Warmup                                 for step = 1 … Warmup
//	rate·(Final + (1 − Final)·(1 − progress))        after, progress = (step − peak)/(total − peak), peak = max(Warmup, 1)
//
// Step 1 has rate/Warmup, step Warmup the full rate, and the last step, like every step beyond it, Final·rate. Without a
// warm-up step 1 has the full rate. If the warm-up is not shorter than the run, the rate rises to the end of the run.
//
// After the warm-up it is PyTorch's LinearLR with start_factor 1, end_factor Final and total_iters = total − peak.
type Linear struct {
	// Rate is the highest learning rate, at least 1e-12 and below 1000.
	Rate float64 `yaml:"rate"`
	// Warmup is the number of training steps in which the rate rises; 0: it starts with the full rate.
	Warmup int64 `yaml:"warmup"`
	// Final is the share of the rate that is left in the last step, from 0 to 1.
	Final float64 `yaml:"final"`
}

// Validate returns the offending key.
func (l *Linear) Validate() error { return checkFall(l.Rate, l.Warmup, l.Final) }

// At is the rate of a step.
func (l *Linear) At(step, total int64) float64 {
	left := 1 - progress(step, l.Warmup, total)
	return l.Rate * ramp(step, l.Warmup) * (l.Final + (1-l.Final)*left)
}

// DependsOnTotal is true: the length of the run stretches the fall.
func (l *Linear) DependsOnTotal() bool { return true }
