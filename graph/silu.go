package graph

import (
	"gorgonia.org/gorgonia"

	"euryale/kernel"
	"euryale/ops"
)

// silu applies x·σ(x).
func (b *builder) silu(name string, s ops.SiLU) *node {
	x := b.at(s.X)
	return b.apply(name, &siluOp{op: b.op("silu", b.shape(s.X), x)}, x)
}

type siluOp struct {
	op
	slope *node // the derivative at x, or nil if nothing is differentiated
}

func (o *siluOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, siluReference[float32], siluReference[float64])
}

func siluReference[T float](y []T, in [][]T, _ [][]int32) {
	for i, x := range in[0] {
		y[i] = T(ops.SiLU{}.Value(float64(x)))
	}
}

// bindRows is for a value whose slope is not needed.
func (o *siluOp) bindRows(out value, in []value) rowStep {
	return func(_ *kernel.Workspace, lo, hi int) { kernel.SiLU(out.rows(lo, hi), in[0].rows(lo, hi)) }
}

// bindWithSlope computes the value and the slope in one pass.
func (o *siluOp) bindWithSlope(slope value) func(out value, in []value) rowStep {
	return func(out value, in []value) rowStep {
		return func(_ *kernel.Workspace, lo, hi int) {
			kernel.SiLUSlope(out.rows(lo, hi), slope.rows(lo, hi), in[0].rows(lo, hi))
		}
	}
}

func (o *siluOp) traits() traits { return traits{overwrites: 1} }

// side implements pairedOp.
func (o *siluOp) side() *node { return o.slope }

// bind implements blockOp.
func (o *siluOp) bind(m memory) rowStep {
	if m.side.Data == nil {
		return o.bindRows(m.out, m.in)
	}
	return o.bindWithSlope(m.side)(m.out, m.in)
}

// DiffWRT implements gorgonia.SDOp.
func (o *siluOp) DiffWRT(int) []bool { return []bool{true} }

// SymDiff implements gorgonia.SDOp: the gradient of the output times the derivative at x.
func (o *siluOp) SymDiff(in gorgonia.Nodes, output, grad *node) (gorgonia.Nodes, error) {
	b := o.builder
	o.slope = b.apply(o.name, &siluSlopeOp{b.op("siluSlope", o.shape.Clone(), in[0]), output}, in[0])
	return gorgonia.Nodes{b.apply(o.name, &timesOp{b.op("times", o.shape.Clone(), grad, o.slope)}, grad, o.slope)}, b.err
}

// siluSlopeOp is the derivative of SiLU. A Program computes it together with the value.
type siluSlopeOp struct {
	op
	value *node
}

// primary implements sideOp.
func (o *siluSlopeOp) primary() *node { return o.value }

func (o *siluSlopeOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, siluSlopeReference[float32], siluSlopeReference[float64])
}

func siluSlopeReference[T float](d []T, in [][]T, _ [][]int32) {
	for i, x := range in[0] {
		d[i] = T(ops.SiLU{}.Derivative(float64(x)))
	}
}

// timesOp is the elementwise product of a gradient and a slope.
type timesOp struct{ op }

func (o *timesOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, timesReference[float32], timesReference[float64])
}

func timesReference[T float](d []T, in [][]T, _ [][]int32) {
	for i, grad := range in[0] {
		d[i] = grad * in[1][i]
	}
}

func (o *timesOp) bindRows(out value, in []value) rowStep {
	return func(_ *kernel.Workspace, lo, hi int) {
		kernel.Multiply(out.rows(lo, hi), in[0].rows(lo, hi), in[1].rows(lo, hi))
	}
}

func (o *timesOp) traits() traits { return traits{overwrites: 1} }

// epilogue implements fusible.
func (o *timesOp) epilogue(slope kernel.Matrix) kernel.Epilogue { return kernel.Epilogue{Scale: slope} }
