package ops

import (
	"math"
)

// Distance is a function of the error e between two numbers, which WeightedError adds up. The zero value is Squared.
type Distance struct {
	Kind  DistanceKind
	Delta float64 // only for Huber
}

// DistanceKind is the kind of a Distance.
type DistanceKind int

// The kinds of distances.
const (
	SquaredDistance DistanceKind = iota
	AbsoluteDistance
	HuberDistance
)

// Squared is e².
func Squared() Distance { return Distance{Kind: SquaredDistance} }

// Absolute is |e|; its derivative at 0 is 0.
func Absolute() Distance { return Distance{Kind: AbsoluteDistance} }

// Huber is ½e² where |e| ≤ delta, and delta·(|e| − ½delta) elsewhere (Huber 1964; PyTorch's HuberLoss).
func Huber(delta float64) Distance { return Distance{Kind: HuberDistance, Delta: delta} }

// WeightedError is the loss Σ_r Weight[r]·Σ_j distance(Prediction[r, j] − Target[r, j]), a scalar. The weights include the
// mean: with Squared, 1/(rows·dim) gives PyTorch's mse_loss. Weights of samples or timesteps are further factors.
//
// It is differentiated only with respect to the prediction; target and weight are data.
type WeightedError struct {
	Distance   Distance
	Prediction *Node // dim numbers, or an image of as many
	Target     *Node // dim numbers
	Weight     *Node // one number per row
}

// Operands implements Op.
func (w WeightedError) Operands() []*Node { return []*Node{w.Prediction, w.Target, w.Weight} }

// WeightedError records the loss of a prediction and a target of as many numbers, weighted by one number per row.
func (b *Builder) WeightedError(layer string, distance Distance, prediction, target, weight *Node) *Node {
	if !b.rows(layer, role{"the prediction", prediction}, role{"the target", target}) {
		return nil
	}
	if len(prediction.shape) == 0 || len(target.shape) == 0 || prediction.Size() != target.Size() {
		return b.Fail("layer %q: expected a prediction and a target of as many numbers, got shapes %s and %s",
			layer, text(prediction.shape), text(target.shape))
	}
	if !b.numbers(layer, role{"the weight", weight}) {
		return nil
	}
	if d := distance.Delta; distance.Kind == HuberDistance && (!(d > 0) || math.IsInf(d, 0)) {
		return b.Fail("layer %q: Huber's delta must be positive and finite, got %v", layer, d)
	}
	return b.record(layer, WeightedError{distance, prediction, target, weight}, nil, false)
}

// numbers reports whether every operand holds one number per row.
func (b *Builder) numbers(layer string, operands ...role) bool {
	for _, o := range operands {
		if b.rows(layer, o) && len(o.node.shape) != 0 {
			b.Fail("layer %q: %s must be one number per row, from RowInput, got %v", layer, o.name, o.node)
		}
	}
	return b.err == nil
}
