package graph

import (
	"math"

	"gorgonia.org/gorgonia"

	"euryale/kernel"
	"euryale/ops"
)

// attention lets pixels attend to each other.
func (b *builder) attention(n *ops.Node, a ops.Attention) *node {
	x := b.at(a.X)
	return b.apply(n.Name, &attentionOp{b.op("attention", b.shape(n), x), a.Heads}, x)
}

type attentionOp struct {
	op
	heads int
}

func (o *attentionOp) traits() traits { return traits{pixelwise: true} }

func (o *attentionOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, attentionReference[float32](o), attentionReference[float64](o))
}

func attentionReference[T float](o *attentionOp) reference[T] {
	return func(y []T, in [][]T, _ [][]int32) {
		o.eachHead(func(image, head int) {
			h := headOf(o, in[0], image, head)
			for p := range h.pixels {
				for c := range h.width {
					sum := 0.0
					for s, weight := range h.softmax(p) {
						sum += weight * float64(h.value(s)[c])
					}
					y[(image*h.pixels+p)*o.shape[2]+head*h.width+c] = T(sum)
				}
			}
		})
	}
}

// eachHead calls f for each head of each image.
func (o *attentionOp) eachHead(f func(image, head int)) {
	for i := range o.shape[0] * o.heads {
		f(i/o.heads, i%o.heads)
	}
}

// head is one head's part of an image's queries, keys and values.
type head[T float] struct {
	x                       []T
	pixels, channels, width int // channels of all heads, and of this one
	first                   int
}

func headOf[T float](o *attentionOp, x []T, image, number int) head[T] {
	pixels, channels := o.shape[1], o.shape[2]
	width := channels / o.heads
	return head[T]{x[image*pixels*3*channels:], pixels, channels, width, number * width}
}

func (h head[T]) part(part, pixel int) []T { return h.x[(3*pixel+part)*h.channels+h.first:][:h.width] }
func (h head[T]) query(pixel int) []T      { return h.part(0, pixel) }
func (h head[T]) key(pixel int) []T        { return h.part(1, pixel) }
func (h head[T]) value(pixel int) []T      { return h.part(2, pixel) }

// softmax returns how much a pixel attends to each.
func (h head[T]) softmax(pixel int) []float64 {
	weights := make([]float64, h.pixels)
	for s := range weights {
		weights[s] = dot(h.query(pixel), h.key(s)) / math.Sqrt(float64(h.width))
	}
	total := ops.LogSumExp(weights)
	for s, w := range weights {
		weights[s] = math.Exp(w - total)
	}
	return weights
}

func dot[T float](x, y []T) float64 {
	sum := 0.0
	for i, v := range x {
		sum += float64(v) * float64(y[i])
	}
	return sum
}

// DiffWRT implements gorgonia.SDOp.
func (o *attentionOp) DiffWRT(inputs int) []bool { return everything(inputs) }

// SymDiff implements gorgonia.SDOp.
func (o *attentionOp) SymDiff(in gorgonia.Nodes, _, d *node) (gorgonia.Nodes, error) {
	b := o.builder
	g := &attentionGradientOp{b.op("attentionGradient", in[0].Shape().Clone(), in[0], d), o}
	return gorgonia.Nodes{b.apply(o.name, g, in[0], d)}, b.err
}

func (o *attentionOp) bind(m memory) rowStep {
	x, out := m.in[0], m.out
	return func(ws *kernel.Workspace, lo, hi int) {
		kernel.Attention(ws, out.images(lo, hi), x.images(lo, hi), out.pixels, o.heads)
	}
}

// attentionGradientOp is the gradient of queries, keys and values; its operands are these and d. With P the softmax, the sums
// over pixels and 1/√channels = scale,
//
//	dV = Pᵀ·d,  dS = P∘(d·Vᵀ − rowsum(P∘d·Vᵀ)),  dQ = scale·dS·K,  dK = scale·dSᵀ·Q
type attentionGradientOp struct {
	op
	attention *attentionOp
}

func (o *attentionGradientOp) traits() traits { return traits{pixelwise: true, accumulates: true} }

func (o *attentionGradientOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, attentionGradientReference[float32](o.attention), attentionGradientReference[float64](o.attention))
}

func attentionGradientReference[T float](o *attentionOp) reference[T] {
	return func(dx []T, in [][]T, _ [][]int32) {
		o.eachHead(func(image, number int) {
			h, g := headOf(o, in[0], image, number), headOf(o, dx, image, number)
			scale := 1 / math.Sqrt(float64(h.width))
			for p := range h.pixels {
				d, weights, mean := in[1][(image*h.pixels+p)*h.channels+h.first:][:h.width], h.softmax(p), 0.0
				for s, w := range weights {
					mean += w * dot(d, h.value(s))
				}
				for s, w := range weights {
					slope := scale * w * (dot(d, h.value(s)) - mean)
					for c := range h.width {
						g.value(s)[c] += T(w * float64(d[c]))
						g.query(p)[c] += T(slope * float64(h.key(s)[c]))
						g.key(s)[c] += T(slope * float64(h.query(p)[c]))
					}
				}
			}
		})
	}
}

func (o *attentionGradientOp) bind(m memory) rowStep {
	x, d := m.in[0], m.in[1]
	return func(ws *kernel.Workspace, lo, hi int) {
		kernel.AttentionGradient(ws, m.out.images(lo, hi), x.images(lo, hi), d.images(lo, hi), d.pixels, o.attention.heads, m.accumulate)
	}
}
