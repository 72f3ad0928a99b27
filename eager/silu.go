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
	p.keep[p.position[op.X]] = true
	return &silu{p.position[op.X], i, p.pull(i, op.X, passes)}
}

func (o *silu) prepare(m *Machine) {
	if m.nodes[o.out].shared {
		o.run(m)
	}
}

func (o *silu) run(m *Machine) { apply(m.value[o.out], m.value[o.x], kernel.SiLU) }

// runTangent computes the tangent first, because the value may overwrite x.
func (o *silu) runTangent(m *Machine) {
	apply2(m.tangent[o.out], m.value[o.x], m.tangent[o.x], kernel.SiLUGradient)
	o.run(m)
}

func (o *silu) pull(m *Machine) {
	d := m.adjoint[o.out]
	apply2(d, m.value[o.x], d, kernel.SiLUGradient)
	o.pullX.pass(m, d)
}
