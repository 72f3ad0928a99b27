package eager

import (
	"euryale/kernel"
	"euryale/ops"
)

// relu is max(0, x).
type relu struct {
	x, out int
	pullX  *pull
}

func (p *planner) relu(i int, op ops.ReLU) *relu {
	p.reuse(i, op.X)
	p.keep[i] = true
	return &relu{p.position[op.X], i, p.pull(i, op.X, passes)}
}

func (o *relu) prepare(m *Machine) {
	if m.nodes[o.out].shared {
		o.run(m)
	}
}

func (o *relu) run(m *Machine) { apply(m.value[o.out], m.value[o.x], kernel.ReLU) }

func (o *relu) runTangent(m *Machine) {
	o.run(m)
	apply2(m.tangent[o.out], m.tangent[o.x], m.value[o.out], kernel.ReLUMask)
}

func (o *relu) pull(m *Machine) {
	d := m.adjoint[o.out]
	apply2(d, d, m.value[o.out], kernel.ReLUMask)
	o.pullX.pass(m, d)
}
