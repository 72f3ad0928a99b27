package eager

import (
	"euryale/kernel"
	"euryale/ops"
)

// gate is add + gate∘x with a gate per image.
type gate struct {
	x, add, out int // nodes; add may be none
	gate        perImage
	pullX       *pull
	pullAdd     *pull // nil: absent
}

func (p *planner) gate(i int, op ops.Gate) *gate {
	o := &gate{x: p.position[op.X], add: none, out: i, pullX: p.pull(i, op.X, computed), gate: p.perImage(i, op.Gate)}
	if o.gate.pull != nil {
		p.keep[o.x] = true
	}
	if op.Add != nil {
		o.add, o.pullAdd = p.position[op.Add], p.pull(i, op.Add, passes)
		p.reuse(i, op.Add)
	}
	p.reuse(i, op.X)
	return o
}

func (o *gate) allocate(m *Machine) { o.gate.allocate(m, m.nodes[o.x].cols) }

func (o *gate) prepare(m *Machine) { o.gate.prepare(m) }

// added returns the value or the tangent of the image to add, or an absent Matrix.
func (o *gate) added(views []kernel.Matrix) kernel.Matrix {
	if o.add == none {
		return kernel.Matrix{}
	}
	return views[o.add]
}

func (o *gate) run(m *Machine) {
	pixels, x := m.nodes[o.x].pixels, m.value[o.x]
	kernel.Gate(m.value[o.out], o.added(m.value), x, o.gate.value(m, x.Rows/pixels), pixels)
}

// runTangent computes the tangent first, because the value may overwrite x.
func (o *gate) runTangent(m *Machine) {
	pixels, x, out := m.nodes[o.x].pixels, m.value[o.x], m.tangent[o.out]
	images := x.Rows / pixels
	kernel.Gate(out, o.added(m.tangent), m.tangent[o.x], o.gate.value(m, images), pixels)
	if o.gate.pull != nil {
		kernel.Gate(out, out, x, o.gate.tangent(m, images), pixels)
	}
	o.run(m)
}

func (o *gate) pull(m *Machine) {
	pixels, d, x := m.nodes[o.x].pixels, m.adjoint[o.out], m.adjoint[o.x]
	images := d.Rows / pixels
	add := kernel.Matrix{}
	if o.pullX.accumulate {
		add = x
	}
	kernel.Gate(x, add, d, o.gate.value(m, images), pixels)
	if o.gate.pull != nil {
		sums := o.gate.adjoint(images)
		kernel.GateGradient(sums, d, m.value[o.x], pixels)
		o.gate.pull.pass(m, sums)
	}
	o.pullAdd.pass(m, d)
}
