package graph

import (
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/kernel"
)

// Distance is how far one number lies from another: what WeightedError adds up. The zero value is Squared.
type Distance struct {
	kind  distanceKind
	delta float64
}

type distanceKind int

const (
	squared distanceKind = iota
	absolute
	huber
)

// Squared is e².
func Squared() Distance { return Distance{kind: squared} }

// Absolute is |e|; its derivative at 0 is 0.
func Absolute() Distance { return Distance{kind: absolute} }

// Huber is ½e² where |e| ≤ delta and delta·(|e| − ½delta) beyond (Huber 1964, as PyTorch's HuberLoss).
func Huber(delta float64) Distance { return Distance{kind: huber, delta: delta} }

// WeightedError is Σ_r weight[r]·Σ_j distance(prediction[r, j] − target[r, j]), a scalar. The weights carry the mean as
// well: with Squared, 1/(rows·dim) gives PyTorch's mse_loss, and any other weighting of samples or timesteps is a factor
// in them.
//
// It is differentiated in the prediction alone; target [batch, dim] and weight [batch] are data.
func (b *Builder) WeightedError(layer string, distance Distance, prediction, target, weight *Node) *Node {
	if !b.ready(layer, prediction, target, weight) {
		return nil
	}
	if prediction.Dims() != 2 || !prediction.Shape().Eq(target.Shape()) {
		return b.fail("layer %q: the prediction has shape %v, the target %v; both must be [batch, dim]", layer, prediction.Shape(), target.Shape())
	}
	if !b.checkRowInputs(layer, prediction.Shape()[0], weight) {
		return nil
	}
	if d := distance.delta; distance.kind == huber && (!(d > 0) || math.IsInf(d, 0)) {
		return b.fail("layer %q: Huber's delta must be positive and finite, got %v", layer, d)
	}
	building.Lock()
	defer building.Unlock()
	operands := []*Node{prediction, target, weight}
	o := &rowLossOp{b.op("rowLoss", weight.Shape().Clone(), operands...), distance}
	return b.batchSum(layer, b.apply(layer, o, operands...))
}

// checkRowInputs says whether nodes hold one number for each row.
func (b *Builder) checkRowInputs(layer string, rows int, nodes ...*Node) bool {
	for _, n := range nodes {
		if !n.Shape().Eq(tensor.Shape{rows}) || n.Dtype() != b.dtype {
			b.fail("layer %q: %v must be [%d], one number a row, got shape %v of %v", layer, n, rows, n.Shape(), n.Dtype())
			return false
		}
	}
	return true
}

// rowLossOp is weight[r]·Σ_j distance(prediction[r, j] − target[r, j]) for each row.
type rowLossOp struct {
	op
	distance Distance
}

func (o *rowLossOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, rowLossReference[float32](o), rowLossReference[float64](o))
}

func rowLossReference[T float](o *rowLossOp) reference[T] {
	return func(loss []T, in [][]T, _ [][]int32) { rowLoss(o.distance, loss, in[0], in[1], in[2]) }
}

func rowLoss[T float](distance Distance, loss, prediction, target, weight []T) {
	dim, delta := len(prediction)/len(loss), T(distance.delta)
	for r := range loss {
		var sum T
		switch p, y := prediction[r*dim:(r+1)*dim], target[r*dim:(r+1)*dim]; distance.kind {
		case squared:
			for j := range p {
				e := p[j] - y[j]
				sum += e * e
			}
		case absolute:
			for j := range p {
				sum += magnitude(p[j] - y[j])
			}
		case huber:
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

// SymDiff implements gorgonia.SDOp. With e = prediction[r, j] − target[r, j], weight[r]·grad[r] times 2e, sign e, or e
// held within ±delta.
func (o *rowLossOp) SymDiff(in gorgonia.Nodes, _, grad *Node) (gorgonia.Nodes, error) {
	b, operands := o.builder, []*Node{in[0], in[1], in[2], grad}
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
	distance Distance
}

func (o *rowLossGradientOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, rowLossGradientReference[float32](o), rowLossGradientReference[float64](o))
}

func rowLossGradientReference[T float](o *rowLossGradientOp) reference[T] {
	return func(d []T, in [][]T, _ [][]int32) { rowLossGradient(o.distance, d, in[0], in[1], in[2], in[3]) }
}

func rowLossGradient[T float](distance Distance, d, prediction, target, weight, grad []T) {
	dim, delta := len(prediction)/len(weight), T(distance.delta)
	for r := range weight {
		scale := weight[r] * grad[r]
		switch d, p, y := d[r*dim:(r+1)*dim], prediction[r*dim:(r+1)*dim], target[r*dim:(r+1)*dim]; distance.kind {
		case squared:
			scale *= 2
			for j := range d {
				d[j] = scale * (p[j] - y[j])
			}
		case absolute:
			for j := range d {
				d[j] = scale * sign(p[j]-y[j])
			}
		case huber:
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
