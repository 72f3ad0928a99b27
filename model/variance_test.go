package model

import (
	"context"
	"testing"

	"euryale/diffusion/solver"
)

// The bound is that of the solver's variance, whether the solver is a value or a pointer.
func TestLikelihoodOfAVariance(t *testing.T) {
	m := smallModel(t)
	rows := []float32{0.1, 0, -0.1, 0.1, 0, 0.05}
	bound := func(by solver.Solver) float64 {
		r := m.Request(3)
		r.Sampling.Solver = solver.Solvers().With(by)
		l, err := m.Likelihood(context.Background(), r, rows)
		if err != nil {
			t.Fatal(err)
		}
		return l.Bound.Total
	}
	beta, tilde := bound(&solver.Ancestral{}), bound(&solver.Ancestral{Variance: solver.VarianceBetaTilde})
	if beta == tilde {
		t.Fatal("the variance does not matter")
	}
	if got := bound(solver.Ancestral{Variance: solver.VarianceBetaTilde}); got != tilde {
		t.Errorf("bound %v, want %v", got, tilde)
	}
	if got := bound(&solver.DDIM{}); got != beta {
		t.Errorf("the bound of a solver without a variance is %v, want %v", got, beta)
	}
}
