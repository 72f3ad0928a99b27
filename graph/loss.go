package graph

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/kernel"
)

// WeightedSquaredError is Σ_r weight[r]·‖prediction[r] − target[r]‖², a scalar. The weights carry the mean
// as well: 1/(rows·dim) gives PyTorch's mse_loss, and any other weighting of samples or timesteps is a
// factor in them.
//
// It is differentiated in the prediction alone; target and weight are data.
func (b *Builder) WeightedSquaredError(layer string, prediction, target, weight *Node) *Node {
	if !b.ready(layer, prediction, target, weight) {
		return nil
	}
	if prediction.Dims() != 2 || !prediction.Shape().Eq(target.Shape()) {
		return b.fail("layer %q: the prediction has shape %v, the target %v; both must be [batch, dim]", layer, prediction.Shape(), target.Shape())
	}
	rows := prediction.Shape()[0]
	if !weight.Shape().Eq(tensor.Shape{rows}) {
		return b.fail("layer %q: the weight must be [%d], one a row, got shape %v", layer, rows, weight.Shape())
	}
	building.Lock()
	defer building.Unlock()
	losses := b.apply(layer, &rowLossOp{b.op("rowLoss", tensor.Shape{rows}, prediction, target, weight)}, prediction, target, weight)
	if b.err != nil {
		return nil
	}
	return b.apply(layer, &batchSumOp{b.op("batchSum", nil, losses)}, losses)
}

// rowLossOp is weight[r]·‖prediction[r] − target[r]‖² for each row.
type rowLossOp struct{ op }

func (o *rowLossOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, rowLoss[float32], rowLoss[float64])
}

func rowLoss[T float](loss []T, in [][]T, _ []int32) {
	prediction, target, weight := in[0], in[1], in[2]
	dim := len(prediction) / len(loss)
	for r := range loss {
		var sum T
		for j := r * dim; j < (r+1)*dim; j++ {
			e := prediction[j] - target[j]
			sum += e * e
		}
		loss[r] = weight[r] * sum
	}
}

// DiffWRT implements gorgonia.SDOp.
func (o *rowLossOp) DiffWRT(int) []bool { return []bool{true, false, false} }

// SymDiff implements gorgonia.SDOp: 2·weight[r]·(prediction[r] − target[r])·grad[r].
func (o *rowLossOp) SymDiff(in gorgonia.Nodes, _, grad *Node) (gorgonia.Nodes, error) {
	b := o.builder
	d := b.apply("loss", &rowLossGradientOp{b.op("rowLossGradient", in[0].Shape().Clone(), in[0], in[1], in[2], grad)}, in[0], in[1], in[2], grad)
	return gorgonia.Nodes{d, nil, nil}, b.err
}

func (o *rowLossOp) bindRows(out value, in []value) rowStep {
	return func(_ *kernel.Workspace, lo, hi int) {
		var operands [3][]float32
		for i := range operands {
			operands[i] = in[i].rows(lo, hi)
		}
		rowLoss(out.rows(lo, hi), operands[:], nil)
	}
}

type rowLossGradientOp struct{ op }

func (o *rowLossGradientOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, rowLossGradient[float32], rowLossGradient[float64])
}

func rowLossGradient[T float](d []T, in [][]T, _ []int32) {
	prediction, target, weight, grad := in[0], in[1], in[2], in[3]
	dim := len(prediction) / len(weight)
	for r := range weight {
		scale := 2 * weight[r] * grad[r]
		for j := r * dim; j < (r+1)*dim; j++ {
			d[j] = scale * (prediction[j] - target[j])
		}
	}
}

func (o *rowLossGradientOp) bindRows(out value, in []value) rowStep {
	return func(_ *kernel.Workspace, lo, hi int) {
		var operands [4][]float32
		for i := range operands {
			operands[i] = in[i].rows(lo, hi)
		}
		rowLossGradient(out.rows(lo, hi), operands[:], nil)
	}
}

// batchSumOp adds one number a row to a scalar.
type batchSumOp struct{ op }

func (o *batchSumOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, batchSumReference[float32], batchSumReference[float64])
}

func batchSumReference[T float](sum []T, in [][]T, _ []int32) { sum[0] = T(sumFloat64(in[0])) }

// sumFloat64 adds in float64 and in order: a batch of any size loses nothing.
func sumFloat64[T float](x []T) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v)
	}
	return sum
}

// DiffWRT implements gorgonia.SDOp.
func (o *batchSumOp) DiffWRT(int) []bool { return []bool{true} }

// SymDiff implements gorgonia.SDOp: each row gets the scalar's gradient.
func (o *batchSumOp) SymDiff(in gorgonia.Nodes, _, grad *Node) (gorgonia.Nodes, error) {
	b := o.builder
	return gorgonia.Nodes{b.apply("loss", &spreadOp{b.op("spread", in[0].Shape().Clone(), grad)}, grad)}, b.err
}

// spreadOp repeats a scalar for each row.
type spreadOp struct{ op }

func (o *spreadOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, spread[float32], spread[float64])
}

func spread[T float](out []T, in [][]T, _ []int32) {
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
