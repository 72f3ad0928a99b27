package diffusion

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Every conversion against the definitions of the predictions, and back.
func TestConversions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSchedule(t, 1000)
		alpha, sigma := s.Marginal(rapid.IntRange(0, s.Steps()-1).Draw(t, "t"))
		x0, eps := rapid.Float64Range(-3, 3).Draw(t, "x0"), rapid.Float64Range(-5, 5).Draw(t, "eps")
		x := alpha*x0 + sigma*eps
		values := [...]float64{Epsilon: eps, X0: x0, Velocity: alpha*eps - sigma*x0, Score: -eps / sigma}
		for from := range values {
			for to := range values {
				p, q := Prediction(from), Prediction(to)
				a, b := p.Convert(q, alpha, sigma)
				// The rounding of the two terms, which may cancel.
				rounding := 1e-14 * (math.Abs(a)*(math.Abs(alpha*x0)+math.Abs(sigma*eps)) + math.Abs(b*values[from]) + math.Abs(b))
				if got := a*x + b*values[from]; !(math.Abs(got-values[to]) <= rounding) {
					t.Fatalf("%v from %v = %v, want %v", q, p, got, values[to])
				}
				a2, b2 := q.Convert(p, alpha, sigma)
				if math.Abs(b2*b-1) > 1e-13 || math.Abs(a2+b2*a) > 1e-13*(math.Abs(a2)+math.Abs(b2*a)) {
					t.Fatalf("%v to %v and back: %v x + %v %v", p, q, a2+b2*a, b2*b, p)
				}
				if from == to && (a != 0 || b != 1) {
					t.Fatalf("%v from itself: %v, %v", p, a, b)
				}
			}
		}
	})
}

func TestTargets(t *testing.T) {
	s := newSchedule(t, "linear", 1e-4, 0.02, 1000)
	x0, eps, times := []float32{1, -2, 0.5, 3}, []float32{0.5, 1, -1, 2}, []int32{0, 700}
	got := make([]float32, 4)
	for p, want := range map[Prediction]func(x0, eps, alpha, sigma float64) float64{
		Epsilon:  func(x0, eps, alpha, sigma float64) float64 { return eps },
		X0:       func(x0, eps, alpha, sigma float64) float64 { return x0 },
		Velocity: func(x0, eps, alpha, sigma float64) float64 { return alpha*eps - sigma*x0 },
		Score:    func(x0, eps, alpha, sigma float64) float64 { return -eps / sigma },
	} {
		s.Target(got, x0, eps, times, 2, p)
		for i := range got {
			alpha, sigma := s.Marginal(int(times[i/2]))
			w := want(float64(x0[i]), float64(eps[i]), alpha, sigma)
			if math.Abs(float64(got[i])-w) > 1e-6*(1+math.Abs(w)) {
				t.Errorf("%v target %d = %v, want %v", p, i, got[i], w)
			}
		}
	}
}

func TestPredictionNames(t *testing.T) {
	for _, name := range []string{"eps", "x0", "v", "score"} {
		if p, err := ParsePrediction(name); err != nil || p.String() != name {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
	if _, err := ParsePrediction("epsilon"); err == nil || !strings.Contains(err.Error(), `one of eps, x0, v, score, got "epsilon"`) {
		t.Errorf("unknown name: %v", err)
	}
	if got := Prediction(9).String(); got != "Prediction(9)" {
		t.Error(got)
	}
}
