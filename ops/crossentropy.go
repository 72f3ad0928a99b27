package ops

import "math"

// CrossEntropy is the loss Σ_r −Weight[r]·ln softmax(Logits[r])[Label[r]], a scalar: the negative log-likelihood of the
// labels under a classifier. It is differentiated only with respect to the logits.
type CrossEntropy struct {
	Logits *Node // [classes]
	Label  *Node // index of a class
	Weight *Node // one number per row
}

// Operands implements Op.
func (c CrossEntropy) Operands() []*Node { return []*Node{c.Logits, c.Label, c.Weight} }

// CrossEntropy records the loss of logits [classes] and an index of a class, weighted by one number per row.
func (b *Builder) CrossEntropy(layer string, logits, label, weight *Node) *Node {
	if !b.rows(layer, role{"the logits", logits}) {
		return nil
	}
	if len(logits.shape) != 1 {
		return b.Fail("layer %q: the logits must be [classes], got shape %s", layer, text(logits.shape))
	}
	if err := b.checkIndex(label, nil); err != nil {
		return b.Fail("layer %q: %w", layer, err)
	}
	if !b.numbers(layer, role{"the weight", weight}) {
		return nil
	}
	return b.record(layer, CrossEntropy{logits, label, weight}, nil, false)
}

// LogSumExp is ln Σ exp(x), in float64, without overflow: x − LogSumExp(x) are the log-probabilities for logits x.
func LogSumExp[T float32 | float64](x []T) float64 {
	highest := math.Inf(-1)
	for _, v := range x {
		highest = max(highest, float64(v))
	}
	sum := 0.0
	for _, v := range x {
		sum += math.Exp(float64(v) - highest)
	}
	return highest + math.Log(sum)
}
