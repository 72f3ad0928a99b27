package optim

import (
	"slices"

	"euryale/kernel"
)

// EMA is the exponential moving average of the weights over the updates n = 0, 1, ...:
//
//	average ← d·average + (1 − d)·weights, d = Decay(n)
//
// Samples drawn with averaged weights are usually better than those of the last step.
type EMA struct {
	// Average has the layout of the weights.
	Average []float32

	config EMAConfig
}

// NewEMA returns the average of a valid configuration, before its first update: a copy of the weights.
func NewEMA(config EMAConfig, weights []float32) *EMA {
	return &EMA{Average: slices.Clone(weights), config: config}
}

// Decay is the weight of the old average in update n, n being the number of updates before it: the
// configured decay, with a warm-up at most (1+n)/(10+n).
func (e *EMA) Decay(n int64) float64 {
	if e.config.Warmup {
		return min(e.config.Decay, float64(1+n)/float64(10+n))
	}
	return e.config.Decay
}

// Update takes weights[lo:hi] into the average as update n.
func (e *EMA) Update(weights []float32, lo, hi int, n int64) {
	kernel.Lerp(e.Average[lo:hi], weights[lo:hi], float32(1-e.Decay(n)))
}
