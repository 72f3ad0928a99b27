package ops

import (
	"math"
	"slices"
)

// MultinomialError is the loss of numbers and of categories that a chain replaces at random (Kotelnikov et al. 2023,
// "TabDDPM"), a scalar. A row of the prediction is its numbers y, then the logits of each group of categories:
//
//	Σ_r Weight[r]·( NumberWeight·Σ_j (y[r, j] − Target[r, j])² + CategoryWeight·Σ_g KL[r, g] + Constant )
//	KL = KL(π(x_0) ‖ π(softmax(logits)))
//	π(x̂)_k = (keep x̂_k + mix/K)·(stay [x_t = k] + move/K)/Z
//
// where x_0 is one-hot at Clean, x_t is Noisy, K the categories of the group, and a row of Chain holds keep, mix, stay and
// move, all at least 0. With mix = 0 the divergence is −ln π(softmax(logits)) at x_0.
//
// It is differentiated only with respect to the prediction; the others are data.
type MultinomialError struct {
	Prediction *Node // [numbers + Σ Categories]
	Clean      *Node // [groups], from IndexInput
	Noisy      *Node // [groups], from IndexInput
	Chain      *Node // [4]
	Weight     *Node // one number per row
	Target     *Node // [numbers]; nil if there are none
	// Categories is K of each group, of which there is at least one.
	Categories                             []int
	NumberWeight, CategoryWeight, Constant float64
}

// Operands implements Op.
func (m MultinomialError) Operands() []*Node {
	return present(m.Prediction, m.Clean, m.Noisy, m.Chain, m.Weight, m.Target)
}

// MultinomialError records the loss. It keeps a copy of the slice.
func (b *Builder) MultinomialError(layer string, m MultinomialError) *Node {
	if !b.rows(layer, role{"the prediction", m.Prediction}, role{"the chain", m.Chain}) ||
		!b.numbers(layer, role{"the weight", m.Weight}) {
		return nil
	}
	if m.Target != nil && !b.rows(layer, role{"the target", m.Target}) {
		return nil
	}
	outputs, groups := 0, len(m.Categories)
	if m.Target != nil {
		outputs = m.Target.Size()
	}
	for g, k := range m.Categories {
		if k < 1 || k > maxParameter {
			return b.Fail("layer %q: group %d must have at least one category, got %d", layer, g, k)
		}
		outputs += k
	}
	switch {
	case groups == 0:
		return b.Fail("layer %q: expected at least one group of categories", layer)
	case len(m.Prediction.shape) == 0 || m.Prediction.Size() != outputs:
		return b.Fail("layer %q: a target of %d numbers and groups of %v categories need a prediction [%d], got shape %s",
			layer, m.Target.Size(), m.Categories, outputs, text(m.Prediction.shape))
	case !slices.Equal(m.Chain.shape, []int{4}):
		return b.Fail("layer %q: the chain must be [4], got shape %s", layer, text(m.Chain.shape))
	}
	for _, index := range []role{{"x_0", m.Clean}, {"x_t", m.Noisy}} {
		if !b.owns(layer, index.name, index.node) {
			return nil
		}
		if _, ok := index.node.Op.(IndexInput); !ok || !slices.Equal(index.node.shape, []int{groups}) {
			return b.Fail("layer %q: %s must be an IndexInput of shape [%d], got %v", layer, index.name, groups, index.node)
		}
	}
	for _, v := range []float64{m.NumberWeight, m.CategoryWeight, m.Constant} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return b.Fail("layer %q: the weights and the constant must be finite, got %v, %v and %v", layer, m.NumberWeight,
				m.CategoryWeight, m.Constant)
		}
	}
	m.Categories = slices.Clone(m.Categories)
	return b.record(layer, m, nil, false)
}
