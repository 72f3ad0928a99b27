package eager

import (
	"euryale/kernel"
	"euryale/ops"
)

// depthToSpace makes each pixel a square of pixels.
type depthToSpace struct {
	x, out, width, block int
	pullX                *pull
}

func (p *planner) depthToSpace(i int, op ops.DepthToSpace) *depthToSpace {
	return &depthToSpace{p.position[op.X], i, op.X.Shape()[1], op.Block, p.pull(i, op.X, computed)}
}

func (*depthToSpace) prepare(*Machine) {}

func (o *depthToSpace) run(m *Machine) {
	kernel.DepthToSpace(m.value[o.out], m.value[o.x], o.width, o.block)
}

func (o *depthToSpace) runTangent(m *Machine) {
	o.run(m)
	kernel.DepthToSpace(m.tangent[o.out], m.tangent[o.x], o.width, o.block)
}

func (o *depthToSpace) pull(m *Machine) {
	kernel.SpaceToDepth(m.adjoint[o.x], m.adjoint[o.out], o.width, o.block, o.pullX.accumulate)
}
