package likelihood

import (
	"context"
	"fmt"

	"euryale/diffusion"
)

// LogDensities is LogLikelihood for pictures: it integrates in a fixed number of steps, evenly spaced in λ, by the classical
// Runge-Kutta method of order 4 (Kutta 1901), and all rows at once. That is several times faster, and takes exactly 4·steps
// evaluations. The error is not controlled: with 20 steps it is about a thousandth of a nat for a smooth model, and
// more for a net with kinks, or where there is almost no density. x is [rows, dim], taken as data.
func LogDensities(ctx context.Context, model *diffusion.Model, x []float32, dim, steps int) ([]float64, error) {
	if err := checkRows(model, x, dim); err != nil {
		return nil, fmt.Errorf("log-densities: %w", err)
	}
	if steps < 1 {
		return nil, fmt.Errorf("log-densities: the number of steps must be at least 1, got %d", steps)
	}
	f, err := newFlow(ctx, model, dim, ExactOptions{ScaleData: true})
	if err != nil {
		return nil, fmt.Errorf("log-densities: %w", err)
	}
	rows := len(x) / dim
	f.allocate(rows, dim)
	logDensities := make([]float64, rows)
	for r := range logDensities {
		logDensities[r] = f.begin(f.state[r*(dim+1):(r+1)*(dim+1)], x[r*dim:(r+1)*dim])
	}
	step := (f.to - f.from) / float64(steps)
	for i := range steps {
		if err := f.rungeKutta(f.from+float64(i)*step, step); err != nil {
			return nil, fmt.Errorf("log-densities: %w", err)
		}
	}
	for r := range logDensities {
		if logDensities[r], err = f.end(f.state[r*(dim+1):(r+1)*(dim+1)], logDensities[r]); err != nil {
			return nil, fmt.Errorf("log-densities, row %d: %w", r, err)
		}
	}
	return logDensities, nil
}

// rungeKutta takes the state from λ to λ+h.
func (f *flow) rungeKutta(lambda, h float64) error {
	slope, at := make([]float64, len(f.state)), make([]float64, len(f.state))
	sum := make([]float64, len(f.state))
	for _, stage := range [4]struct{ place, weight float64 }{{0, 1}, {0.5, 2}, {0.5, 2}, {1, 1}} {
		for i, y := range f.state {
			at[i] = y + stage.place*h*slope[i]
		}
		if err := f.derivative(slope, at, lambda+stage.place*h); err != nil {
			return err
		}
		for i, k := range slope {
			sum[i] += stage.weight * k
		}
	}
	for i, k := range sum {
		f.state[i] += h / 6 * k
	}
	return nil
}
