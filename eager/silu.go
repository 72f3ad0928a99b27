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
	return &silu{p.position[op.X], i, p.pull(i, op.X, false)}
}

func (o *silu) prepare(m *Machine) {
	if m.nodes[o.out].shared {
		o.run(m)
	}
}

func (o *silu) run(m *Machine) {
	y := m.value[o.out].Data
	for i, x := range m.value[o.x].Data {
		y[i] = float32(ops.SiLU{}.Value(float64(x)))
	}
}

// runTangent computes the tangent first, because the value may overwrite x.
func (o *silu) runTangent(m *Machine) {
	o.slope(m.tangent[o.out].Data, m.tangent[o.x], m)
	o.run(m)
}

func (o *silu) pull(m *Machine) {
	d := m.adjoint[o.out]
	o.slope(d.Data, d, m)
	o.pullX.pass(m, d)
}

// slope sets dst to d times the derivative at x.
func (o *silu) slope(dst []float32, d kernel.Matrix, m *Machine) {
	for i, x := range m.value[o.x].Data {
		dst[i] = float32(float64(d.Data[i]) * ops.SiLU{}.Derivative(float64(x)))
	}
}
