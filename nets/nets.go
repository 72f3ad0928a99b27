// Package nets holds the architectures. Each is written once, over package ops; package graph trains what it records and
// package eager runs it.
//
//   - Net is an architecture of one size. Its Apply records what the net computes; Input is what it is given.
//   - Options are an architecture's section of a configuration, and Architectures lists them.
//   - Build records a net for a Spec, the facts of the data that it must fit, and checks it. Built has the parameters'
//     layout, initial values and state dict; the weights themselves are one flat []float32.
//
// Start reading at Net, then mlp.go. layers.go has helpers for nets of one's own, build.go is what becomes of them. A new
// architecture is one file and one line in Architectures; a program with a net of its own calls Build, or puts the net
// into Program.
package nets

import (
	"fmt"

	"euryale/choice"
	"euryale/ops"
)

// Spec is what a net must fit.
type Spec struct {
	Sample []int // shape of a sample: [2], or [3, 32, 32]
	// Outputs is the number of numbers that the net gives per row: as many as a sample has, twice as many where it also
	// predicts variances, or one per class.
	Outputs int
	// Steps is the number of discrete timesteps 0 … Steps−1; 0 in continuous time.
	Steps   int
	Classes int    // 0: the data has no labels
	Seed    uint64 // of random features, which are neither trained nor part of the weights
}

func (s Spec) validate() error {
	if len(s.Sample) == 0 || s.Outputs < 1 || s.Steps < 0 || s.Classes < 0 {
		return fmt.Errorf("expected a sample and at least one output, and no negative number, got %+v", s)
	}
	for _, n := range s.Sample {
		if n < 1 {
			return fmt.Errorf("every axis of a sample needs at least one number, got shape %v", s.Sample)
		}
	}
	return nil
}

// Input is what a net is given per row of a batch, and the Spec that it must fit. Where all rows share time and label, as
// in sampling, what depends on these alone is computed once.
type Input struct {
	Spec
	X     *ops.Node // the noised samples, of the shape Spec.Sample
	Time  *ops.Node // the network's time, for ops.Builder.Sinusoids
	Step  *ops.Node // index of the timestep; nil in continuous time
	Label *ops.Node // index of the class, or of "no label"; nil where the data has no classes
}

// Net is one architecture of one size.
type Net interface {
	// Apply records the net and returns its output: Spec.Outputs numbers per row. It must record the same at each call.
	Apply(b *ops.Builder, in Input) *ops.Node
}

// Options are an architecture's section of a configuration.
type Options interface {
	// Validate checks the section on its own; errors are choice.FieldErrors.
	Validate() error
	// New returns the net for a Spec; errors are choice.FieldErrors where a key does not fit it.
	New(Spec) (Net, error)
}

// Architectures lists the nets.
func Architectures() choice.Set[Options] {
	return choice.Set[Options]{
		{Name: "mlp", Summary: "fully connected layers, each conditioned on time and label", New: func() Options { return DefaultMLP() }},
		{Name: "program", Summary: "a net that a Go program gives", New: func() Options { return &Program{} }},
	}
}

// Program is the kind of a net that a Go program gives.
type Program struct {
	// Net is the net. A configuration file cannot hold it.
	Net Net `yaml:"-"`
}

// Validate implements Options.
func (*Program) Validate() error { return nil }

// New implements Options.
func (p *Program) New(Spec) (Net, error) {
	if p.Net == nil {
		return nil, choice.Wrong("", "of this run was given by a Go program: it must be given again by one, with euryale.WithNet")
	}
	return p.Net, nil
}
