package graph

import (
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/kernel"
	"euryale/ops"
)

// layerNorm normalizes each pixel. Its operands are x and, if there are any, scale and shift.
func (b *builder) layerNorm(n *ops.Node, l ops.LayerNorm) *node {
	operands := b.all(l)
	return b.apply(n.Name, &layerNormOp{op: b.op("layerNorm", b.shape(n), operands...), epsilon: l.Epsilon, modulated: l.Scale != nil},
		operands...)
}

type layerNormOp struct {
	op
	epsilon    float64
	modulated  bool  // there are a scale and a shift
	statistics *node // of the pixels, or nil if nothing is differentiated
}

// norm returns the normalization as package kernel has it.
func (o *layerNormOp) norm() *kernel.LayerNorm {
	return &kernel.LayerNorm{Pixels: o.shape[1], Epsilon: o.epsilon}
}

func (o *layerNormOp) traits() traits { return traits{pixelwise: true} }

// side implements pairedOp.
func (o *layerNormOp) side() *node { return o.statistics }

func (o *layerNormOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, layerNormReference[float32](o), layerNormReference[float64](o))
}

func layerNormReference[T float](o *layerNormOp) reference[T] {
	return func(y []T, in [][]T, _ [][]int32) {
		o.eachPixel(func(image, first int) {
			normalized, _ := normalizePixel(o, in[0][first:])
			for c, x := range normalized {
				if o.modulated {
					at := image*len(normalized) + c
					x = x*(1+float64(in[1][at])) + float64(in[2][at])
				}
				y[first+c] = T(x)
			}
		})
	}
}

// eachPixel calls f for each pixel with the number of its image and the place of its first channel.
func (o *layerNormOp) eachPixel(f func(image, first int)) {
	for pixel := range o.shape[0] * o.shape[1] {
		f(pixel/o.shape[1], pixel*o.shape[2])
	}
}

// normalizePixel returns (x − μ)/√(v + ε) of a pixel, and 1/√(v + ε), in float64.
func normalizePixel[T float](o *layerNormOp, x []T) (normalized []float64, slope float64) {
	n, mean, variance := float64(o.shape[2]), 0.0, 0.0
	for _, v := range x[:o.shape[2]] {
		mean += float64(v) / n
	}
	for _, v := range x[:o.shape[2]] {
		variance += (float64(v) - mean) * (float64(v) - mean) / n
	}
	slope = 1 / math.Sqrt(variance+o.epsilon)
	for _, v := range x[:o.shape[2]] {
		normalized = append(normalized, (float64(v)-mean)*slope)
	}
	return normalized, slope
}

// DiffWRT implements gorgonia.SDOp.
func (o *layerNormOp) DiffWRT(inputs int) []bool { return everything(inputs) }

// SymDiff implements gorgonia.SDOp. The gradients of scale and shift are sums over the pixels of each image.
func (o *layerNormOp) SymDiff(in gorgonia.Nodes, output, grad *node) (gorgonia.Nodes, error) {
	b, channels := o.builder, o.shape[2]
	operands := []*node{in[0], grad, o.statisticsOf(output)}
	if o.modulated {
		operands = append(operands, in[1])
	}
	dx := &layerNormGradientOp{op: b.op("layerNormGradient", in[0].Shape().Clone(), operands...), layer: o}
	x := b.apply(o.name, dx, operands...)
	if !o.modulated {
		return gorgonia.Nodes{x}, b.err
	}
	dx.sums = b.apply(o.name, &layerNormSumsOp{b.op("layerNormSums", tensor.Shape{b.batch, 2 * channels}, operands...), o, x}, operands...)
	return gorgonia.Nodes{x, b.slice(o.name, dx.sums, 0, channels), b.slice(o.name, dx.sums, channels, channels)}, b.err
}

// statisticsOf returns the statistics of the pixels; output is the node of the operation.
func (o *layerNormOp) statisticsOf(output *node) *node {
	if o.statistics == nil {
		b, x := o.builder, o.builder.children(output)[0]
		shape := tensor.Shape{b.batch, o.shape[1] * o.norm().Statistics()}
		o.statistics = b.apply(o.name, &statisticsOp{b.op("layerNormStatistics", shape, x), output}, x)
	}
	return o.statistics
}

// modulation returns the scale and the shift of layerNorm: zeros if there are none.
func (o *layerNormOp) modulation(in []value) (scale, shift kernel.Matrix) {
	if o.modulated {
		return in[1].Matrix, in[2].Matrix
	}
	zeros := kernel.NewMatrix(o.shape[0], o.shape[2])
	return zeros, zeros
}

func (o *layerNormOp) bind(m memory) rowStep {
	x, norm := m.in[0], o.norm()
	scale, shift := o.modulation(m.in)
	return func(_ *kernel.Workspace, lo, hi int) {
		norm.Forward(m.out.images(lo, hi), x.images(lo, hi), scale.RowRange(lo, hi), shift.RowRange(lo, hi), m.side.rows(lo, hi))
	}
}

// layerNormAgainOp is a layer norm whose statistics are its last operand.
type layerNormAgainOp struct {
	op
	layer *layerNormOp
}

func (o *layerNormAgainOp) again() {}

func (o *layerNormAgainOp) traits() traits { return traits{pixelwise: true} }

func (o *layerNormAgainOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, layerNormReference[float32](o.layer), layerNormReference[float64](o.layer))
}

func (o *layerNormAgainOp) bind(m memory) rowStep {
	m.side = m.in[len(m.in)-1] // writes the same statistics
	return o.layer.bind(m)
}
