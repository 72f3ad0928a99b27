package ops

import (
	"math"
	"slices"
	"sync"
)

// Sinusoids are features of the time t of each row: sin ωt for all frequencies ω, then cos ωt, computed in float64 and
// rounded to float32.
type Sinusoids struct {
	Time        *Node
	Frequencies []float64 // ω, in radians per unit of time
	// CosinesFirst puts the cosines before the sines.
	CosinesFirst bool

	doubles     []int            // per frequency, the earlier one that is half of it, or −1
	precomputed func() []float32 // features of the timesteps 0, 1, …, computed by the first call
}

// The features of the first timesteps are precomputed, so that training computes no sines. These are the limits.
const (
	maxPrecomputedSteps   = 4096
	maxPrecomputedNumbers = 1 << 24
)

// maxDoubled is how many frequencies can be doubled.
const maxDoubled = 64

// Operands implements Op.
func (s Sinusoids) Operands() []*Node { return []*Node{s.Time} }

// Sinusoids returns the features [2·len(frequencies)] of the time, a node from Builder.Time. A frequency that is twice an
// earlier one is cheap: sin 2x = 2·sin x·cos x and cos 2x = 1 − 2·sin² x, in float64, where n such steps lose n bits of 53.
func (b *Builder) Sinusoids(layer string, time *Node, frequencies []float64) *Node {
	return b.sinusoids(layer, time, Sinusoids{Frequencies: frequencies})
}

// CosinesFirst returns the features of Sinusoids with all cosines before the sines.
func (b *Builder) CosinesFirst(layer string, time *Node, frequencies []float64) *Node {
	return b.sinusoids(layer, time, Sinusoids{Frequencies: frequencies, CosinesFirst: true})
}

func (b *Builder) sinusoids(layer string, time *Node, s Sinusoids) *Node {
	if !b.owns(layer, "the time", time) {
		return nil
	}
	if !time.isTime() {
		return b.Fail("layer %q: sinusoids need a node from Builder.Time, got %v", layer, time)
	}
	if len(s.Frequencies) == 0 {
		return b.Fail("layer %q: sinusoids need at least one frequency", layer)
	}
	for _, f := range s.Frequencies {
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return b.Fail("layer %q: a frequency must be finite, got %v", layer, f)
		}
	}
	s.Time, s.Frequencies = time, slices.Clone(s.Frequencies)
	for i, f := range s.Frequencies {
		s.doubles = append(s.doubles, slices.Index(s.Frequencies[:i], f/2))
	}
	n := 2 * len(s.Frequencies)
	steps := min(time.Op.(Time).Steps, maxPrecomputedSteps, maxPrecomputedNumbers/n)
	s.precomputed = sync.OnceValue(func() []float32 {
		features := make([]float32, steps*n)
		for step := range steps {
			s.compute(features[step*n:(step+1)*n], float64(step))
		}
		return features
	})
	return b.record(layer, s, []int{n}, true)
}

// Fill sets dst [2·len(Frequencies)] to the features of a time. It is safe for concurrent use.
func (s *Sinusoids) Fill(dst []float32, t float64) {
	n, features := 2*len(s.Frequencies), s.precomputed()
	if step := int(t); float64(step) == t && step >= 0 && step < len(features)/n {
		copy(dst, features[step*n:(step+1)*n])
		return
	}
	s.compute(dst, t)
}

func (s *Sinusoids) compute(dst []float32, t float64) {
	n := len(s.Frequencies)
	var known [maxDoubled][2]float64 // sine and cosine
	for i, frequency := range s.Frequencies {
		var sin, cos float64
		if half := s.doubles[i]; half >= 0 && half < maxDoubled {
			sin, cos = known[half][0], known[half][1]
			sin, cos = 2*sin*cos, 1-2*sin*sin
		} else {
			sin, cos = math.Sincos(frequency * t)
		}
		if i < maxDoubled {
			known[i] = [2]float64{sin, cos}
		}
		if s.CosinesFirst {
			sin, cos = cos, sin
		}
		dst[i], dst[n+i] = float32(sin), float32(cos)
	}
}
