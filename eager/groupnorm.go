package eager

import (
	"euryale/kernel"
	"euryale/ops"
)

// groupNorm normalizes groups of channels of each image.
type groupNorm struct {
	x, out int
	norm   kernel.GroupNorm
	pullX  *pull
	stats  []float32 // of the images of the current rows
}

func (p *planner) groupNorm(i int, op ops.GroupNorm) *groupNorm {
	j := p.position[op.X]
	p.keep[j] = true
	return &groupNorm{x: j, out: i, pullX: p.pull(i, op.X, passes), norm: kernel.GroupNorm{
		Pixels: p.nodes[i].pixels, Groups: op.Groups, Weight: p.parameter(op.Weight).Data, Bias: p.parameter(op.Bias).Data,
		Epsilon: op.Epsilon, SiLU: op.SiLU,
	}}
}

func (o *groupNorm) allocate(m *Machine) {
	o.stats = make([]float32, m.chunk*o.norm.Statistics())
	if n := m.chunk * 2 * m.nodes[o.x].cols; n > len(m.sums) {
		m.sums = make([]float32, n)
	}
}

func (*groupNorm) prepare(*Machine) {}

// of returns the statistics of the images of n rows of pixels.
func (o *groupNorm) of(n int) []float32 { return o.stats[:n/o.norm.Pixels*o.norm.Statistics()] }

func (o *groupNorm) run(m *Machine) {
	x := m.value[o.x]
	o.norm.Forward(m.value[o.out], x, o.of(x.Rows))
}

func (o *groupNorm) runTangent(m *Machine) {
	o.run(m)
	x := m.value[o.x]
	o.norm.Tangent(m.tangent[o.out], x, m.tangent[o.x], o.of(x.Rows))
}

func (o *groupNorm) pull(m *Machine) {
	x, d := m.value[o.x], m.adjoint[o.out]
	sums := m.sums[:x.Rows/o.norm.Pixels*2*x.Cols]
	o.norm.Gradient(m.adjoint[o.x], x, d, o.of(x.Rows), sums, o.pullX.accumulate)
}
