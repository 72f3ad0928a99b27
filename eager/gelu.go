package eager

import (
	"euryale/kernel"
	"euryale/ops"
)

// gelu is the tanh form of GELU.
type gelu struct {
	x, out int
	pullX  *pull
}

func (p *planner) gelu(i int, op ops.GELU) *gelu {
	p.reuse(i, op.X)
	p.keep[p.position[op.X]] = true
	return &gelu{p.position[op.X], i, p.pull(i, op.X, passes)}
}

func (o *gelu) prepare(m *Machine) {
	if m.nodes[o.out].shared {
		o.run(m)
	}
}

func (o *gelu) run(m *Machine) { apply(m.value[o.out], m.value[o.x], kernel.GELU) }

// runTangent computes the tangent first, because the value may overwrite x.
func (o *gelu) runTangent(m *Machine) {
	apply2(m.tangent[o.out], m.value[o.x], m.tangent[o.x], kernel.GELUGradient)
	o.run(m)
}

func (o *gelu) pull(m *Machine) {
	d := m.adjoint[o.out]
	apply2(d, m.value[o.x], d, kernel.GELUGradient)
	o.pullX.pass(m, d)
}
