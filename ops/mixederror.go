package ops

import (
	"math"
	"slices"
)

// MixedError is the loss of rows of numbers and categories, a scalar. A row of the prediction is its numbers y, then the
// logits of each group of categories:
//
//	Σ_r Weight[r]·( Σ_j NumberWeight[r, j]·(y[r, j] − Target[r, j])² + Σ_g Factors[g]·crossEntropy[r, g] )
//	crossEntropy[r, g] = ln Σ_k exp(logit[r, g, k]) − logit[r, g, Index[r, g]]
//
// It is differentiated only with respect to the prediction; the others are data.
type MixedError struct {
	Prediction   *Node // [numbers + Σ Categories]
	Target       *Node // [numbers]; nil if there are none
	NumberWeight *Node // [numbers]; nil: all are 1
	Index        *Node // [groups], from IndexInput; nil if there are none
	Weight       *Node // one number per row
	// Categories is the number of categories of each group, which its index is below.
	Categories []int
	// Factors are the factors of each group's cross-entropy.
	Factors []float64
}

// Operands implements Op.
func (m MixedError) Operands() []*Node {
	return present(m.Prediction, m.Target, m.NumberWeight, m.Index, m.Weight)
}

// MixedError records the loss. It keeps copies of the slices.
func (b *Builder) MixedError(layer string, m MixedError) *Node {
	if !b.rows(layer, role{"the prediction", m.Prediction}) || !b.numbers(layer, role{"the weight", m.Weight}) {
		return nil
	}
	if m.Target != nil && !b.rows(layer, role{"the target", m.Target}) {
		return nil
	}
	if m.NumberWeight != nil && !b.rows(layer, role{"the weights of the numbers", m.NumberWeight}) {
		return nil
	}
	numbers, groups := 0, len(m.Categories)
	if m.Target != nil {
		numbers = m.Target.Size()
	}
	outputs := numbers
	for g, k := range m.Categories {
		if k < 1 || k > maxParameter {
			return b.Fail("layer %q: group %d must have at least one category, got %d", layer, g, k)
		}
		outputs += k
	}
	switch {
	case len(m.Prediction.shape) == 0 || m.Prediction.Size() != outputs:
		return b.Fail("layer %q: a target of %d numbers and groups of %v categories need a prediction [%d], got shape %s",
			layer, numbers, m.Categories, outputs, text(m.Prediction.shape))
	case m.NumberWeight != nil && (m.Target == nil || !slices.Equal(m.NumberWeight.shape, m.Target.shape)):
		return b.Fail("layer %q: the weights of the numbers must have the target's shape, got %s", layer, text(m.NumberWeight.shape))
	case len(m.Factors) != groups:
		return b.Fail("layer %q: expected a factor for each of %d groups, got %d", layer, groups, len(m.Factors))
	case (m.Index == nil) != (groups == 0):
		return b.Fail("layer %q: expected an index exactly if there are groups of categories, and there are %d", layer, groups)
	}
	for g, f := range m.Factors {
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return b.Fail("layer %q: the factor of group %d must be finite, got %v", layer, g, f)
		}
	}
	if m.Index != nil {
		if !b.owns(layer, "the index", m.Index) {
			return nil
		}
		if _, ok := m.Index.Op.(IndexInput); !ok || !slices.Equal(m.Index.shape, []int{groups}) {
			return b.Fail("layer %q: the index must be an IndexInput of shape [%d], got %v", layer, groups, m.Index)
		}
	}
	m.Categories, m.Factors = slices.Clone(m.Categories), slices.Clone(m.Factors)
	return b.record(layer, m, nil, false)
}
