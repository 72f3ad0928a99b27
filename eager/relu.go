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
	return &relu{p.position[op.X], i, p.pull(i, op.X, false)}
}

func (o *relu) prepare(m *Machine) {
	if m.nodes[o.out].shared {
		o.run(m)
	}
}

func (o *relu) run(m *Machine) { kernel.ReLU(m.value[o.out].Data, m.value[o.x].Data) }

func (o *relu) runTangent(m *Machine) {
	o.run(m)
	kernel.ReLUMask(m.tangent[o.out].Data, m.tangent[o.x].Data, m.value[o.out].Data)
}

func (o *relu) pull(m *Machine) {
	d := m.adjoint[o.out]
	kernel.ReLUMask(d.Data, d.Data, m.value[o.out].Data)
	o.pullX.pass(m, d)
}
