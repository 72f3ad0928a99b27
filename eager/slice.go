package eager

import (
	"euryale/kernel"
	"euryale/ops"
)

// slice is a range of the numbers of each row.
type slice struct {
	x, out, first, end int
	pullX              *pull // nil: all rows share it
}

func (p *planner) slice(i int, op ops.Slice) *slice {
	return &slice{p.position[op.X], i, op.First, op.First + p.nodes[i].size, p.pull(i, op.X, computed)}
}

func (o *slice) prepare(m *Machine) {
	if m.nodes[o.out].shared {
		o.run(m)
	}
}

func (o *slice) run(m *Machine) {
	kernel.CopyRows(m.value[o.out], m.value[o.x].ColRange(o.first, o.end))
}

func (o *slice) runTangent(m *Machine) {
	o.run(m)
	kernel.CopyRows(m.tangent[o.out], m.tangent[o.x].ColRange(o.first, o.end))
}

func (o *slice) pull(m *Machine) {
	x, d := m.adjoint[o.x], m.adjoint[o.out]
	part := x.ColRange(o.first, o.end)
	if o.pullX.accumulate {
		kernel.AddRows(part, d)
		return
	}
	clear(x.Data) // a row of numbers has no gaps
	kernel.CopyRows(part, d)
}
