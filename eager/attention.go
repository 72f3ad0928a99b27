package eager

import (
	"euryale/kernel"
	"euryale/ops"
)

// attention is softmax(Q·Kᵀ/√c)·V over the pixels of each image.
type attention struct {
	x, out, heads int
	pullX         *pull
}

func (p *planner) attention(i int, op ops.Attention) *attention {
	j := p.position[op.X]
	p.keep[j] = true
	return &attention{j, i, op.Heads, p.pull(i, op.X, computed)}
}

func (*attention) prepare(*Machine) {}

func (o *attention) run(m *Machine) {
	kernel.Attention(m.ws, m.value[o.out], m.value[o.x], m.nodes[o.out].pixels, o.heads)
}

func (o *attention) runTangent(m *Machine) {
	o.run(m)
	kernel.AttentionTangent(m.ws, m.tangent[o.out], m.value[o.x], m.tangent[o.x], m.nodes[o.out].pixels, o.heads)
}

func (o *attention) pull(m *Machine) {
	kernel.AttentionGradient(m.ws, m.adjoint[o.x], m.value[o.x], m.adjoint[o.out], m.nodes[o.out].pixels, o.heads, o.pullX.accumulate)
}
