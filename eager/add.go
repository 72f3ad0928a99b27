package eager

import "euryale/ops"

// add is x + y; either may be shared by all rows.
type add struct {
	x, y, out    int
	pullX, pullY *pull // nil: all rows share it
}

func (p *planner) add(i int, op ops.Add) *add {
	p.reuse(i, op.X)
	p.reuse(i, op.Y)
	return &add{p.position[op.X], p.position[op.Y], i, p.pull(i, op.X, passes), p.pull(i, op.Y, passes)}
}

func (o *add) prepare(m *Machine) {
	if m.nodes[o.out].shared {
		o.run(m)
	}
}

func (o *add) run(m *Machine) {
	out, x, y := m.value[o.out], m.value[o.x], m.value[o.y]
	if (o.pullX == nil) == (o.pullY == nil) {
		apply2(out, x, y, sum)
		return
	}
	if o.pullX == nil {
		x, y = y, x
	}
	for r := range out.Rows {
		sum(out.RowRange(r, r+1).Data, x.RowRange(r, r+1).Data, y.Data)
	}
}

func (o *add) runTangent(m *Machine) {
	o.run(m)
	out := m.tangent[o.out]
	switch {
	case o.pullY == nil:
		move(out, m.tangent[o.x])
	case o.pullX == nil:
		move(out, m.tangent[o.y])
	default:
		apply2(out, m.tangent[o.x], m.tangent[o.y], sum)
	}
}

func (o *add) pull(m *Machine) {
	o.pullX.pass(m, m.adjoint[o.out])
	o.pullY.pass(m, m.adjoint[o.out])
}
