package eager

import (
	"euryale/kernel"
	"euryale/ops"
)

// perImage is an operand with a number per channel of each image. One that all rows share is repeated for each of them.
type perImage struct {
	node     int           // none: zeros
	pull     *pull         // nil: all rows share it
	repeated kernel.Matrix // [chunk, channels], if all rows share it
	zeros    kernel.Matrix // its tangent then
	adjoints kernel.Matrix // [chunk, channels]
}

func (p *planner) perImage(i int, n *ops.Node) perImage {
	if n == nil {
		return perImage{node: none}
	}
	p.keep[p.position[n]] = true
	return perImage{node: p.position[n], pull: p.pull(i, n, computed)}
}

func (o *perImage) allocate(m *Machine, channels int) {
	o.adjoints = kernel.NewMatrix(m.chunk, channels)
	if o.pull == nil {
		o.repeated, o.zeros = kernel.NewMatrix(m.chunk, channels), kernel.NewMatrix(m.chunk, channels)
	}
}

// prepare repeats what all rows share.
func (o *perImage) prepare(m *Machine) {
	if o.node == none || o.pull != nil {
		return
	}
	for r := range o.repeated.Rows {
		copy(o.repeated.RowRange(r, r+1).Data, m.value[o.node].Data)
	}
}

// value returns the operand of some images, [images, channels].
func (o *perImage) value(m *Machine, images int) kernel.Matrix {
	if o.pull == nil {
		return o.repeated.RowRange(0, images)
	}
	return m.value[o.node]
}

// tangent returns its tangent.
func (o *perImage) tangent(m *Machine, images int) kernel.Matrix {
	if o.pull == nil {
		return o.zeros.RowRange(0, images)
	}
	return m.tangent[o.node]
}

// adjoint returns memory for its adjoint, for pass.
func (o *perImage) adjoint(images int) kernel.Matrix { return o.adjoints.RowRange(0, images) }
