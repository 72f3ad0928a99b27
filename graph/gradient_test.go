package graph

import (
	"math"
	"testing"

	"gorgonia.org/tensor"
)

// differences returns central differences of the loss with respect to the named variable.
func differences(t *testing.T, build func() testNet, v numbers, name string) []float64 {
	const h = 1e-5
	x := v.floats[name]
	d := make([]float64, len(x))
	for i, at := range x {
		x[i] = at + h
		above, _ := build().machine(t, v)
		x[i] = at - h
		below, _ := build().machine(t, v)
		x[i] = at
		d[i] = (above - below) / (2 * h)
	}
	return d
}

func compare(t *testing.T, name string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("d loss / d %s has %d numbers, want %d", name, len(got), len(want))
	}
	for i, w := range want {
		if math.Abs(got[i]-w) > tolerance*(1+math.Abs(w)) {
			t.Errorf("d loss / d %s[%d] = %v, by differences %v", name, i, got[i], w)
		}
	}
}

// The symbolic gradients, computed in float64 on Gorgonia's machine, against central differences of the loss.
func TestGradientsByFiniteDifferences(t *testing.T) {
	build := func() testNet { return newTestNet(tensor.Float64, "squared") }
	net := build()
	v := net.values()
	_, gradients := net.machine(t, v, net.parameters...)
	for name, gradient := range gradients {
		compare(t, name, gradient, differences(t, build, v, name), 1e-6)
	}
}

// The same for the gradient of each loss with respect to its prediction.
func TestLossGradientsByFiniteDifferences(t *testing.T) {
	for loss := range losses {
		if loss == "learned range" {
			continue // see TestLearnedRangeGradient
		}
		build := func() testNet { return newLossNet(tensor.Float64, loss) }
		net := build()
		v := net.values()
		_, gradients := net.machine(t, v, net.inputs[0])
		compare(t, loss+": prediction", gradients["prediction"], differences(t, build, v, "prediction"), 1e-7)
	}
}

// The bound is differentiated only with respect to v. Without the bound, the gradient is that of the squared error. Without
// the squared error, it is that of the bound, which is 0 for e although the bound depends on e. With both, it is the sum.
func TestLearnedRangeGradient(t *testing.T) {
	build := func() testNet { return newLossNet(tensor.Float64, "learned range") }
	v := build().values()
	gradient := func() []float64 {
		net := build()
		_, gradients := net.machine(t, v, net.inputs[0])
		return gradients["prediction"]
	}
	weight, bound := v.floats["weight"], v.floats["boundWeight"]
	both := gradient()

	v.floats["boundWeight"] = make([]float64, testBatch)
	simple := gradient()
	compare(t, "prediction, by the squared error", simple, differences(t, build, v, "prediction"), 1e-7)

	v.floats["weight"], v.floats["boundWeight"] = make([]float64, testBatch), bound
	want, detached := differences(t, build, v, "prediction"), 0.0
	for i := range want {
		if i%testDim < testDim/2 {
			detached = max(detached, math.Abs(want[i]))
			want[i] = 0
		}
	}
	if detached < 0.01 {
		t.Errorf("the bound hardly depends on e (%v), so this test proves nothing", detached)
	}
	bounds := gradient()
	compare(t, "prediction, by the bound", bounds, want, 1e-7)

	v.floats["weight"] = weight
	for i := range both {
		if math.Abs(both[i]-simple[i]-bounds[i]) > 1e-12 {
			t.Errorf("the gradient [%d] %v is not the sum of %v and %v", i, both[i], simple[i], bounds[i])
		}
	}
}
