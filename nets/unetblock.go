package nets

import (
	"fmt"
	"math"
	"slices"

	"euryale/ops"
)

// normEpsilon is ε of the group norms of Ho et al.
const normEpsilon = 1e-6

// small multiplies the initial weights of the last layer of a residual block, of an attention and of the net, which thus start
// near the identity (Ho et al. scale the variance by 1e-10).
const small = 1e-5

// residual records the parts of a net of residual blocks, with the names of diffusers.
type residual struct {
	*Pyramid
	b    *ops.Builder
	temb *ops.Node // silu of the embedding of time and label
}

// embed records the embedding of the time, and of the label unless it is nil:
//
//	temb = silu(silu(features(t)·W₁ + b₁)·W₂ + b₂ + L[label])     [4·channels of the first level]
func (r *residual) embed(in Input, label *ops.Node) {
	b, width := r.b, 4*r.widths()[0]
	features := b.Sinusoids("time features", in.Time, r.TimeEncoding().Frequencies(in.Seed))
	h := b.SiLU("time_embedding.act", r.linear("time_embedding.linear_1", features, width, ops.Linear{}))
	second := ops.Linear{}
	if label != nil {
		second.Table, second.Index = Table(b, "class_embedding.weight", label, width), label
	}
	r.temb = b.SiLU("time_embedding silu", r.linear("time_embedding.linear_2", h, width, second))
}

// down records the way from the image to the smallest level, and returns each value that a skip connection carries.
func (r *residual) down(x *ops.Node) (h *ops.Node, skips []*ops.Node) {
	widths := r.widths()
	h = r.conv("conv_in", x, widths[0], 1, ops.Conv{Kernel: 3, Stride: 1, Padding: 1})
	skips = []*ops.Node{h}
	for i, width := range widths {
		name := fmt.Sprintf("down_blocks.%d", i)
		for j := range r.Blocks {
			h = r.block(name, j, h, width)
			skips = append(skips, h)
		}
		if i < len(widths)-1 { // zeros after the last row and column only, as TensorFlow pads
			h = r.conv(name+".downsamplers.0.conv", h, width, 1, ops.Conv{Kernel: 3, Stride: 2})
			skips = append(skips, h)
		}
	}
	return h, skips
}

// middle records the blocks of the smallest level between the ways down and up.
func (r *residual) middle(h *ops.Node) *ops.Node {
	h = r.resnet("mid_block.resnets.0", h, channels(h))
	h = r.attention("mid_block.attentions.0", h)
	return r.resnet("mid_block.resnets.1", h, channels(h))
}

// block records residual block j of a level and, if the level has it, attention.
func (r *residual) block(level string, j int, h *ops.Node, width int) *ops.Node {
	h = r.resnet(fmt.Sprintf("%s.resnets.%d", level, j), h, width)
	if h != nil && slices.Contains(r.Attention, h.Shape()[0]) {
		h = r.attention(fmt.Sprintf("%s.attentions.%d", level, j), h)
	}
	return h
}

// resnet records a residual block:
//
//	x·S + conv₂(dropout(silu(norm(conv₁(silu(norm(x))) + temb·U))))     [height, width, out]
//
// with S a convolution of 1×1 where the number of channels changes.
func (r *residual) resnet(name string, x *ops.Node, out int) *ops.Node {
	b := r.b
	h := r.norm(name+".norm1", x, true)
	time := r.linear(name+".time_emb_proj", r.temb, out, ops.Linear{})
	h = r.conv(name+".conv1", h, out, 1, ops.Conv{Kernel: 3, Stride: 1, Padding: 1, PerImage: time})
	h = b.Dropout(name+".dropout", r.norm(name+".norm2", h, true), r.Dropout)
	if channels(x) != out {
		x = r.conv(name+".conv_shortcut", x, out, 1, ops.Conv{Kernel: 1, Stride: 1})
	}
	return r.conv(name+".conv2", h, out, small, ops.Conv{Kernel: 3, Stride: 1, Padding: 1, Add: x})
}

// attention records x + softmax(QKᵀ/√C)·V·W with Q, K and V linear in norm(x).
func (r *residual) attention(name string, x *ops.Node) *ops.Node {
	width, h := channels(x), r.norm(name+".group_norm", x, false)
	project := func(part string, h *ops.Node, scale float64, c ops.Conv) *ops.Node {
		c.Kernel, c.Stride = 1, 1
		c.Weight = r.b.Parameter(name+part+".weight", xavier(1, width, width, scale), width, width)
		c.Bias = r.b.Parameter(name+part+".bias", ops.Constant(0), width)
		return r.b.Conv(name+part, h, c)
	}
	query, key, value := project(".to_q", h, 1, ops.Conv{}), project(".to_k", h, 1, ops.Conv{}), project(".to_v", h, 1, ops.Conv{})
	h = r.b.Attention(name, r.b.Concat(name+" inputs", query, key, value), 1)
	return project(".to_out.0", h, small, ops.Conv{Add: x})
}

// norm records a group norm, with SiLU if asked for.
func (r *residual) norm(name string, x *ops.Node, silu bool) *ops.Node {
	n := channels(x)
	return r.b.GroupNorm(name, x, ops.GroupNorm{
		Weight: r.b.Parameter(name+".weight", ops.Constant(1), n), Bias: r.b.Parameter(name+".bias", ops.Constant(0), n),
		Groups: r.Groups, Epsilon: normEpsilon, SiLU: silu,
	})
}

// conv records a convolution with its weights, which start at scale times those of Xavier.
func (r *residual) conv(name string, x *ops.Node, out int, scale float64, c ops.Conv) *ops.Node {
	in := channels(x)
	c.Weight = r.b.KernelParameter(name+".weight", xavier(c.Kernel*c.Kernel, in, out, scale), c.Kernel, in, out)
	c.Bias = r.b.Parameter(name+".bias", ops.Constant(0), out)
	return r.b.Conv(name, x, c)
}

// linear records a linear layer with its weights.
func (r *residual) linear(name string, x *ops.Node, out int, l ops.Linear) *ops.Node {
	l.Weight = r.b.Parameter(name+".weight", xavier(1, x.Size(), out, 1), x.Size(), out)
	l.Bias = r.b.Parameter(name+".bias", ops.Constant(0), out)
	return r.b.Linear(name, x, l)
}

// xavier is the uniform distribution of Glorot and Bengio (2010) on ±√(6/(fan in + fan out)), where a fan counts the taps of a
// kernel, times scale.
func xavier(taps, in, out int, scale float64) ops.Init {
	return ops.Uniform(scale * math.Sqrt(6/float64(max(1, taps*(in+out)))))
}

// channels are those of an image; 0 for nil, after an error.
func channels(x *ops.Node) int {
	shape := x.Shape()
	if len(shape) == 0 {
		return 0
	}
	return shape[len(shape)-1]
}
