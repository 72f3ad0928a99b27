package graph

import (
	"euryale/ops"
)

// imageWidth is the number of features of the test's time.
const imageWidth = 6

// recordImageNet records a small U-Net with every operation on images: blocks with a residual and with a shortcut,
// attention, steps down and up, skips that are concatenated, in one case twice, sums of images, a flattened image, a pooled
// one, dropout, and a transformer.
func recordImageNet(dropout float64) *ops.Node {
	b := ops.NewBuilder()
	l := imageLayers{b}
	x := b.Input("x", 4, 6, 2)
	features := b.Sinusoids("features", b.Time("time", testSteps), []float64{1, 0.3})
	time := b.SiLU("time", l.linear("time embedding", features, imageWidth))

	stem := l.conv("stem", x, ops.Conv{Kernel: 3, Stride: 1, Padding: 1}, 4)
	h := l.block("down block", stem, time, 4, dropout)
	h = l.attention("attention", h, 2)
	skip := h
	h = l.conv("down", h, ops.Conv{Kernel: 3, Stride: 2}, 4)
	small := h
	h = l.block("middle", h, time, 6, dropout)
	h = b.Concat("small concat", h, small)
	h = l.block("small", h, time, 4, dropout)
	h = l.conv("alone", h, ops.Conv{Kernel: 3, Stride: 1, Padding: 1, Add: b.Concat("one part", h)}, 4)
	h = b.Add("sum", b.SiLU("silu", h), b.ReLU("relu", small))
	h = l.conv("up", h, ops.Conv{Kernel: 3, Stride: 1, Padding: 1, Upsample: true}, 4)
	h = l.block("up block", b.Concat("concat", h, skip), time, 4, dropout)
	h = l.transformer("transformer", h, time, dropout)
	h = b.Concat("second concat", skip, h, stem, skip)
	h = l.norm("norm", h, 2, true)
	h = l.conv("head", h, ops.Conv{Kernel: 3, Stride: 1, Padding: 1}, 4)
	y := b.Split("split", h, 2)

	pooled := l.linear("pooled", b.MeanPool("pool", h), imageWidth)
	flat := b.Linear("flat", h, ops.Linear{Weight: l.parameter("flat", 4*6*4, imageWidth), Add: pooled})
	y = b.Linear("last", b.Dropout("last dropout", flat, dropout), ops.Linear{Weight: l.parameter("last", imageWidth, y.Size()), Add: y})
	return b.WeightedError("loss", ops.Squared(), y, b.Input("target", y.Size()), b.RowInput("weight"))
}

// imageLayers records layers with parameters of their own.
type imageLayers struct{ *ops.Builder }

func (l imageLayers) parameter(name string, shape ...int) *ops.Node {
	return l.Parameter(name, ops.Normal(1), shape...)
}

func (l imageLayers) linear(name string, x *ops.Node, out int) *ops.Node {
	return l.Linear(name, x, ops.Linear{Weight: l.parameter(name+".weight", x.Size(), out), Bias: l.parameter(name+".bias", out)})
}

func (l imageLayers) conv(name string, x *ops.Node, c ops.Conv, out int) *ops.Node {
	c.Weight = l.KernelParameter(name+".weight", ops.Normal(1), c.Kernel, x.Shape()[2], out)
	c.Bias = l.parameter(name+".bias", out)
	return l.Conv(name, x, c)
}

func (l imageLayers) norm(name string, x *ops.Node, groups int, silu bool) *ops.Node {
	channels := x.Shape()[2]
	return l.GroupNorm(name, x, ops.GroupNorm{
		Weight: l.parameter(name+".weight", channels), Bias: l.parameter(name+".bias", channels), Groups: groups, Epsilon: 1e-6, SiLU: silu,
	})
}

// block is a residual block, with a shortcut if it changes the number of channels.
func (l imageLayers) block(name string, x, time *ops.Node, out int, dropout float64) *ops.Node {
	h := l.norm(name+".norm1", x, 2, true)
	h = l.conv(name+".conv1", h, ops.Conv{Kernel: 3, Stride: 1, Padding: 1, PerImage: l.linear(name+".time", time, out)}, out)
	h = l.Dropout(name+".dropout", l.norm(name+".norm2", h, 2, true), dropout)
	if x.Shape()[2] != out {
		x = l.conv(name+".shortcut", x, ops.Conv{Kernel: 1, Stride: 1}, out)
	}
	return l.conv(name+".conv2", h, ops.Conv{Kernel: 3, Stride: 1, Padding: 1, Add: x}, out)
}

func (l imageLayers) attention(name string, x *ops.Node, heads int) *ops.Node {
	channels, h := x.Shape()[2], l.norm(name+".norm", x, 2, false)
	var parts []*ops.Node
	for _, part := range []string{".q", ".k", ".v"} {
		parts = append(parts, l.conv(name+part, h, ops.Conv{Kernel: 1, Stride: 1}, channels))
	}
	h = l.Attention(name, l.Concat(name+".qkv", parts...), heads)
	return l.conv(name+".out", h, ops.Conv{Kernel: 1, Stride: 1, Add: x}, channels)
}
