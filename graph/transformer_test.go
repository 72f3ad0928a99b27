package graph

import "euryale/ops"

// transformer is a transformer on the patches of an image, with the operations of adaLN-Zero, some of them in unusual places.
func (l imageLayers) transformer(name string, x, time *ops.Node, dropout float64) *ops.Node {
	const patch, width, offset = 2, 4, 0.25
	h := l.conv(name+".embed", x, ops.Conv{Kernel: patch, Stride: patch}, width)
	positions := make([]float32, h.Size())
	for i := range positions {
		positions[i] = offset * float32(i%5-2)
	}
	h = l.Offset(name+".positions", h, positions)
	modulation := l.linear(name+".modulation", time, 6*width)
	part := func(i int) *ops.Node { return l.Slice(name+".part", modulation, i*width, width) }
	point := ops.Conv{Kernel: 1, Stride: 1}
	norm := func(scale, shift *ops.Node) *ops.Node {
		return l.LayerNorm(name+".norm", h, ops.LayerNorm{Scale: scale, Shift: shift, Epsilon: 1e-6})
	}
	a := l.conv(name+".qkv", norm(part(0), part(1)), point, 3*width)
	a = l.conv(name+".proj", l.Attention(name+".attention", a, 2), point, width)
	h = l.Gate(name+".gate1", a, ops.Gate{Gate: part(2), Add: h})
	a = l.GELU(name+".gelu", l.conv(name+".fc1", norm(part(3), part(4)), point, 2*width))
	a = l.conv(name+".fc2", l.Dropout(name+".dropout", a, dropout), point, width)
	h = l.Gate(name+".gate2", a, ops.Gate{Gate: part(5), Add: h})
	h = l.Concat(name+".concat", norm(nil, nil), l.Gate(name+".gate3", h, ops.Gate{Gate: part(5)}))
	h = l.Gate(name+".gate4", h, ops.Gate{Gate: l.GELU(name+".gelu2", l.Slice(name+".ends", modulation, 3, 2*width)), Add: h})
	h = l.conv(name+".last", h, point, patch*patch*x.Shape()[2])
	return l.Add(name, x, l.DepthToSpace(name+".image", h, patch))
}
