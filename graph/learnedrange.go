package graph

import (
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/kernel"
	"euryale/ops"
)

// learnedRange is the hybrid loss of ops.LearnedRange.
func (b *builder) learnedRange(name string, l ops.LearnedRange) *node {
	operands := b.all(l)
	o := &learnedRangeOp{b.op("learnedRange", tensor.Shape{b.batch}, operands...)}
	return b.batchSum(name, b.apply(name, o, operands...))
}

// learnedRangeOp is the loss of each row; its operands are in the order of ops.LearnedRange.
type learnedRangeOp struct{ op }

func (o *learnedRangeOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, learnedRangeReference[float32], learnedRangeReference[float64])
}

func learnedRangeReference[T float](loss []T, in [][]T, _ [][]int32) { learnedRange(loss, in) }

// rangeNumbers is one row of the per-row operands of ops.LearnedRange, in float64, which exp needs.
type rangeNumbers struct {
	weight, boundWeight, low, high, posteriorVariance, meanScale, constant float64
}

func rangeNumbersOf[T float](in [][]T, r int) rangeNumbers {
	return rangeNumbers{
		weight: float64(in[2][r]), boundWeight: float64(in[3][r]), low: float64(in[4][r]), high: float64(in[5][r]),
		posteriorVariance: float64(in[6][r]), meanScale: float64(in[7][r]), constant: float64(in[8][r]),
	}
}

// scaled returns logvar and (PosteriorVariance + MeanScale·e²)·exp(−logvar).
func (n *rangeNumbers) scaled(e, v float64) (logVariance, scaled float64) {
	f := (v + 1) / 2
	logVariance = f*n.high + (1-f)*n.low
	return logVariance, (n.posteriorVariance + n.meanScale*e*e) * math.Exp(-logVariance)
}

func learnedRange[T float](loss []T, in [][]T) {
	dim := len(in[1]) / len(loss)
	for r := range loss {
		n, simple, bound := rangeNumbersOf(in, r), 0.0, 0.0
		prediction, target := in[0][2*r*dim:2*(r+1)*dim], in[1][r*dim:(r+1)*dim]
		for j := range target {
			e := float64(target[j]) - float64(prediction[j])
			logVariance, scaled := n.scaled(e, float64(prediction[dim+j]))
			simple += e * e
			bound += (n.constant + logVariance + scaled) / 2
		}
		loss[r] = T(n.weight*simple + n.boundWeight*bound)
	}
}

func (o *learnedRangeOp) bindRows(out value, in []value) rowStep {
	return func(_ *kernel.Workspace, lo, hi int) {
		var operands [9][]float32
		for i := range operands {
			operands[i] = in[i].rows(lo, hi)
		}
		learnedRange(out.rows(lo, hi), operands[:])
	}
}

// DiffWRT implements gorgonia.SDOp.
func (o *learnedRangeOp) DiffWRT(inputs int) []bool {
	differentiable := make([]bool, inputs)
	differentiable[0] = true
	return differentiable
}

// SymDiff implements gorgonia.SDOp. The derivative with respect to e is −2·Weight·(Target − e), and with respect to v, with
// scaled as above, ½·BoundWeight·(1 − scaled)·½(LogVarianceMax − LogVarianceMin).
func (o *learnedRangeOp) SymDiff(in gorgonia.Nodes, _, grad *node) (gorgonia.Nodes, error) {
	b := o.builder
	operands := append(append([]*node{}, in...), grad)
	grads := make(gorgonia.Nodes, len(in))
	grads[0] = b.apply("loss", &learnedRangeGradientOp{b.op("learnedRangeGradient", in[0].Shape().Clone(), operands...)}, operands...)
	return grads, b.err
}

type learnedRangeGradientOp struct{ op }

func (o *learnedRangeGradientOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, learnedRangeGradientReference[float32], learnedRangeGradientReference[float64])
}

func learnedRangeGradientReference[T float](d []T, in [][]T, _ [][]int32) {
	learnedRangeGradient(d, in)
}

func learnedRangeGradient[T float](d []T, in [][]T) {
	rows := len(in[2])
	dim := len(in[1]) / rows
	for r := range rows {
		n, grad := rangeNumbersOf(in, r), float64(in[9][r])
		slope := grad * n.boundWeight / 2 * (n.high - n.low) / 2
		d, prediction, target := d[2*r*dim:2*(r+1)*dim], in[0][2*r*dim:2*(r+1)*dim], in[1][r*dim:(r+1)*dim]
		for j := range target {
			e := float64(target[j]) - float64(prediction[j])
			_, scaled := n.scaled(e, float64(prediction[dim+j]))
			d[j] = T(-2 * grad * n.weight * e)
			d[dim+j] = T(slope * (1 - scaled))
		}
	}
}

func (o *learnedRangeGradientOp) bindRows(out value, in []value) rowStep {
	return func(_ *kernel.Workspace, lo, hi int) {
		var operands [10][]float32
		for i := range operands {
			operands[i] = in[i].rows(lo, hi)
		}
		learnedRangeGradient(out.rows(lo, hi), operands[:])
	}
}
