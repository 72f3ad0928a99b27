package nets

import (
	"fmt"

	"euryale/ops"
)

// transformer records the parts of a DiT, with the names of its authors.
type transformer struct {
	*DiT
	b         *ops.Builder
	condition *ops.Node // silu of the embedding of time and label
}

// The initial standard deviation of embeddings, and ε of the layer norms.
const (
	ditDeviation = 0.02
	ditEpsilon   = 1e-6
)

// patches records the linear map of each patch and the offset by its position, [height/Patch, width/Patch, Width].
func (t *transformer) patches(in Input) *ops.Node {
	const name = "x_embedder.proj"
	colors := in.Sample[2]
	h := t.b.Conv(name, in.X, ops.Conv{
		Weight: t.b.KernelParameter(name+".weight", xavier(1, t.Patch*t.Patch*colors, t.Width, 1), t.Patch, colors, t.Width),
		Bias:   t.b.Parameter(name+".bias", ops.Constant(0), t.Width),
		Kernel: t.Patch, Stride: t.Patch,
	})
	return t.b.Offset("pos_embed", h, t.Positions(in.Sample[0], in.Sample[1]))
}

// embed records the embedding of the time, and of the label if the net has labels:
//
//	condition = silu(silu(features(t)·W₁ + b₁)·W₂ + b₂ + L[label])     [Width]
func (t *transformer) embed(in Input) {
	b := t.b
	features := b.CosinesFirst("time features", in.Time, t.Time.Kind.Frequencies(in.Seed))
	h := b.SiLU("t_embedder.mlp.1", t.linear("t_embedder.mlp.0", features, t.Width, ops.Normal(ditDeviation), ops.Linear{}))
	second := ops.Linear{}
	if t.Labels {
		second.Index = in.Label
		second.Table = b.Parameter("y_embedder.embedding_table.weight", ops.Normal(ditDeviation), in.Label.IndexRows(), t.Width)
	}
	t.condition = b.SiLU("condition", t.linear("t_embedder.mlp.2", h, t.Width, ops.Normal(ditDeviation), second))
}

// block records, with shifts, scales and gates that are linear in the condition and start at 0,
//
//	x ← x + gate·attention(norm(x)·(1 + scale) + shift)
//	x ← x + gate·mlp(norm(x)·(1 + scale) + shift)
func (t *transformer) block(name string, x *ops.Node) *ops.Node {
	part := t.modulation(name, 6)
	h := t.norm(name+".norm1", x, part(0), part(1))
	h = t.b.Attention(name+".attn", t.point(name+".attn.qkv", h, 3*t.Width, false), t.Heads)
	x = t.b.Gate(name+".attn gate", t.point(name+".attn.proj", h, t.Width, false), ops.Gate{Gate: part(2), Add: x})
	h = t.norm(name+".norm2", x, part(3), part(4))
	h = t.b.GELU(name+".mlp.act", t.point(name+".mlp.fc1", h, t.Ratio*t.Width, false))
	return t.b.Gate(name+".mlp gate", t.point(name+".mlp.fc2", h, t.Width, false), ops.Gate{Gate: part(5), Add: x})
}

// final records the linear map of each patch to its pixels, which starts at 0.
func (t *transformer) final(x *ops.Node, in Input) *ops.Node {
	const name = "final_layer"
	part, parts := t.modulation(name, 2), in.Outputs/sampleSize(in.Spec)
	h := t.norm(name+".norm_final", x, part(0), part(1))
	h = t.point(name+".linear", h, t.Patch*t.Patch*parts*in.Sample[2], true)
	return t.b.Split("output parts", t.b.DepthToSpace("output", h, t.Patch), parts)
}

// modulation records a linear map of the condition to several parts of Width numbers.
func (t *transformer) modulation(name string, parts int) (part func(i int) *ops.Node) {
	name += ".adaLN_modulation"
	all := t.linear(name+".1", t.condition, parts*t.Width, ops.Constant(0), ops.Linear{})
	return func(i int) *ops.Node { return t.b.Slice(fmt.Sprintf("%s part %d", name, i), all, i*t.Width, t.Width) }
}

// norm records a modulated layer norm.
func (t *transformer) norm(name string, x, shift, scale *ops.Node) *ops.Node {
	return t.b.LayerNorm(name, x, ops.LayerNorm{Scale: scale, Shift: shift, Epsilon: ditEpsilon})
}

// point records a linear map of each patch, with weights that start as Xavier's or at 0.
func (t *transformer) point(name string, x *ops.Node, out int, zero bool) *ops.Node {
	in, start := channels(x), ops.Init(ops.Constant(0))
	if !zero {
		start = xavier(1, in, out, 1)
	}
	return t.b.Conv(name, x, ops.Conv{
		Weight: t.b.Parameter(name+".weight", start, in, out), Bias: t.b.Parameter(name+".bias", ops.Constant(0), out), Kernel: 1, Stride: 1,
	})
}

// linear records a linear layer with its weights.
func (t *transformer) linear(name string, x *ops.Node, out int, start ops.Init, l ops.Linear) *ops.Node {
	l.Weight = t.b.Parameter(name+".weight", start, x.Size(), out)
	l.Bias = t.b.Parameter(name+".bias", ops.Constant(0), out)
	return t.b.Linear(name, x, l)
}
