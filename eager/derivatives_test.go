package eager

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"euryale/nets"
	"euryale/ops"
)

// shifted returns the output in float64 for one row moved by step along v.
func shifted(t *testing.T, net *nets.Built, weights []float64, x, v []float32, at Condition, step float64) []float64 {
	t.Helper()
	y := float64s(x)
	for j := range y {
		y[j] += step * float64(v[j])
	}
	output, margin := reference(net, weights, y, at)
	if margin < 1e-5 {
		t.Fatal("a sum is too near the kink of ReLU: use another seed")
	}
	return output
}

// checkTangent compares the tangent in a random direction with central differences of the net in float64. Tangents along the
// axes form the Jacobian, which must agree with that tangent, and the gradients must be its rows.
func checkTangent(t *testing.T, net *nets.Built, at Condition, seed uint64) {
	t.Helper()
	flat := net.Init(3)
	m, exact := machine(t, net, flat), float64s(flat)
	const rows, h = 9, 1e-6
	dim, outputs := net.Input.X.Size(), net.Spec.Outputs
	r := rand.New(rand.NewPCG(1, seed))
	x, v := normal(r, rows*dim), normal(r, rows*dim)
	dst, tangent, predicted := make([]float32, rows*outputs), make([]float32, rows*outputs), make([]float32, rows*outputs)
	m.Tangent(dst, tangent, x, v, at)
	m.Run(predicted, x, at)
	if !slices.Equal(bits(dst), bits(predicted)) {
		t.Error("Tangent and Run give different outputs")
	}

	jacobian := make([][]float32, dim) // by column
	for j := range jacobian {
		axis := make([]float32, len(x))
		for i := j; i < len(axis); i += dim {
			axis[i] = 1
		}
		jacobian[j] = make([]float32, len(dst))
		m.Tangent(dst, jacobian[j], x, axis, at)
	}
	gradients := make([][]float32, outputs) // by row
	for i := range gradients {
		gradients[i] = make([]float32, len(x))
		m.Gradient(gradients[i], x, at, func(first int, v, output []float32) {
			if !slices.Equal(bits(output), bits(predicted[first*outputs:][:len(output)])) {
				t.Error("Gradient and Run give different outputs")
			}
			clear(v)
			for k := i; k < len(v); k += outputs {
				v[k] = 1
			}
		})
	}
	for row := range rows {
		in, out := row*dim, row*outputs
		value, _ := reference(net, exact, float64s(x[in:in+dim]), at)
		above := shifted(t, net, exact, x[in:in+dim], v[in:in+dim], at, h)
		below := shifted(t, net, exact, x[in:in+dim], v[in:in+dim], at, -h)
		for i := range outputs {
			got, want, sum := float64(tangent[out+i]), (above[i]-below[i])/(2*h), 0.0
			if y := float64(predicted[out+i]); math.Abs(y-value[i]) > 1e-5*(1+math.Abs(value[i])) {
				t.Errorf("row %d: the output [%d] is %v, in float64 %v", row, i, y, value[i])
			}
			for j := range dim {
				d := float64(jacobian[j][out+i])
				sum += d * float64(v[in+j])
				if g := float64(gradients[i][in+j]); math.Abs(g-d) > 1e-5*(1+math.Abs(d)) {
					t.Errorf("row %d: the gradient of output %d by %d is %v, by the tangents %v", row, i, j, g, d)
				}
			}
			if math.Abs(got-want) > 1e-5*(1+math.Abs(want)) {
				t.Errorf("row %d: the tangent [%d] is %v, by differences %v", row, i, got, want)
			}
			if math.Abs(got-sum) > 1e-5*(1+math.Abs(sum)) {
				t.Errorf("row %d: the tangent [%d] is %v, by the Jacobian %v", row, i, got, sum)
			}
		}
	}
}

func TestTangent(t *testing.T) {
	everyNet(t, 19, 3, 3, func(t *testing.T, k kind) { checkTangent(t, k.Built, Condition{k.some(), k.label(2)}, 2) })
	for name, net := range customNets(t) {
		t.Run(name, func(t *testing.T) {
			checkTangent(t, net, Condition{2, 1}, 5)
			checkTangent(t, net, Condition{2.75, -1}, 5)
		})
	}
	for name, net := range imageNets(t) {
		t.Run(name, func(t *testing.T) { checkTangent(t, net, Condition{2, net.Spec.Classes - 1}, 5) })
	}
}

// uᵀ·(J·v) = (uᵀ·J)·v for any number of rows, units and layers.
func TestTangentAndGradientAgree(t *testing.T) {
	custom := customNets(t)
	maps.Copy(custom, imageNets(t))
	names := make([]string, 0, len(custom))
	for name := range custom {
		names = append(names, name)
	}
	slices.Sort(names)
	rapid.Check(t, func(t *rapid.T) {
		net := custom[rapid.SampledFrom(names).Draw(t, "net")]
		if rapid.Bool().Draw(t, "a net of random size") {
			width, blocks := rapid.IntRange(1, 70).Draw(t, "width"), rapid.IntRange(1, 4).Draw(t, "blocks")
			r := residual{width, blocks, &nets.Fourier{Features: 4, Scale: 1}}
			net = build(t, &nets.Program{Net: r}, nets.Spec{
				Sample:  []int{rapid.IntRange(1, 6).Draw(t, "sample")},
				Outputs: rapid.IntRange(1, 6).Draw(t, "outputs"), Classes: testClasses,
			})
		}
		seed := rapid.Uint64().Draw(t, "seed")
		m := machine(t, net, net.Init(seed))
		rows, dim, outputs := rapid.IntRange(0, 150).Draw(t, "rows"), net.Input.X.Size(), net.Spec.Outputs
		r := rand.New(rand.NewPCG(seed, 9))
		x, v, u := normal(r, rows*dim), normal(r, rows*dim), normal(r, rows*outputs)
		at := Condition{Time: 5 * r.Float64(), Label: r.IntN(net.Spec.Classes+1) - 1}
		dst, tangent, gradient := make([]float32, rows*outputs), make([]float32, rows*outputs), make([]float32, rows*dim)
		m.Tangent(dst, tangent, x, v, at)
		next := 0
		m.Gradient(gradient, x, at, func(first int, cotangent, output []float32) {
			if first*outputs != next {
				t.Fatalf("rows from %d on, want those after %d numbers", first, next)
			}
			next += copy(cotangent, u[first*outputs:])
		})
		for row := range rows {
			left, right, size := 0.0, 0.0, 0.0
			for i := range outputs {
				left += float64(u[row*outputs+i]) * float64(tangent[row*outputs+i])
				size += math.Abs(float64(u[row*outputs+i]) * float64(tangent[row*outputs+i]))
			}
			for j := range dim {
				right += float64(gradient[row*dim+j]) * float64(v[row*dim+j])
				size += math.Abs(float64(gradient[row*dim+j]) * float64(v[row*dim+j]))
			}
			if math.Abs(left-right) > 1e-4*(0.01+size) {
				t.Fatalf("row %d of %d: u·(J·v) is %v, (u·J)·v %v", row, rows, left, right)
			}
		}
	})
}

// The derivative of ReLU at 0 is 0, as in training.
func TestDerivativesAtTheCorner(t *testing.T) {
	m := nets.DefaultMLP()
	m.Width, m.Depth = 5, 2
	net := build(t, m, nets.Spec{Sample: []int{3}, Outputs: 3, Steps: 7})
	layout, size := net.Layout()
	flat := make([]float32, size)
	for _, p := range layout {
		if strings.HasSuffix(p.Name, "weight") && strings.HasPrefix(p.Name, "linears") {
			for i := range p.Size() {
				flat[p.Offset+i] = 1
			}
		}
	}
	dst, tangent, x, v := make([]float32, 6), make([]float32, 6), []float32{0, 0, 0, 1, 0, 0}, []float32{1, 1, 1, 1, 1, 1}
	want := []float32{0, 0, 0, 75, 75, 75}
	at := Condition{0, -1}
	machine(t, net, flat).Tangent(dst, tangent, x, v, at)
	if !slices.Equal(tangent, want) {
		t.Errorf("tangents at 0 and next to it: %v, want %v", tangent, want)
	}
	machine(t, net, flat).Gradient(dst, x, at, func(_ int, u, _ []float32) { copy(u, v) })
	if !slices.Equal(dst, want) {
		t.Errorf("gradients at 0 and next to it: %v, want %v", dst, want)
	}
}

// Log-probabilities against float64, and their gradients against central differences.
func TestLogProbabilities(t *testing.T) {
	for _, depth := range []int{1, 2, 3} {
		everyNet(t, 19, depth, 3, func(t *testing.T, k kind) {
			if !k.classifier {
				return
			}
			const rows, h = 9, 1e-6
			flat := k.Init(4)
			for i := range flat {
				flat[i] *= 2 // opinions
			}
			m, exact, at := machine(t, k.Built, flat), float64s(flat), Condition{k.some(), -1}
			x := normal(rand.New(rand.NewPCG(2, 5)), rows*k.input)
			logarithms := func(x []float64) []float64 {
				logits, margin := reference(k.Built, exact, x, at)
				if margin < 1e-5 {
					t.Fatal("a sum is too near the kink of ReLU: use another seed")
				}
				normalizer := ops.LogSumExp(logits)
				for j := range logits {
					logits[j] -= normalizer
				}
				return logits
			}
			for label := range testClasses {
				dst, gradient := logProbabilities(m, x, at, label)
				for row := range rows {
					want, sum := logarithms(float64s(x[row*k.input:(row+1)*k.input])), 0.0
					for j, w := range want {
						got := float64(dst[row*testClasses+j])
						sum += math.Exp(got)
						if math.Abs(got-w) > 1e-5*(1+math.Abs(w)) {
							t.Errorf("row %d: ln p(%d) is %v, want %v", row, j, got, w)
						}
					}
					if math.Abs(sum-1) > 1e-6 {
						t.Errorf("row %d: the probabilities add up to %v", row, sum)
					}
				}
				for i, got := range gradient {
					near := float64s(x[i/k.input*k.input:][:k.input])
					near[i%k.input] += h
					above := logarithms(near)[label]
					near[i%k.input] -= 2 * h
					want := (above - logarithms(near)[label]) / (2 * h)
					if math.Abs(float64(got)-want) > 1e-5*(1+math.Abs(want)) {
						t.Errorf("label %d: the gradient [%d] is %v, by differences %v", label, i, got, want)
					}
				}
			}
		})
	}
}

// The log-probability of an almost certain class has a gradient that is not rounded to 0.
func TestGradientOfACertainClass(t *testing.T) {
	m := nets.DefaultMLP()
	m.Width, m.Depth = 1, 1
	net := build(t, m, nets.Spec{Sample: []int{1}, Outputs: 2, Steps: 1, Classes: 2})
	layout, size := net.Layout()
	flat := make([]float32, size)
	for _, p := range layout {
		switch p.Name {
		case "linears.0.weight":
			flat[p.Offset] = 1
		case "linears.2.weight":
			flat[p.Offset+1] = 1 // the logits are 0 and x, so ln p(1) has the slope 1 − σ(x)
		}
	}
	_, gradient := logProbabilities(machine(t, net, flat), []float32{25}, Condition{0, -1}, 1)
	if want := 1 / (1 + math.Exp(25)); math.Abs(float64(gradient[0])/want-1) > 1e-3 {
		t.Errorf("the gradient is %v, want %v", gradient[0], want)
	}
}
