package nets

import (
	"math"
	"math/rand/v2"
	"testing"
)

// logProbabilities of a classifier in float64.
func logProbabilities(t *testing.T, m *MLP, flat, x []float64, time float64) []float64 {
	t.Helper()
	logits, margin := reference(m, flat, x, time, -1)
	if margin < 1e-5 {
		t.Fatal("a sum is near the ReLU's corner: draw other numbers")
	}
	sum := 0.0
	for _, v := range logits {
		sum += math.Exp(v)
	}
	for j := range logits {
		logits[j] -= math.Log(sum)
	}
	return logits
}

// Log-probabilities and their gradients against float64 and central differences.
func TestLogProbabilities(t *testing.T) {
	for _, depth := range []int{1, 2, 3} {
		everyNet(t, 19, depth, 3, func(t *testing.T, m *MLP) {
			if m.Name != "classifier" {
				return
			}
			const rows, h = 9, 1e-6
			flat := m.Init(4)
			for i := range flat {
				flat[i] *= 2 // opinions
			}
			f, exact := m.NewForward(flat), float64s(flat)
			x := normal(rand.New(rand.NewPCG(2, 5)), rows*m.Input)
			dst, gradient := make([]float32, rows*m.Classes), make([]float32, rows*m.Input)
			f.LogProbabilities(dst, x, some(m))
			for row := range rows {
				want, sum := logProbabilities(t, m, exact, float64s(x[row*m.Input:(row+1)*m.Input]), some(m)), 0.0
				for j, w := range want {
					got := float64(dst[row*m.Classes+j])
					sum += math.Exp(got)
					if math.Abs(got-w) > 1e-5*(1+math.Abs(w)) {
						t.Errorf("row %d: ln p(%d) is %v, want %v", row, j, got, w)
					}
				}
				if math.Abs(sum-1) > 1e-6 {
					t.Errorf("row %d: the probabilities add up to %v", row, sum)
				}
			}
			for label := range m.Classes {
				f.LogProbabilityGradient(gradient, x, some(m), label)
				for i, got := range gradient {
					at := float64s(x[i/m.Input*m.Input:][:m.Input])
					at[i%m.Input] += h
					above := logProbabilities(t, m, exact, at, some(m))[label]
					at[i%m.Input] -= 2 * h
					want := (above - logProbabilities(t, m, exact, at, some(m))[label]) / (2 * h)
					if math.Abs(float64(got)-want) > 1e-5*(1+math.Abs(want)) {
						t.Errorf("label %d: the gradient [%d] is %v, by differences %v", label, i, got, want)
					}
				}
			}
		})
	}
}

// Of a class that is all but certain the log-probability keeps its slope.
func TestGradientOfACertainClass(t *testing.T) {
	c := DefaultConfig()
	c.Name, c.Width, c.Depth = "classifier", 1, 1
	m := newMLP(t, c, Shape{Input: 1, Output: 2, Steps: 1, Classes: 2})
	flat := make([]float32, m.size)
	for _, p := range m.layout {
		switch p.Name {
		case "linears.0.weight":
			part32(flat, p)[0] = 1
		case "linears.2.weight":
			part32(flat, p)[1] = 1 // the logits are 0 and x, so ln p(1) has the slope 1 − σ(x)
		}
	}
	dst := make([]float32, 1)
	m.NewForward(flat).LogProbabilityGradient(dst, []float32{25}, 0, 1)
	if want := 1 / (1 + math.Exp(25)); math.Abs(float64(dst[0])/want-1) > 1e-3 {
		t.Errorf("the gradient is %v, want %v", dst[0], want)
	}
	if message := panics(func() { m.NewForward(flat).LogProbabilityGradient(dst, dst, 0, 2) }); message == "<nil>" {
		t.Error("a label that is no class: no panic")
	}
}
