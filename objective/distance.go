package objective

import (
	"euryale/choice"
	"euryale/ops"
)

// Distance is how far a prediction lies from its target.
type Distance interface {
	// Head is the distance as a loss on a graph has it.
	Head() ops.Distance
}

// Distances lists them.
func Distances() choice.Set[Distance] {
	return choice.Set[Distance]{
		{Name: "squared", Summary: "e², the squared error", New: func() Distance { return &Squared{} }},
		{Name: "absolute", Summary: "|e|, the absolute error", New: func() Distance { return &Absolute{} }},
		{Name: "huber", Summary: "a square near 0 and a line beyond delta (Huber 1964)", New: func() Distance { return &Huber{Delta: 1} }},
	}
}

// Squared is e².
type Squared struct{}

// Head implements Distance.
func (*Squared) Head() ops.Distance { return ops.Squared() }

// Absolute is |e|.
type Absolute struct{}

// Head implements Distance.
func (*Absolute) Head() ops.Distance { return ops.Absolute() }

// Huber is ½e² where |e| ≤ Delta, and Delta·(|e| − ½Delta) beyond.
type Huber struct {
	// Delta is the error at which the square turns into a line, from 1e-6 to 1e6.
	Delta float64 `yaml:"delta"`
}

// Validate implements a section of the configuration.
func (h *Huber) Validate() error {
	const least, most = 1e-6, 1e6
	if !(h.Delta >= least && h.Delta <= most) {
		return choice.Wrong("delta", "must be from %v to %v, got %v", least, most, h.Delta)
	}
	return nil
}

// Head implements Distance.
func (h *Huber) Head() ops.Distance { return ops.Huber(h.Delta) }
