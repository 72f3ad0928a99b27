package graph

import (
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/kernel"
	"euryale/ops"
)

// groupNorm normalizes groups of channels.
func (b *builder) groupNorm(n *ops.Node, g ops.GroupNorm) *node {
	operands := []*node{b.at(g.X), b.at(g.Weight), b.at(g.Bias)}
	return b.apply(n.Name, &groupNormOp{op: b.op("groupNorm", b.shape(n), operands...), GroupNorm: g}, operands...)
}

type groupNormOp struct {
	op
	ops.GroupNorm
	statistics *node // of the images' groups, or nil if nothing is differentiated
}

// with returns the normalization as package kernel has it, for a weight and a bias.
func (o *groupNormOp) with(weight, bias value) *kernel.GroupNorm {
	return &kernel.GroupNorm{
		Pixels: o.shape[1], Groups: o.Groups, Weight: weight.Data, Bias: bias.Data, Epsilon: o.Epsilon, SiLU: o.GroupNorm.SiLU,
	}
}

func (o *groupNormOp) traits() traits { return traits{pixelwise: true} }

// side implements pairedOp.
func (o *groupNormOp) side() *node { return o.statistics }

func (o *groupNormOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, groupNormReference[float32](o), groupNormReference[float64](o))
}

func groupNormReference[T float](o *groupNormOp) reference[T] {
	return func(y []T, in [][]T, _ [][]int32) {
		normalized := normalize(o, in[0])
		for i, x := range normalized {
			c := i % o.shape[2]
			u := x*float64(in[1][c]) + float64(in[2][c])
			if o.GroupNorm.SiLU {
				u = ops.SiLU{}.Value(u)
			}
			y[i] = T(u)
		}
	}
}

// normalize returns (x − μ)/√(v + ε), in float64.
func normalize[T float](o *groupNormOp, x []T) []float64 {
	out := make([]float64, len(x))
	o.eachGroup(func(elements []int) {
		mean, slope := moments(o, x, elements)
		for _, i := range elements {
			out[i] = (float64(x[i]) - mean) * slope
		}
	})
	return out
}

// moments returns μ and 1/√(v + ε) of a group.
func moments[T float](o *groupNormOp, x []T, elements []int) (mean, slope float64) {
	n, variance := float64(len(elements)), 0.0
	for _, i := range elements {
		mean += float64(x[i]) / n
	}
	for _, i := range elements {
		variance += (float64(x[i]) - mean) * (float64(x[i]) - mean) / n
	}
	return mean, 1 / math.Sqrt(variance+o.Epsilon)
}

// eachGroup calls f for each group of each image with the places of its elements.
func (o *groupNormOp) eachGroup(f func(elements []int)) {
	images, pixels, channels := o.shape[0], o.shape[1], o.shape[2]
	width := channels / o.Groups
	for group := range images * o.Groups {
		var elements []int
		for pixel := range pixels {
			for c := range width {
				elements = append(elements, (group/o.Groups*pixels+pixel)*channels+group%o.Groups*width+c)
			}
		}
		f(elements)
	}
}

// DiffWRT implements gorgonia.SDOp.
func (o *groupNormOp) DiffWRT(inputs int) []bool { return everything(inputs) }

// SymDiff implements gorgonia.SDOp. The gradients of bias and weight are sums of du and du·x̂, where u = x̂·weight + bias and x̂
// is the normalized x: sums over the pixels of each image, which the gradient of x needs, and then over the images.
func (o *groupNormOp) SymDiff(in gorgonia.Nodes, output, grad *node) (gorgonia.Nodes, error) {
	b, channels := o.builder, o.shape[2]
	operands := []*node{in[0], grad, o.statisticsOf(output), in[1], in[2]}
	dx := &groupNormGradientOp{op: b.op("groupNormGradient", in[0].Shape().Clone(), operands...), norm: o}
	x := b.apply(o.name, dx, operands...)
	dx.sums = b.apply(o.name, &groupNormSumsOp{b.op("groupNormSums", tensor.Shape{b.batch, 2 * channels}, operands...), o, x}, operands...)
	return gorgonia.Nodes{x, b.columnSum(o.name, in[1], dx.sums, channels), b.columnSum(o.name, in[2], dx.sums, 0)}, b.err
}

// statisticsOf returns the statistics of the groups; output is the node of the operation.
func (o *groupNormOp) statisticsOf(output *node) *node {
	if o.statistics == nil {
		b, x := o.builder, o.builder.children(output)[0]
		norm := &kernel.GroupNorm{Groups: o.Groups}
		shape := tensor.Shape{b.batch, norm.Statistics()}
		o.statistics = b.apply(o.name, &statisticsOp{b.op("groupNormStatistics", shape, x), output}, x)
	}
	return o.statistics
}

func (o *groupNormOp) bind(m memory) rowStep {
	x, norm := m.in[0], o.with(m.in[1], m.in[2])
	return func(_ *kernel.Workspace, lo, hi int) {
		norm.Forward(m.out.images(lo, hi), x.images(lo, hi), m.side.rows(lo, hi))
	}
}

// statisticsOp stands for the statistics of the groups, which a Program computes together with the normalized images. Their
// form is the kernel's: the plain loops compute them again.
type statisticsOp struct {
	op
	value *node
}

// primary implements sideOp.
func (o *statisticsOp) primary() *node { return o.value }

func (o *statisticsOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, nothing[float32], nothing[float64])
}

func nothing[T float]([]T, [][]T, [][]int32) {}
