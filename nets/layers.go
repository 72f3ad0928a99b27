package nets

import (
	"math"

	"euryale/ops"
)

// Dense is a fully connected layer x·W + b from x to [out]. Its parameters, name+".weight" and name+".bias", start from
// PyTorch's default distribution.
func Dense(b *ops.Builder, name string, x *ops.Node, out int) *ops.Node {
	weight, bias := denseParameters(b, name, x.Size(), out)
	return b.Linear(name, x, ops.Linear{Weight: weight, Bias: bias})
}

// Table declares a trained table with a row [width] for each value of an index, which is Input.Step or Input.Label. Its
// numbers start from N(0, 1), like those of PyTorch's Embedding. A nil index is an error of the Builder.
func Table(b *ops.Builder, name string, index *ops.Node, width int) *ops.Node {
	if index == nil {
		return b.Fail("table %q has no index: a net has no Step in continuous time, where time must be sinusoidal or fourier, "+
			"and no Label if the data has no classes", name)
	}
	return b.Parameter(name, ops.Normal(1), index.IndexRows(), width)
}

// TimeEmbedding is a representation [width] of the time, for a net to add or multiply: with the Embedding encoding, the
// timestep's row of the table name+".weight"; otherwise silu(features(t)·W + b), with the parameters of the layer name+".0".
func TimeEmbedding(b *ops.Builder, name string, encoding TimeEncoding, in Input, width int) *ops.Node {
	if encoding == nil {
		return b.Fail("%s: the time encoding is missing", name)
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

// denseParameters declares the weight and the bias of a linear layer.
func denseParameters(b *ops.Builder, name string, in, out int) (weight, bias *ops.Node) {
	weight = b.Parameter(name+".weight", uniform(in), in, out)
	return weight, b.Parameter(name+".bias", uniform(in), out)
}

// uniform is PyTorch's default for linear layers: kaiming_uniform_ with a = √5 is uniform on ±1/√in, as is the bias.
func uniform(in int) ops.Init { return ops.Uniform(1 / math.Sqrt(float64(max(1, in)))) }
