package optim

import (
	"slices"

	"euryale/choice"
	"euryale/kernel"
)

// EMA keeps the exponential moving average of the weights over the updates n = 0, 1, …:
//
//	average ← d·average + (1 − d)·weights
//
// Samples drawn with averaged weights are usually better than those of the last step. The weights are not changed.
type EMA struct {
	// Decay is the weight d of the old average, above 0 and at most 0.9999999.
	Decay float64 `yaml:"decay"`
	// Warmup limits the decay of update n (n = 0, 1, …) to (1+n)/(10+n), so that the random initial weights are soon
	// forgotten.
	Warmup bool `yaml:"warmup"`
}

// Validate returns the offending key.
func (e *EMA) Validate() error {
	if !(e.Decay > 0 && e.Decay <= mostDecay) {
		return choice.Wrong("decay", "must be above 0 and at most %v (leave ema out to average nothing), got %v", mostDecay, e.Decay)
	}
	return nil
}

// Phase reports that the average takes in the weights after they moved.
func (e *EMA) Phase() Phase { return Follows }

// New returns the transform with a copy of the weights as the average.
func (e *EMA) New(weights []float32) Transform { return &ema{EMA: *e, average: slices.Clone(weights)} }

// decayOf is the weight of the old average in update n, n being the number of updates before it: the configured decay,
// with a warm-up at most (1+n)/(10+n).
func (e *EMA) decayOf(n int64) float64 {
	if e.Warmup {
		return min(e.Decay, float64(1+n)/float64(10+n))
	}
	return e.Decay
}

// ema is EMA at work.
type ema struct {
	EMA
	average []float32
	weight  float32 // of the new weights in the step
}

func (e *ema) Begin(s *Step) { e.weight = float32(1 - e.decayOf(s.Number-1)) }

func (e *ema) Apply(weights, _ []float32, lo, hi int) {
	kernel.Lerp(e.average[lo:hi], weights[lo:hi], e.weight)
}

func (e *ema) State() []Array             { return []Array{{"ema.", e.average}} }
func (e *ema) Average() []float32         { return e.average }
func (e *ema) DecayAt(step int64) float64 { return e.decayOf(step - 1) }

func (e *ema) Fork() Transform {
	fork := *e
	return &fork
}
