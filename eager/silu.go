package eager

import (
	"euryale/kernel"
	"euryale/ops"
)

// silu is x·σ(x).
type silu struct {
	x, out int
	pullX  *pull
}

func (p *planner) silu(i int, op ops.SiLU) *silu {
	p.reuse(i, op.X)
	return &silu{p.position[op.X], i, p.pull(i, op.X, false)}
}

func (o *silu) prepare(m *Machine) {
	if m.nodes[o.out].shared {
		o.run(m)
	}
}

func (o *silu) run(m *Machine) { kernel.SiLU(m.value[o.out].Data, m.value[o.x].Data) }

// runTangent computes the tangent first, because the value may overwrite x.
func (o *silu) runTangent(m *Machine) {
	kernel.SiLUGradient(m.tangent[o.out].Data, m.value[o.x].Data, m.tangent[o.x].Data)
	o.run(m)
}

func (o *silu) pull(m *Machine) {
	d := m.adjoint[o.out]
	kernel.SiLUGradient(d.Data, m.value[o.x].Data, d.Data)
	o.pullX.pass(m, d)
}
