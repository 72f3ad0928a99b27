package eager

import (
	"euryale/kernel"
	"euryale/ops"
)

// layerNorm normalizes each pixel over its channels and modulates it with numbers of its image.
type layerNorm struct {
	x, out       int
	norm         kernel.LayerNorm
	pullX        *pull
	scale, shift perImage
	stats        []float32 // of the pixels of the current rows
}

func (p *planner) layerNorm(i int, op ops.LayerNorm) *layerNorm {
	j := p.position[op.X]
	p.keep[j] = true
	return &layerNorm{x: j, out: i, norm: kernel.LayerNorm{Pixels: p.nodes[i].pixels, Epsilon: op.Epsilon},
		pullX: p.pull(i, op.X, passes), scale: p.perImage(i, op.Scale), shift: p.perImage(i, op.Shift)}
}

func (o *layerNorm) allocate(m *Machine) {
	o.stats = make([]float32, m.chunk*o.norm.Pixels*o.norm.Statistics())
	o.scale.allocate(m, m.nodes[o.x].cols)
	o.shift.allocate(m, m.nodes[o.x].cols)
}

func (o *layerNorm) prepare(m *Machine) {
	o.scale.prepare(m)
	o.shift.prepare(m)
}

// of returns the statistics of n pixels.
func (o *layerNorm) of(n int) []float32 { return o.stats[:n*o.norm.Statistics()] }

func (o *layerNorm) run(m *Machine) {
	x := m.value[o.x]
	images := x.Rows / o.norm.Pixels
	o.norm.Forward(m.value[o.out], x, o.scale.value(m, images), o.shift.value(m, images), o.of(x.Rows))
}

func (o *layerNorm) runTangent(m *Machine) {
	o.run(m)
	x := m.value[o.x]
	images := x.Rows / o.norm.Pixels
	o.norm.Tangent(m.tangent[o.out], x, m.tangent[o.x], o.scale.value(m, images), o.scale.tangent(m, images), o.shift.tangent(m, images),
		o.of(x.Rows))
}

func (o *layerNorm) pull(m *Machine) {
	x, d := m.value[o.x], m.adjoint[o.out]
	images := x.Rows / o.norm.Pixels
	scale, shift := o.scale.adjoint(images), o.shift.adjoint(images)
	o.norm.Gradient(m.adjoint[o.x], scale, shift, x, d, o.scale.value(m, images), o.of(x.Rows), o.pullX.accumulate)
	o.scale.pull.pass(m, scale)
	o.shift.pull.pass(m, shift)
}
