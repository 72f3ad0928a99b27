package graph

import (
	"math"
	"slices"
	"testing"

	"euryale/ops"
)

// lossOf returns the loss of one row in float64.
func lossOf(f func(loss []float64)) float64 {
	loss := make([]float64, 1)
	f(loss)
	return loss[0]
}

// The distances against their definitions, on both sides of every kink and at it.
func TestDistances(t *testing.T) {
	tests := []struct {
		distance           ops.Distance
		e, value, gradient float64
	}{
		{ops.Distance{}, -3, 9, -6},
		{ops.Squared(), 0.5, 0.25, 1},
		{ops.Absolute(), -3, 3, -1},
		{ops.Absolute(), 0, 0, 0},
		{ops.Absolute(), 2, 2, 1},
		{ops.Huber(2), 1, 0.5, 1},
		{ops.Huber(2), -2, 2, -2},
		{ops.Huber(2), 5, 8, 2},
		{ops.Huber(2), -5, 8, -2},
	}
	for _, test := range tests {
		prediction, target, weight := []float64{1 + test.e, 7}, []float64{1, 7}, []float64{3}
		value := lossOf(func(loss []float64) { rowLoss(test.distance, loss, prediction, target, weight) })
		d := make([]float64, 2)
		rowLossGradient(test.distance, d, prediction, target, weight, []float64{10})
		if value != 3*test.value || d[0] != 30*test.gradient || d[1] != 0 {
			t.Errorf("%+v of %v: %v with gradient %v, want %v with %v", test.distance, test.e, value, d, 3*test.value, 30*test.gradient)
		}
	}
}

// A NaN in the prediction must reach the loss, so that training can report it.
func TestLossesKeepNaN(t *testing.T) {
	nan, one := []float64{math.NaN()}, []float64{1}
	for _, distance := range []ops.Distance{ops.Squared(), ops.Absolute(), ops.Huber(1)} {
		d := make([]float64, 1)
		rowLossGradient(distance, d, nan, one, one, one)
		if v := lossOf(func(loss []float64) { rowLoss(distance, loss, nan, one, one) }); !math.IsNaN(v) || !math.IsNaN(d[0]) {
			t.Errorf("%+v of NaN: %v with gradient %v", distance, v, d)
		}
	}
	if v := lossOf(func(loss []float64) { crossEntropy(loss, []float64{0, math.NaN()}, []int32{0}, one) }); !math.IsNaN(v) {
		t.Errorf("cross entropy of NaN: %v", v)
	}
}

func TestCrossEntropy(t *testing.T) {
	tests := []struct {
		logits []float64
		label  int32
		want   float64
	}{
		{[]float64{5, 5, 5, 5}, 2, math.Log(4)},
		{[]float64{math.Log(2), math.Log(3)}, 0, math.Log(2.5)},
		{[]float64{math.Log(2), math.Log(3)}, 1, math.Log(5. / 3)},
		{[]float64{1000, 0}, 1, 1000}, // exp(1000) overflows
		{[]float64{-1000, -1000}, 1, math.Ln2},
	}
	for _, test := range tests {
		got := lossOf(func(loss []float64) { crossEntropy(loss, test.logits, []int32{test.label}, []float64{2}) })
		if math.Abs(got-2*test.want) > 1e-12*(1+test.want) {
			t.Errorf("%v, label %d: %v, want %v", test.logits, test.label, got, 2*test.want)
		}
	}
	d := make([]float64, 2)
	crossEntropyGradient(d, []float64{math.Log(1), math.Log(3)}, []int32{1}, []float64{2}, []float64{10})
	if math.Abs(d[0]-5) > 1e-12 || math.Abs(d[1]+5) > 1e-12 {
		t.Errorf("gradient %v, want 20·(¼, ¾ − 1)", d)
	}
}

// The bound against the two formulas that it covers, and the squared error.
func TestLearnedRange(t *testing.T) {
	const e0, e1, v0, v1 = 0.3, -1.2, -0.4, 1.5
	low, high := math.Log(0.02), math.Log(0.05)
	variances := []float64{math.Exp(low + (v0+1)/2*(high-low)), math.Exp(low + (v1+1)/2*(high-low))}
	errors := []float64{e0 - 2, e1 - 1}
	const variance, scale = 0.03, 0.007 // of the posterior; from e to its mean, squared

	loss := func(weight, bound, variance, scale, constant float64) float64 {
		operands := [][]float64{{e0, e1, v0, v1}, {2, 1}, {weight}, {bound}, {low}, {high}, {variance}, {scale}, {constant}}
		return lossOf(func(loss []float64) { learnedRange(loss, operands) })
	}
	simple, divergence, likelihood := 0.0, 0.0, 0.0
	for j, e := range errors {
		simple += e * e
		// KL(N(m, variance) ‖ N(m + √scale·e, variances[j])) with the textbook's standard deviations.
		p, q := math.Sqrt(variance), math.Sqrt(variances[j])
		divergence += math.Log(q/p) + (p*p+scale*e*e)/(2*q*q) - 0.5
		likelihood -= math.Log(math.Exp(-e*e/(2*variances[j])) / math.Sqrt(2*math.Pi*variances[j]))
	}
	got := []float64{
		loss(3, 0, variance, scale, 1),
		loss(0, 5, variance, scale, -1-math.Log(variance)),
		loss(0, 5, 0, 1, math.Log(2*math.Pi)),
		loss(3, 5, variance, scale, -1-math.Log(variance)),
	}
	want := []float64{3 * simple, 5 * divergence, 5 * likelihood, 3*simple + 5*divergence}
	if !slices.EqualFunc(got, want, func(a, b float64) bool { return math.Abs(a-b) <= 1e-12*math.Abs(b) }) {
		t.Errorf("squared error, divergence, likelihood, both: %v, want %v", got, want)
	}

	operands := [][]float64{{e0, e1, v0, v1}, {2, 1}, {3}, {5}, {low}, {high}, {variance}, {scale}, {0}, {1}}
	once, twice := make([]float64, 4), make([]float64, 4)
	learnedRangeGradient(once, operands)
	operands[9][0] = 2
	learnedRangeGradient(twice, operands)
	for i := range once {
		if once[i] == 0 || twice[i] != 2*once[i] {
			t.Errorf("gradient [%d]: %v, with twice the gradient above it %v", i, once[i], twice[i])
		}
	}
}
