// Package nets holds the architectures. Each is written once, with package ops; package graph trains the recorded net and
// package eager runs it.
//
//   - Net is an architecture of a given size. Its Apply records what the net computes from an Input.
//   - Options are an architecture's section of a configuration, and Architectures lists them.
//   - Build records a net for a Spec, which describes the data, and checks it. Built has the parameters' layout and initial
//     values; the weights are one flat []float32. StateDict converts them to named arrays.
//
// The nets of images are UNet (unet.go), with its keys in pyramid.go and its layers in unetblock.go, and DiT (dit.go), a
// transformer with its layers in transformer.go; unetclassifier.go is half of UNet, for classes and features.
//
// Start reading at Net, then mlp.go. layers.go has helpers for custom nets, and build.go records and checks a net. A new
// architecture is one file and one line in Architectures; a program with a custom net calls Build, or puts the net into
// Program.
package nets

import (
	"fmt"

	"euryale/choice"
	"euryale/ops"
)

// Spec is what a net must fit: the shape of the data, the outputs and the condition.
type Spec struct {
	Sample []int // shape of a sample: [2], or [3, 32, 32]
	// Outputs is the number of outputs per row: as many as a sample has, twice as many if it also predicts
	// variances, or one per class.
	Outputs int
	// Steps is the number of discrete timesteps 0 … Steps−1; 0 in continuous time.
	Steps   int
	Classes int    // 0: the data has no labels
	Seed    uint64 // of random frequencies, which are neither trained nor part of the weights
	// OutputBias is the initial bias of the output layer, [Outputs], for a net that can start with outputs that do not depend
	// on its input; nil: the usual initial values.
	OutputBias []float32
}

func (s Spec) validate() error {
	if len(s.Sample) == 0 || s.Outputs < 1 || s.Steps < 0 || s.Classes < 0 {
		return fmt.Errorf("expected a sample shape, at least one output and no negative number, got %+v", s)
	}
	for _, n := range s.Sample {
		if n < 1 {
			return fmt.Errorf("every axis of a sample must have at least one element, got shape %v", s.Sample)
		}
	}
	if n := len(s.OutputBias); n > 0 && n != s.Outputs {
		return fmt.Errorf("expected an initial bias per output, got %d for %d outputs", n, s.Outputs)
	}
	return nil
}

// Input holds the inputs of a net, per row of a batch, and its Spec. If all rows share time and label, as in sampling, nodes
// that depend only on these are computed once.
type Input struct {
	Spec
	X     *ops.Node // the noised samples, of shape Spec.Sample
	Time  *ops.Node // the net's time, for ops.Builder.Sinusoids
	Step  *ops.Node // index of the timestep; nil in continuous time
	Label *ops.Node // index of the class, or of "no label"; nil if the data has no classes
}

// Net is an architecture of a given size.
type Net interface {
	// Apply records the net and returns its output: Spec.Outputs numbers per row. Each call must record the same net.
	Apply(b *ops.Builder, in Input) *ops.Node
}

// Options are an architecture's section of a configuration.
type Options interface {
	// Validate checks the section by itself; errors are choice.FieldErrors.
	Validate() error
	// New returns the net for a Spec; an error for a key that does not fit the Spec is a choice.FieldError.
	New(Spec) (Net, error)
}

// Architectures lists the nets.
func Architectures() choice.Set[Options] {
	return choice.Set[Options]{
		{Name: "mlp", Summary: "fully connected layers, each conditioned on time and label", New: func() Options { return DefaultMLP() }},
		{Name: "tabular", Summary: "fully connected layers for tables, of which the first is conditioned on time and label",
			New: func() Options { return DefaultTabular() }},
		{Name: "unet", Summary: "convolutions from an image down to a small one and back up, for images (Ho et al. 2020)",
			New: func() Options { return DefaultUNet() }},
		{Name: "unet_classifier", Summary: "the way down of unet, for the classes of images (Dhariwal and Nichol 2021)",
			New: func() Options { return DefaultUNetClassifier() }},
		{Name: "dit", Summary: "a transformer on the patches of an image (Peebles and Xie 2023)", New: func() Options { return DefaultDiT() }},
		{Name: "program", Summary: "a net given by a Go program", New: func() Options { return &Program{} }},
	}
}

// Program is the kind of a net given by a Go program.
type Program struct {
	// Net is the net. It cannot be written to a configuration file.
	Net Net `yaml:"-"`
}

// Validate implements Options.
func (*Program) Validate() error { return nil }

// New implements Options.
func (p *Program) New(Spec) (Net, error) {
	if p.Net == nil {
		return nil, choice.Wrong("", "of this run was given by a Go program: it must be given again, with euryale.WithNet")
	}
	return p.Net, nil
}
