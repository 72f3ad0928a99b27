package logistic

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// At the minimum the gradient vanishes: w = C Σ s·q·x, 0 = Σ s·q, with q the probability of the other kind. No point near it
// has a smaller loss.
func TestFitIsAMinimum(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		dim := rapid.IntRange(1, 6).Draw(r, "dim")
		rows := rapid.IntRange(2, 40).Draw(r, "rows")
		x := rapid.SliceOfN(rapid.Float64Range(-20, 20), rows*dim, rows*dim).Draw(r, "x")
		positive := rapid.SliceOfN(rapid.Bool(), rows, rows).Draw(r, "positive")
		positive[0], positive[rows-1] = true, false
		o := Defaults()
		o.C = rapid.SampledFrom([]float64{0.01, 1, 100}).Draw(r, "C")
		m, err := Fit(t.Context(), x, dim, positive, o)
		if err != nil {
			r.Fatal(err)
		}
		signs := make([]float64, rows)
		for i, is := range positive {
			if signs[i] = -1; is {
				signs[i] = 1
			}
		}
		p := &problem{x: x, dim: dim, signs: signs, c: o.C, curvature: make([]float64, rows)}
		w, gradient := append(slices.Clone(m.Weights), m.Intercept), make([]float64, dim+1)
		loss := p.gradient(gradient, w)
		for j := range w {
			if math.Abs(gradient[j]) > 1e-6*o.C*float64(rows) {
				r.Errorf("gradient %v at the minimum", gradient)
			}
			for _, step := range []float64{-1e-2, 1e-2} {
				moved := slices.Clone(w)
				moved[j] += step
				if p.loss(moved) < loss {
					r.Errorf("loss %v beside the minimum, %v", p.loss(moved), loss)
				}
			}
		}
	})
}

// Swapping the kinds turns the signs.
func TestKindsAreSymmetric(t *testing.T) {
	x, positive := newTable(6, 200, 4, 1e9, 0.5)
	others := make([]bool, len(positive))
	for i, is := range positive {
		others[i] = !is
	}
	a, err := Fit(t.Context(), x, 4, positive, Defaults())
	if err != nil {
		t.Fatal(err)
	}
	b, err := Fit(t.Context(), x, 4, others, Defaults())
	if err != nil {
		t.Fatal(err)
	}
	for j := range a.Weights {
		near(t, "weight", a.Weights[j], -b.Weights[j], 1e-7)
	}
	near(t, "intercept", a.Intercept, -b.Intercept, 1e-7)
}

// Columns of zeros get no weight, and the intercept alone gives the share.
func TestConstantColumns(t *testing.T) {
	positive := []bool{true, true, true, false}
	m, err := Fit(t.Context(), make([]float64, 8), 2, positive, Defaults())
	if err != nil {
		t.Fatal(err)
	}
	p := make([]float64, 4)
	if err := m.Probabilities(p, make([]float64, 8)); err != nil {
		t.Fatal(err)
	}
	near(t, "probability", p[0], 0.75, 1e-9)
	if m.Weights[0] != 0 || m.Weights[1] != 0 {
		t.Errorf("weights %v of constant columns", m.Weights)
	}
}

func TestScalingOfDegenerateColumns(t *testing.T) {
	nan := math.NaN()
	// All missing; constant; a rare one, whose quartiles are equal.
	x := []float64{nan, 7, 0, nan, 7, 0, nan, nan, 0, nan, 7, 1, nan, 7, 0}
	s, err := FitScaling(x, 3)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(x); err != nil {
		t.Fatal(err)
	}
	if want := []float64{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0}; !slices.Equal(x, want) {
		t.Errorf("%v, want %v", x, want)
	}
	if _, err := FitScaling([]float64{1, math.Inf(1)}, 2); err == nil || !strings.Contains(err.Error(), "row 0, column 1 is +Inf") {
		t.Error(err)
	}
}

func TestBadInput(t *testing.T) {
	both := []bool{true, false}
	for _, test := range []struct {
		x        []float64
		dim      int
		positive []bool
		o        Options
		want     string
	}{
		{nil, 1, nil, Defaults(), "0 rows of 1 columns"},
		{[]float64{1, 2}, 0, both, Defaults(), "2 rows of 0 columns"},
		{[]float64{1, 2, 3}, 2, both, Defaults(), "3 numbers are not 2 rows of 2 columns"},
		{[]float64{1, math.NaN()}, 1, both, Defaults(), "row 1, column 0 is NaN"},
		{[]float64{1, 2}, 1, []bool{true, true}, Defaults(), "2 of 2 rows are positive"},
		{[]float64{1, 2}, 1, both, Options{C: 1, Iterations: 10}, "must be positive, got 1, 10 and 0"},
		{[]float64{1e300, -1e300}, 1, both, Defaults(), "the loss is not finite"},
	} {
		_, err := Fit(t.Context(), test.x, test.dim, test.positive, test.o)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "logistic: ") {
			t.Errorf("%v, want %q", err, test.want)
		}
	}
	m := &Model{Weights: []float64{1, 2}}
	if err := m.Probabilities(make([]float64, 2), make([]float64, 3)); err == nil {
		t.Error("3 numbers are 2 rows of 2 columns")
	}
}

func TestContextEndsFit(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Fit(ctx, []float64{1, 2}, 1, []bool{true, false}, Defaults()); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// 13,333 rows of 40 columns.
func BenchmarkFit(b *testing.B) {
	x, positive := newTable(1, 13_333, 40, 1e9, 0.1)
	for b.Loop() {
		if _, err := Fit(b.Context(), x, 40, positive, Defaults()); err != nil {
			b.Fatal(err)
		}
	}
}
