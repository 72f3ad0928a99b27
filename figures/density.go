package figures

import (
	"context"
	"fmt"
	"math"

	"euryale/model"
	"euryale/report"
)

// densitySteps is the number of steps of the ODE.
const densitySteps = 20

// Density draws the exact density of the model in the data's units, by the change of variables along the probability-flow
// ODE,
//
//	log p(x_0) = log N(x_T; 0, σ_prior² I) + ∫ div f̃(x_t, t) dt
//
// (Song et al. 2021, section 4.3) at 96 × 96 points, in a fixed number of steps (model.LogDensities); of a net that was only
// trained with labels a panel per class, which have that many points together.
func Density(ctx context.Context, m *model.Model, o Options) (report.Picture, error) {
	if err := m.CheckDenoise(); err != nil {
		return nil, notApplicable("%v", err)
	}
	if err := inPlane(m); err != nil {
		return nil, err
	}
	rows, err := TrainingRows(ctx, m, o.rows())
	if err != nil {
		return nil, err
	}
	x0, err := m.Encode(points(rows))
	if err != nil {
		return nil, fmt.Errorf("figures: %w", err)
	}
	scale, err := decoding(m)
	if err != nil {
		return nil, err
	}
	labels := []int32{-1}
	if needsLabel(m) {
		if labels = m.BalancedLabels(); len(labels) > report.Colors {
			return nil, notApplicable("the net was trained only with labels, and there are too many, %d, for a panel each", len(labels))
		}
	}
	n := max(1, int(float64(o.grid())/math.Sqrt(float64(len(labels)))))
	around := areaOf(x0, 1, 0.15)
	picture := report.HeatMap{Bar: "density", Common: true}
	for _, label := range labels {
		grid := around.decoded(scale, n)
		if grid.Values, err = densities(ctx, m, around.decodedCells(scale, n), label, o.Workers); err != nil {
			return nil, err
		}
		panel := report.HeatPanel{Grid: grid}
		if label >= 0 {
			panel.Title = m.Schema.Classes[label]
		}
		picture.Panels = append(picture.Panels, panel)
	}
	return picture, nil
}

// decodedCells are the centers of cells in the data's units.
func (a area) decodedCells(scale affine, n int) []float32 {
	x := a.cells(n)
	for i, v := range x {
		x[i] = float32(scale.decode(i%2, float64(v)))
	}
	return x
}

// densities are p(x) at points, of a label or −1.
func densities(ctx context.Context, m *model.Model, x []float32, label int32, workers int) ([]float64, error) {
	values, err := m.LogDensities(ctx, x, int(label), densitySteps, workers)
	for i, v := range values {
		values[i] = math.Exp(v)
	}
	return values, err
}
