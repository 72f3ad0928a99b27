package graph

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/kernel"
	"euryale/ops"
)

// weightedError is the weighted sum of distances.
func (b *builder) weightedError(name string, w ops.WeightedError) *node {
	operands := b.all(w)
	o := &rowLossOp{b.op("rowLoss", tensor.Shape{b.batch}, operands...), w.Distance}
	return b.batchSum(name, b.apply(name, o, operands...))
}

// rowLossOp is weight[r]·Σ_j distance(prediction[r, j] − target[r, j]) for each row r.
type rowLossOp struct {
	op
	distance ops.Distance
}

func (o *rowLossOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, rowLossReference[float32](o), rowLossReference[float64](o))
}

func rowLossReference[T float](o *rowLossOp) reference[T] {
	return func(loss []T, in [][]T, _ [][]int32) { rowLoss(o.distance, loss, in[0], in[1], in[2]) }
}

func rowLoss[T float](distance ops.Distance, loss, prediction, target, weight []T) {
	dim, delta := len(prediction)/len(loss), T(distance.Delta)
	for r := range loss {
		var sum T
		switch p, y := prediction[r*dim:(r+1)*dim], target[r*dim:(r+1)*dim]; distance.Kind {
		case ops.SquaredDistance:
			for j := range p {
				e := p[j] - y[j]
				sum += e * e
			}
		case ops.AbsoluteDistance:
			for j := range p {
				sum += magnitude(p[j] - y[j])
			}
		case ops.HuberDistance:
			for j := range p {
				e := magnitude(p[j] - y[j])
				if e <= delta {
					sum += e * e / 2
				} else {
					sum += delta * (e - delta/2)
				}
			}
		}
		loss[r] = weight[r] * sum
	}
}

func magnitude[T float](e T) T {
	if e < 0 {
		return -e
	}
	return e
}

// DiffWRT implements gorgonia.SDOp.
func (o *rowLossOp) DiffWRT(int) []bool { return []bool{true, false, false} }

// SymDiff implements gorgonia.SDOp: with e = prediction[r, j] − target[r, j], it is weight[r]·grad[r] times 2e, sign e, or e
// clamped to ±delta.
func (o *rowLossOp) SymDiff(in gorgonia.Nodes, _, grad *node) (gorgonia.Nodes, error) {
	b, operands := o.builder, []*node{in[0], in[1], in[2], grad}
	d := &rowLossGradientOp{b.op("rowLossGradient", in[0].Shape().Clone(), operands...), o.distance}
	return gorgonia.Nodes{b.apply("loss", d, operands...), nil, nil}, b.err
}

func (o *rowLossOp) bindRows(out value, in []value) rowStep {
	return func(_ *kernel.Workspace, lo, hi int) {
		rowLoss(o.distance, out.rows(lo, hi), in[0].rows(lo, hi), in[1].rows(lo, hi), in[2].rows(lo, hi))
	}
}

type rowLossGradientOp struct {
	op
	distance ops.Distance
}

func (o *rowLossGradientOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, rowLossGradientReference[float32](o), rowLossGradientReference[float64](o))
}

func rowLossGradientReference[T float](o *rowLossGradientOp) reference[T] {
	return func(d []T, in [][]T, _ [][]int32) { rowLossGradient(o.distance, d, in[0], in[1], in[2], in[3]) }
}

func rowLossGradient[T float](distance ops.Distance, d, prediction, target, weight, grad []T) {
	dim, delta := len(prediction)/len(weight), T(distance.Delta)
	for r := range weight {
		scale := weight[r] * grad[r]
		switch d, p, y := d[r*dim:(r+1)*dim], prediction[r*dim:(r+1)*dim], target[r*dim:(r+1)*dim]; distance.Kind {
		case ops.SquaredDistance:
			scale *= 2
			for j := range d {
				d[j] = scale * (p[j] - y[j])
			}
		case ops.AbsoluteDistance:
			for j := range d {
				d[j] = scale * sign(p[j]-y[j])
			}
		case ops.HuberDistance:
			for j := range d {
				d[j] = scale * max(-delta, min(p[j]-y[j], delta))
			}
		}
	}
}

func sign[T float](e T) T {
	switch {
	case e > 0:
		return 1
	case e < 0:
		return -1
	}
	return e // 0 or NaN
}

func (o *rowLossGradientOp) bindRows(out value, in []value) rowStep {
	return func(_ *kernel.Workspace, lo, hi int) {
		rowLossGradient(o.distance, out.rows(lo, hi), in[0].rows(lo, hi), in[1].rows(lo, hi), in[2].rows(lo, hi), in[3].rows(lo, hi))
	}
}
