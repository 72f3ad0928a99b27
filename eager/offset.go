package eager

import (
	"euryale/kernel"
	"euryale/ops"
)

// offset adds the same numbers to each row.
type offset struct {
	x, out int
	values kernel.Matrix // [pixels, columns]
	pullX  *pull         // nil: all rows share it
}

func (p *planner) offset(i int, op ops.Offset) *offset {
	p.reuse(i, op.X)
	return &offset{p.position[op.X], i, kernel.View(op.Values, p.nodes[i].pixels, p.nodes[i].cols), p.pull(i, op.X, passes)}
}

func (o *offset) prepare(m *Machine) {
	if m.nodes[o.out].shared {
		o.run(m)
	}
}

func (o *offset) run(m *Machine) {
	out := m.value[o.out]
	move(out, m.value[o.x])
	for lo := 0; lo < out.Rows; lo += o.values.Rows {
		kernel.AddRows(out.RowRange(lo, lo+o.values.Rows), o.values)
	}
}

func (o *offset) runTangent(m *Machine) {
	o.run(m)
	move(m.tangent[o.out], m.tangent[o.x])
}

func (o *offset) pull(m *Machine) { o.pullX.pass(m, m.adjoint[o.out]) }
