package nets

import (
	"math"

	"euryale/ops"
)

// Dense is a fully connected layer x·W + b from x to [out], whose parameters name+".weight" and name+".bias" start from
// PyTorch's default distribution.
func Dense(b *ops.Builder, name string, x *ops.Node, out int) *ops.Node {
	weight, bias := denseParameters(b, name, x.Size(), out)
	return b.Linear(name, x, ops.Linear{Weight: weight, Bias: bias})
}

// Table declares a trained table with a row [width] for each value of an index, Input.Step or Input.Label, from N(0, 1),
// as PyTorch's Embedding. A nil index is an error of the builder, which explains why a net may have none.
func Table(b *ops.Builder, name string, index *ops.Node, width int) *ops.Node {
	if index == nil {
		return b.Fail("table %q has no index: a net has no Step in continuous time, where time must be sinusoidal or fourier, "+
			"and no Label where the data has no classes", name)
	}
	return b.Parameter(name, ops.Normal(1), index.IndexRows(), width)
}

// TimeEmbedding is what a net of its own kind adds or multiplies to learn of the time, [width]: with an embedding the
// timestep's row of the table name+".weight", else silu(features(t)·W + b) with the parameters of the layer name+".0".
func TimeEmbedding(b *ops.Builder, name string, encoding TimeEncoding, in Input, width int) *ops.Node {
	if encoding == nil {
		return b.Fail("%s: the time's encoding is missing", name)
	}
	frequencies := encoding.Frequencies(in.Seed)
	if frequencies == nil {
		return b.Embedding(name, nil, ops.Lookup{Table: Table(b, name+".weight", in.Step, width), Index: in.Step})
	}
	return b.SiLU(name, Dense(b, name+".0", b.Sinusoids(name, in.Time, frequencies), width))
}

// LabelEmbedding is the label's row of the table name+".weight", [width].
func LabelEmbedding(b *ops.Builder, name string, in Input, width int) *ops.Node {
	return b.Embedding(name, nil, ops.Lookup{Table: Table(b, name+".weight", in.Label, width), Index: in.Label})
}

// denseParameters declares weight and bias of a linear layer.
func denseParameters(b *ops.Builder, name string, in, out int) (weight, bias *ops.Node) {
	weight = b.Parameter(name+".weight", uniform(in), in, out)
	return weight, b.Parameter(name+".bias", uniform(in), out)
}

// uniform is PyTorch's default for linear layers: its kaiming_uniform_ with a = √5 is uniform in ±1/√in, for weight and
// bias.
func uniform(in int) ops.Init { return ops.Uniform(1 / math.Sqrt(float64(max(1, in)))) }
