package eager

import (
	"euryale/kernel"
	"euryale/ops"
)

// add is x + y; either may be shared by all rows.
type add struct {
	x, y, out    int
	pullX, pullY *pull // nil: all rows share it
}

func (p *planner) add(i int, op ops.Add) *add {
	p.reuse(i, op.X)
	p.reuse(i, op.Y)
	return &add{p.position[op.X], p.position[op.Y], i, p.pull(i, op.X, false), p.pull(i, op.Y, false)}
}

func (o *add) prepare(m *Machine) {
	if m.nodes[o.out].shared {
		o.run(m)
	}
}

func (o *add) run(m *Machine) {
	out, x, y := m.value[o.out], m.value[o.x], m.value[o.y]
	if (o.pullX == nil) == (o.pullY == nil) {
		kernel.Combine2(out.Data, 1, x.Data, 1, y.Data)
		return
	}
	if o.pullX == nil {
		x, y = y, x
	}
	for r := range out.Rows {
		kernel.Combine2(out.RowRange(r, r+1).Data, 1, x.RowRange(r, r+1).Data, 1, y.Data)
	}
}

func (o *add) runTangent(m *Machine) {
	o.run(m)
	out := m.tangent[o.out].Data
	switch {
	case o.pullY == nil:
		copy(out, m.tangent[o.x].Data)
	case o.pullX == nil:
		copy(out, m.tangent[o.y].Data)
	default:
		kernel.Combine2(out, 1, m.tangent[o.x].Data, 1, m.tangent[o.y].Data)
	}
}

func (o *add) pull(m *Machine) {
	o.pullX.pass(m, m.adjoint[o.out])
	o.pullY.pass(m, m.adjoint[o.out])
}
