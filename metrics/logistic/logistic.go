// Package logistic fits binary logistic regression with an L2 penalty, the model of scikit-learn's LogisticRegression
// with its defaults, so that a figure measured with it may be compared with its.
//
//   - Fit (this file) finds the minimum by Newton's method; newton.go solves for its steps.
//   - Scaling (scaling.go) fills missing cells and scales columns first.
//
// Start reading at Fit.
package logistic

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// Options are the settings of a fit. Start from Defaults.
type Options struct {
	C          float64 // weight of the data against the penalty
	Iterations int     // most Newton steps
	Tolerance  float64 // of the gradient, relative to C times the number of rows
}

// Defaults returns scikit-learn's penalty, and a tolerance at which the weights have six digits.
func Defaults() Options { return Options{C: 1, Iterations: 100, Tolerance: 1e-9} }

// Model is P(positive) = 1/(1 + exp(−(w·x + b))).
type Model struct {
	Weights   []float64 // w, [dim]
	Intercept float64   // b
}

// Fit returns the model of x, row-major [rows, dim], that minimizes
//
//	½|w|² + C Σ ln(1 + exp(−s(w·x + b))), s = 1 for positive rows and −1 for others.
//
// The intercept is not penalized. The minimum is unique. Both kinds of rows are needed, and x must be finite: see
// Scaling. A fit that Options.Iterations end before the tolerance is reached is returned as it is, as scikit-learn's
// is. When the context ends, the fit does, with its error.
func Fit(ctx context.Context, x []float64, dim int, positive []bool, o Options) (*Model, error) {
	if err := check(x, dim, len(positive)); err != nil {
		return nil, err
	}
	if !(o.C > 0) || math.IsInf(o.C, 1) || o.Iterations < 1 || !(o.Tolerance > 0) {
		return nil, fmt.Errorf("logistic: C, Iterations and Tolerance must be positive, got %v, %d and %v", o.C, o.Iterations, o.Tolerance)
	}
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("logistic: row %d, column %d is %v, want a finite number", i/dim, i%dim, v)
		}
	}
	signs, positives := make([]float64, len(positive)), 0
	for i, is := range positive {
		if signs[i] = -1; is {
			signs[i] = 1
			positives++
		}
	}
	if positives == 0 || positives == len(positive) {
		return nil, fmt.Errorf("logistic: %d of %d rows are positive: need some of both kinds", positives, len(positive))
	}
	p := &problem{x: x, dim: dim, signs: signs, c: o.C}
	w, err := p.minimize(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("logistic: %w", err)
	}
	return &Model{Weights: w[:dim:dim], Intercept: w[dim]}, nil
}

// Probabilities writes P(positive) of each row of x, [rows, dim], to dst, [rows].
func (m *Model) Probabilities(dst, x []float64) error {
	dim := len(m.Weights)
	if err := check(x, dim, len(dst)); err != nil {
		return err
	}
	for i := range dst {
		dst[i] = sigmoid(m.Intercept + dot(m.Weights, x[i*dim:][:dim]))
	}
	return nil
}

func check(x []float64, dim, rows int) error {
	switch {
	case dim < 1 || rows < 1:
		return fmt.Errorf("logistic: there are %d rows of %d columns: need at least one of each", rows, dim)
	case len(x) != rows*dim:
		return fmt.Errorf("logistic: %d numbers are not %d rows of %d columns", len(x), rows, dim)
	}
	return nil
}

func sigmoid(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

func dot(a, b []float64) float64 {
	sum := 0.0
	b = b[:len(a)]
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// errDiverged is returned where x is so large that the loss is not a number.
var errDiverged = errors.New("the loss is not finite: the columns of x are too large, scale them first")
