package nets

import (
	"fmt"

	"euryale/choice"
	"euryale/ops"
)

// Tabular is a stack of Depth hidden layers of Width units for rows of a table. Time and label enter the first layer only, as
// in TabDDPM (Kotelnikov et al. 2023) and CDTD (Mueller et al. 2025), which makes it cheaper than MLP:
//
//	h₁ = a(x·W₁ + features(t)·U + (b₁ + L[label]))      [rows, Width]
//	hₗ = a(hₗ₋₁·Wₗ + bₗ), l = 2 … Depth                 [rows, Width]
//	output = h·W + b                                    [rows, Outputs]
//
// where a is the activation. With an embedding of the timestep, its row replaces features(t)·U. Rows with classes are
// conditioned on them; the last row of L is for "no label". With Spec.OutputBias, W starts from 0 and b from that bias.
type Tabular struct {
	// Width is the number of units in each hidden layer, from 1 to 65536.
	Width int `yaml:"width"`
	// Depth is the number of hidden layers, from 1 to 256.
	Depth int `yaml:"depth"`
	// Activation is silu, x·σ(x), or relu, max(0, x).
	Activation string `yaml:"activation"`
	// Time is the encoding of the time for the first layer. The default, octaves, suits the time ¼ ln σ of edm.
	Time choice.One[TimeEncoding] `yaml:"time"`
}

// The activations of Tabular.
const (
	activationSiLU = "silu"
	activationReLU = "relu"
)

// DefaultTabular is a net of three hidden layers of 256 units, with SiLU.
func DefaultTabular() *Tabular {
	return &Tabular{Width: 256, Depth: 3, Activation: activationSiLU, Time: TimeEncodings().Choose("octaves")}
}

// Validate implements Options.
func (n *Tabular) Validate() error {
	if err := checkLayers(n.Width, n.Depth, n.Time); err != nil {
		return err
	}
	if err := choice.OneOf(n.Activation, activationSiLU, activationReLU); err != nil {
		return choice.Wrong("activation", "%w", err)
	}
	return nil
}

// New implements Options.
func (n *Tabular) New(s Spec) (Net, error) {
	if err := n.Validate(); err != nil {
		return nil, err
	}
	if err := checkTime(n.Time, s); err != nil {
		return nil, err
	}
	return n, nil
}

// Apply implements Net. The order of the parameters determines the initial values, and must not change.
func (n *Tabular) Apply(b *ops.Builder, in Input) *ops.Node {
	if err := n.Validate(); err != nil {
		return b.Fail("tabular: %w", err)
	}
	weight, bias := denseParameters(b, "layers.0", in.X.Size(), n.Width)
	h := n.activate(b, "layers.0", in.X, n.first(b, in, weight, bias))
	for l := 1; l < n.Depth; l++ {
		name := fmt.Sprintf("layers.%d", l)
		weight, bias := denseParameters(b, name, n.Width, n.Width)
		h = n.activate(b, name, h, ops.Linear{Weight: weight, Bias: bias})
	}
	if in.OutputBias == nil {
		return Dense(b, "output", h, in.Outputs)
	}
	return b.Linear("output", h, ops.Linear{
		Weight: b.Parameter("output.weight", ops.Constant(0), n.Width, in.Outputs),
		Bias:   b.Parameter("output.bias", ops.Values(in.OutputBias), in.Outputs),
	})
}

// first is the first layer, without its input.
func (n *Tabular) first(b *ops.Builder, in Input, weight, bias *ops.Node) ops.Linear {
	l := ops.Linear{Weight: weight, Bias: bias}
	if in.Label != nil {
		l.Table, l.Index = Table(b, "label_embedding.weight", in.Label, n.Width), in.Label
	}
	frequencies := n.Time.Kind.Frequencies(in.Seed)
	switch {
	case frequencies != nil:
		features := b.Sinusoids("time features", in.Time, frequencies)
		projection := b.Parameter("time_projection.weight", uniform(features.Size()), features.Size(), n.Width)
		l.Add = b.Linear("time_projection", features, ops.Linear{Weight: projection}) // [Width]
	case in.Label == nil:
		l.Table, l.Index = Table(b, "step_embedding.weight", in.Step, n.Width), in.Step
	default:
		l.Add = b.Embedding("step_embedding", nil, ops.Lookup{Table: Table(b, "step_embedding.weight", in.Step, n.Width), Index: in.Step})
	}
	return l
}

func (n *Tabular) activate(b *ops.Builder, name string, x *ops.Node, l ops.Linear) *ops.Node {
	if n.Activation == activationReLU {
		l.ReLU = true
		return b.Linear(name, x, l)
	}
	return b.SiLU(name+" silu", b.Linear(name, x, l))
}
