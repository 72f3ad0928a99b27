package graph

import (
	"gorgonia.org/gorgonia"

	"euryale/kernel"
	"euryale/ops"
)

// relu applies max(0, x).
func (b *builder) relu(name string, r ops.ReLU) *node {
	x := b.at(r.X)
	return b.apply(name, &reluOp{b.op("relu", b.shape(r.X), x)}, x)
}

type reluOp struct{ op }

func (o *reluOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, reluReference[float32], reluReference[float64])
}

func reluReference[T float](y []T, in [][]T, _ [][]int32) {
	for i, x := range in[0] {
		y[i] = x
		if x < 0 {
			y[i] = 0
		}
	}
}

func (o *reluOp) bindRows(out value, in []value) rowStep {
	return func(_ *kernel.Workspace, lo, hi int) { kernel.ReLU(out.rows(lo, hi), in[0].rows(lo, hi)) }
}

func (o *reluOp) traits() traits { return traits{overwrites: 1} }

// DiffWRT implements gorgonia.SDOp.
func (o *reluOp) DiffWRT(int) []bool { return []bool{true} }

// SymDiff implements gorgonia.SDOp.
func (o *reluOp) SymDiff(_ gorgonia.Nodes, output, grad *node) (gorgonia.Nodes, error) {
	b := o.builder
	d := &reluMaskOp{b.op("reluMask", o.shape.Clone(), grad, output)}
	return gorgonia.Nodes{b.apply(o.name, d, grad, output)}, b.err
}

// reluMaskOp passes the gradient where the output of ReLU is positive. The output is an operand of the node, because a
// machine may have reused the buffer of the forward operation.
type reluMaskOp struct{ op }

func (o *reluMaskOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, reluMaskReference[float32], reluMaskReference[float64])
}

func reluMaskReference[T float](d []T, in [][]T, _ [][]int32) {
	for i, y := range in[1] {
		if y > 0 {
			d[i] = in[0][i]
		}
	}
}

func (o *reluMaskOp) bindRows(out value, in []value) rowStep {
	return func(_ *kernel.Workspace, lo, hi int) {
		kernel.ReLUMask(out.rows(lo, hi), in[0].rows(lo, hi), in[1].rows(lo, hi))
	}
}

func (o *reluMaskOp) traits() traits { return traits{overwrites: 1} }

// epilogue implements fusible.
func (o *reluMaskOp) epilogue(output kernel.Matrix) kernel.Epilogue {
	return kernel.Epilogue{Mask: output}
}
