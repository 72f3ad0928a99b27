package eager

import (
	"math"

	"euryale/nets"
	"euryale/ops"
)

// transformer is a block of a transformer on patches (Peebles and Xie 2023), modulated by the time and the label.
func transformer(b *ops.Builder, in nets.Input) *ops.Node {
	const width = 4
	l := &imageLayers{Builder: b}
	features := b.CosinesFirst("features", in.Time, []float64{1, 0.3, 0.6})
	time := nets.Dense(b, "time", features, 5)
	if in.Label != nil {
		time = b.Add("condition", time, nets.LabelEmbedding(b, "label", in, 5))
	}
	modulation := nets.Dense(b, "modulation", b.GELU("condition gelu", b.Offset("condition offset", time, []float32{1, 0, -1, 2, 0.5})), 6*width)
	part := func(i int) *ops.Node { return b.Slice(l.name("part"), modulation, i*width, width) }
	h := l.conv(in.X, width, ops.Conv{Kernel: 2, Stride: 2})
	positions := make([]float32, h.Size())
	for i := range positions {
		positions[i] = float32(i%7) / 8
	}
	h = b.Offset("positions", h, positions)
	a := b.LayerNorm("norm1", h, ops.LayerNorm{Scale: part(0), Shift: part(1), Epsilon: 0.1})
	a = l.conv(b.Attention("attention", l.conv(a, 3*width, ops.Conv{Kernel: 1}), 2), width, ops.Conv{Kernel: 1})
	h = b.Gate("gate1", a, ops.Gate{Gate: part(2), Add: h})
	a = b.LayerNorm("norm2", h, ops.LayerNorm{Scale: part(3), Shift: part(4), Epsilon: 0.1})
	a = l.conv(b.GELU("gelu", l.conv(a, 2*width, ops.Conv{Kernel: 1})), width, ops.Conv{Kernel: 1})
	h = b.LayerNorm("norm3", b.Gate("gate2", a, ops.Gate{Gate: part(5), Add: h}), ops.LayerNorm{Epsilon: 0.1})
	size := in.Sample[0] * in.Sample[1]
	h = b.DepthToSpace("image", l.conv(h, 4*in.Outputs/size, ops.Conv{Kernel: 1}), 2)
	return b.Split("split", h, in.Outputs/size/in.Sample[2])
}

// modulated has the operations of a transformer with operands that depend on the image, several readers, and images that are
// parts of others.
func modulated(b *ops.Builder, in nets.Input) *ops.Node {
	l := &imageLayers{Builder: b}
	x := l.conv(in.X, 4, ops.Conv{})
	row := nets.Dense(b, "row", b.MeanPool("pool", x), 10)
	scale, shift, gate := b.Slice("scale", row, 0, 4), b.Slice("shift", row, 4, 4), b.Slice("gate", row, 3, 4)
	y := b.LayerNorm("norm", x, ops.LayerNorm{Scale: scale, Shift: shift, Epsilon: 0.1})
	z := b.Gate("gated", x, ops.Gate{Gate: gate})
	h := b.Concat("parts", b.Gate("same", x, ops.Gate{Gate: shift, Add: x}), y, b.GELU("gelu", x),
		b.Gate("both", y, ops.Gate{Gate: b.GELU("gelu of a gate", gate), Add: z}), b.Offset("offset", z, make([]float32, z.Size())))
	values := make([]float32, h.Size())
	for i := range values {
		values[i] = float32(i%3) - 1
	}
	h = b.DepthToSpace("image", b.Offset("values", b.LayerNorm("all", h, ops.LayerNorm{Epsilon: 0.1}), values), 2) // [8, 4, 5]
	h = b.Gate("last", h, ops.Gate{Gate: b.Slice("ends", row, 5, 5), Add: h})
	return nets.Dense(b, "o", l.conv(b.Concat("again", h, b.DepthToSpace("other", z, 2)), 2, ops.Conv{Stride: 2, Kernel: 2}), in.Outputs)
}

// referenceTransformer computes an operation of a transformer for one row in float64, and reports whether n is one.
func referenceTransformer(y []float64, n *ops.Node, values map[*ops.Node][]float64) bool {
	channels := 1
	if shape := n.Shape(); len(shape) > 0 {
		channels = shape[len(shape)-1]
	}
	switch op := n.Op.(type) {
	case ops.LayerNorm:
		for first := 0; first < len(y); first += channels {
			referenceLayerNorm(y[first:first+channels], values[op.X][first:], op, values)
		}
	case ops.GELU:
		for i, x := range values[op.X] {
			y[i] = x / (1 + math.Exp(-math.Sqrt(8/math.Pi)*(x+0.044715*x*x*x)))
		}
	case ops.Gate:
		for i, x := range values[op.X] {
			y[i] = values[op.Gate][i%channels] * x
			if op.Add != nil {
				y[i] += values[op.Add][i]
			}
		}
	case ops.Offset:
		for i, x := range values[op.X] {
			y[i] = x + float64(op.Values[i])
		}
	case ops.Slice:
		copy(y, values[op.X][op.First:])
	case ops.DepthToSpace:
		shape, width := op.X.Shape(), n.Shape()[1]
		for i, x := range values[op.X] {
			pixel, square := i/shape[2], i%shape[2]/channels
			row := pixel/shape[1]*op.Block + square/op.Block
			y[(row*width+pixel%shape[1]*op.Block+square%op.Block)*channels+i%channels] = x
		}
	default:
		return false
	}
	return true
}

func referenceLayerNorm(y, x []float64, op ops.LayerNorm, values map[*ops.Node][]float64) {
	mean, variance := 0.0, 0.0
	for _, v := range x[:len(y)] {
		mean += v / float64(len(y))
	}
	for _, v := range x[:len(y)] {
		variance += (v - mean) * (v - mean) / float64(len(y))
	}
	for c := range y {
		y[c] = (x[c] - mean) / math.Sqrt(variance+op.Epsilon)
		if op.Scale != nil {
			y[c] = y[c]*(1+values[op.Scale][c]) + values[op.Shift][c]
		}
	}
}
