package eager

import (
	"strconv"

	"euryale/nets"
	"euryale/ops"
)

// imageLayers records layers of images with names of their own.
type imageLayers struct {
	*ops.Builder
	groups, count int
	dropout       float64
}

func (l *imageLayers) name(kind string) string {
	l.count++
	return kind + strconv.Itoa(l.count)
}

// conv is a convolution whose weights make sums of unit size.
func (l *imageLayers) conv(x *ops.Node, out int, c ops.Conv) *ops.Node {
	name, in := l.name("conv"), x.Shape()[2]
	if c.Kernel == 0 {
		c.Kernel, c.Padding = 3, 1
	}
	if c.Stride == 0 {
		c.Stride = 1
	}
	c.Weight = l.KernelParameter(name+".weight", ops.Uniform(1/float64(c.Kernel)), c.Kernel, in, out)
	c.Bias = l.Parameter(name+".bias", ops.Normal(0.3), out)
	return l.Conv(name, x, c)
}

// norm is a group norm, with SiLU.
func (l *imageLayers) norm(x *ops.Node, silu bool) *ops.Node {
	name, channels := l.name("norm"), x.Shape()[2]
	return l.GroupNorm(name, x, ops.GroupNorm{Weight: l.Parameter(name+".weight", ops.Normal(1), channels),
		Bias: l.Parameter(name+".bias", ops.Normal(0.3), channels), Groups: l.groups, Epsilon: 1e-3, SiLU: silu})
}

// block is a residual block of the U-Net with an embedding of the time.
func (l *imageLayers) block(x, time *ops.Node, out int) *ops.Node {
	h := l.norm(x, true)
	h = l.conv(h, out, ops.Conv{PerImage: nets.Dense(l.Builder, l.name("time"), time, out)})
	h = l.Dropout(l.name("dropout"), l.norm(h, true), l.dropout)
	if x.Shape()[2] != out {
		x = l.conv(x, out, ops.Conv{Kernel: 1})
	}
	return l.conv(h, out, ops.Conv{Add: x})
}

func (l *imageLayers) attention(x *ops.Node, heads int) *ops.Node {
	channels, point := x.Shape()[2], ops.Conv{Kernel: 1}
	h := l.norm(x, false)
	h = l.Concat(l.name("qkv"), l.conv(h, channels, point), l.conv(h, channels, point), l.conv(h, channels, point))
	return l.conv(l.Attention(l.name("attention"), h, heads), channels, ops.Conv{Kernel: 1, Add: x})
}

// unet is the U-Net of Ho, Jain and Abbeel (2020) with a block per level.
type unet struct {
	channels    int
	multipliers []int
	groups      int
	dropout     float64
}

// Apply implements nets.Net.
func (n unet) Apply(b *ops.Builder, in nets.Input) *ops.Node {
	l := &imageLayers{Builder: b, groups: n.groups, dropout: n.dropout}
	time := nets.TimeEmbedding(b, "time", &nets.Sinusoidal{Features: n.channels}, in, 4*n.channels)
	if in.Label != nil {
		time = b.Add("condition", time, nets.LabelEmbedding(b, "label", in, 4*n.channels))
	}
	time = b.SiLU("time silu", time)
	h := l.conv(in.X, n.channels, ops.Conv{})
	skips := []*ops.Node{h}
	for i, m := range n.multipliers {
		h = l.block(h, time, m*n.channels)
		skips = append(skips, h)
		if i < len(n.multipliers)-1 {
			h = l.conv(h, m*n.channels, ops.Conv{Kernel: 3, Stride: 2})
			skips = append(skips, h)
		}
	}
	h = l.block(l.attention(l.block(h, time, h.Shape()[2]), 1), time, h.Shape()[2])
	for i := len(n.multipliers) - 1; i >= 0; i-- {
		for range 2 {
			last := len(skips) - 1
			h = l.block(b.Concat(l.name("concat"), h, skips[last]), time, n.multipliers[i]*n.channels)
			skips = skips[:last]
		}
		if i > 0 {
			h = l.conv(h, h.Shape()[2], ops.Conv{Upsample: true})
		}
	}
	channels := in.Outputs / (in.Sample[0] * in.Sample[1])
	return b.Split("split", l.conv(l.norm(h, true), channels, ops.Conv{}), channels/in.Sample[2])
}

// classify pools images to features, of which it computes a row per image for a last convolution.
func classify(b *ops.Builder, in nets.Input) *ops.Node {
	l := &imageLayers{Builder: b, groups: 2}
	h := l.norm(l.conv(in.X, 4, ops.Conv{Stride: 2, Kernel: 3, Padding: 1}), true)
	pooled := b.SiLU("pooled", b.MeanPool("pool", h))
	row := nets.Dense(b, "row", pooled, 4)
	h = l.attention(l.conv(h, 4, ops.Conv{Kernel: 2, PerImage: row, Add: h}), 2)
	return nets.Dense(b, "logits", b.Add("both", b.MeanPool("pool 2", l.norm(h, true)), row), in.Outputs)
}

// tangle has operations on images whose memory cannot be where it usually is: parts that are the input, are in two places or
// are read as rows, a Concat in a Concat, images that are read by many.
func tangle(b *ops.Builder, in nets.Input) *ops.Node {
	l := &imageLayers{Builder: b, groups: 1}
	x := l.conv(in.X, 2, ops.Conv{})
	y := b.SiLU("silu", l.conv(x, 2, ops.Conv{Kernel: 1}))
	inner := b.Concat("inner", x, in.X, y, y)
	outer := b.Concat("outer", inner, b.ReLU("relu", x), b.Add("add", x, y))
	flat := nets.Dense(b, "flat", y, 3)
	h := l.conv(l.norm(outer, false), 2, ops.Conv{PerImage: nets.Dense(b, "row", flat, 2), Add: x})
	h = l.conv(b.Concat("again", h, b.Add("sum", h, x), x), 2, ops.Conv{PerImage: nets.Dense(b, "row 2", flat, 2), Add: h})
	h = b.Add("out", b.Add("same", h, h), b.SiLU("silu 2", h))
	return nets.Dense(b, "o", b.Add("both", b.Split("split", h, 2), b.SiLU("s", nets.Dense(b, "l", h, h.Size()))), in.Outputs)
}

// imageNets are nets of images.
func imageNets(t fatal) map[string]*nets.Built {
	built := map[string]*nets.Built{}
	spec := nets.Spec{Sample: []int{4, 6, 1}, Outputs: 48, Steps: 5, Classes: testClasses}
	built["unet"] = build(t, &nets.Program{Net: unet{4, []int{1, 2}, 2, 0.5}}, spec)
	built["transformer"] = build(t, &nets.Program{Net: netFunc(transformer)}, spec)
	spec.Classes = 0
	for name, net := range map[string]netFunc{"classifier": classify, "tangle": tangle, "modulated": modulated} {
		spec.Sample, spec.Outputs = []int{4, 2, 3}, 4
		built[name] = build(t, &nets.Program{Net: net}, spec)
	}
	spec.Sample, spec.Outputs = []int{4, 2, 1}, 8
	for name, net := range map[string]netFunc{
		"ends in a concat": func(b *ops.Builder, in nets.Input) *ops.Node {
			l := &imageLayers{Builder: b}
			h := l.conv(in.X, 1, ops.Conv{Kernel: 2, Stride: 2})
			return b.Concat("c", h, l.conv(h, 2, ops.Conv{}), h)
		},
		"ends in a dropout": func(b *ops.Builder, in nets.Input) *ops.Node {
			return b.Dropout("d", (&imageLayers{Builder: b}).conv(in.X, 1, ops.Conv{}), 0.9)
		},
		"adds an image to a row": func(b *ops.Builder, in nets.Input) *ops.Node {
			h := (&imageLayers{Builder: b}).conv(in.X, 1, ops.Conv{})
			w := b.Parameter("w", ops.Normal(0.3), 8, 8)
			return b.Linear("m", b.Linear("l", b.SiLU("s", h), ops.Linear{Weight: w, Add: h, ReLU: true}), ops.Linear{Weight: w, Add: in.X})
		},
		"of the dropped input": func(b *ops.Builder, in nets.Input) *ops.Node {
			x := b.Dropout("d", in.X, 0.3)
			return (&imageLayers{Builder: b}).conv(b.Concat("c", x, in.X), 1, ops.Conv{})
		},
	} {
		built[name] = build(t, &nets.Program{Net: net}, spec)
	}
	return built
}
