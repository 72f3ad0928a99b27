package graph

import (
	"gorgonia.org/gorgonia"

	"euryale/kernel"
)

// batchSum ends a loss: the sum of one number per row.
func (b *builder) batchSum(layer string, losses *node) *node {
	return b.apply(layer, &batchSumOp{b.op("batchSum", nil, losses)}, losses)
}

// batchSumOp adds up one number per row.
type batchSumOp struct{ op }

func (o *batchSumOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, batchSumReference[float32], batchSumReference[float64])
}

func batchSumReference[T float](sum []T, in [][]T, _ [][]int32) { sum[0] = T(sumFloat64(in[0])) }

// sumFloat64 adds in float64 and in order, so that a large batch loses no precision.
func sumFloat64[T float](x []T) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v)
	}
	return sum
}

// DiffWRT implements gorgonia.SDOp.
func (o *batchSumOp) DiffWRT(int) []bool { return []bool{true} }

// SymDiff implements gorgonia.SDOp: each row has the gradient of the sum.
func (o *batchSumOp) SymDiff(in gorgonia.Nodes, _, grad *node) (gorgonia.Nodes, error) {
	b := o.builder
	return gorgonia.Nodes{b.apply("loss", &spreadOp{b.op("spread", in[0].Shape().Clone(), grad)}, grad)}, b.err
}

// spreadOp repeats a scalar for each row.
type spreadOp struct{ op }

func (o *spreadOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, spread[float32], spread[float64])
}

func spread[T float](out []T, in [][]T, _ [][]int32) {
	for r := range out {
		out[r] = in[0][0]
	}
}

func (o *spreadOp) bindRows(out value, in []value) rowStep {
	return func(_ *kernel.Workspace, lo, hi int) {
		y := out.rows(lo, hi)
		for r := range y {
			y[r] = in[0].Data[0]
		}
	}
}
