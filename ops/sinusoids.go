package ops

import (
	"math"
	"sync"
)

// Sinusoids are features of the time t of each row: the sines sin ωt of all frequencies ω, then the cosines, computed in
// float64 and rounded to float32.
type Sinusoids struct {
	Time        *Node
	Frequencies []float64 // ω, in radians per unit of time

	known func() []float32 // features of the timesteps 0, 1, …, computed by the first who asks
}

// Features of the first timesteps are kept ready, so that training needs no sines: at most maxKnown, and at most
// maxKnownNumbers numbers.
const (
	maxKnown        = 4096
	maxKnownNumbers = 1 << 24
)

// Operands implements Op.
func (s Sinusoids) Operands() []*Node { return []*Node{s.Time} }

// Sinusoids returns the features [2·len(frequencies)] of the time, a node from Builder.Time.
func (b *Builder) Sinusoids(layer string, time *Node, frequencies []float64) *Node {
	if !b.own(layer, "the time", time) {
		return nil
	}
	if !time.isTime() {
		return b.Fail("layer %q: sinusoids are features of the time, got %v", layer, time)
	}
	if len(frequencies) == 0 {
		return b.Fail("layer %q: sinusoids need a frequency", layer)
	}
	for _, f := range frequencies {
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return b.Fail("layer %q: a frequency must be finite, got %v", layer, f)
		}
	}
	s := Sinusoids{Time: time, Frequencies: append([]float64{}, frequencies...)}
	n := 2 * len(frequencies)
	steps := min(time.Op.(Time).Steps, maxKnown, maxKnownNumbers/n)
	s.known = sync.OnceValue(func() []float32 {
		known := make([]float32, steps*n)
		for step := range steps {
			s.compute(known[step*n:(step+1)*n], float64(step))
		}
		return known
	})
	return b.record(layer, s, []int{n}, true)
}

// Fill writes the features of a time. Several goroutines may fill at once.
func (s *Sinusoids) Fill(dst []float32, t float64) {
	n, known := 2*len(s.Frequencies), s.known()
	if step := int(t); float64(step) == t && step >= 0 && step < len(known)/n {
		copy(dst, known[step*n:(step+1)*n])
		return
	}
	s.compute(dst, t)
}

func (s *Sinusoids) compute(dst []float32, t float64) {
	n := len(s.Frequencies)
	for i, frequency := range s.Frequencies {
		sin, cos := math.Sincos(frequency * t)
		dst[i], dst[n+i] = float32(sin), float32(cos)
	}
}
