package graph

import (
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/kernel"
	"euryale/ops"
)

// crossEntropy is the weighted negative log-likelihood of labels.
func (b *builder) crossEntropy(name string, c ops.CrossEntropy) *node {
	operands := b.all(c)
	o := &crossEntropyOp{b.op("crossEntropy", tensor.Shape{b.batch}, operands...)}
	return b.batchSum(name, b.apply(name, o, operands...))
}

// crossEntropyOp is −weight[r]·ln softmax(logits[r])[label[r]] for each row r.
type crossEntropyOp struct{ op }

func (o *crossEntropyOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, crossEntropyReference[float32], crossEntropyReference[float64])
}

func crossEntropyReference[T float](loss []T, in [][]T, index [][]int32) {
	crossEntropy(loss, in[0], index[1], in[2])
}

func crossEntropy[T float](loss, logits []T, label []int32, weight []T) {
	classes := len(logits) / len(loss)
	for r := range loss {
		row := logits[r*classes : (r+1)*classes]
		loss[r] = T(float64(weight[r]) * (ops.LogSumExp(row) - float64(row[label[r]])))
	}
}

// DiffWRT implements gorgonia.SDOp.
func (o *crossEntropyOp) DiffWRT(int) []bool { return []bool{true, false, false} }

// SymDiff implements gorgonia.SDOp: weight[r]·grad[r]·(softmax(logits[r]) − onehot(label[r])).
func (o *crossEntropyOp) SymDiff(in gorgonia.Nodes, _, grad *node) (gorgonia.Nodes, error) {
	b, operands := o.builder, []*node{in[0], in[1], in[2], grad}
	d := &crossEntropyGradientOp{b.op("crossEntropyGradient", in[0].Shape().Clone(), operands...)}
	return gorgonia.Nodes{b.apply("loss", d, operands...), nil, nil}, b.err
}

func (o *crossEntropyOp) bindRows(out value, in []value) rowStep {
	return func(_ *kernel.Workspace, lo, hi int) {
		crossEntropy(out.rows(lo, hi), in[0].rows(lo, hi), in[1].index[lo:hi], in[2].rows(lo, hi))
	}
}

type crossEntropyGradientOp struct{ op }

func (o *crossEntropyGradientOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, crossEntropyGradientReference[float32], crossEntropyGradientReference[float64])
}

func crossEntropyGradientReference[T float](d []T, in [][]T, index [][]int32) {
	crossEntropyGradient(d, in[0], index[1], in[2], in[3])
}

func crossEntropyGradient[T float](d, logits []T, label []int32, weight, grad []T) {
	classes := len(logits) / len(weight)
	for r := range weight {
		d, row := d[r*classes:(r+1)*classes], logits[r*classes:(r+1)*classes]
		scale, normalizer := float64(weight[r])*float64(grad[r]), ops.LogSumExp(row)
		for j, v := range row {
			p := math.Exp(float64(v) - normalizer)
			if j == int(label[r]) {
				p--
			}
			d[j] = T(scale * p)
		}
	}
}

func (o *crossEntropyGradientOp) bindRows(out value, in []value) rowStep {
	return func(_ *kernel.Workspace, lo, hi int) {
		crossEntropyGradient(out.rows(lo, hi), in[0].rows(lo, hi), in[1].index[lo:hi], in[2].rows(lo, hi), in[3].rows(lo, hi))
	}
}
