package model

import (
	"fmt"

	"euryale/data"
	"euryale/diffusion"
	"euryale/objective"
	"euryale/rng"
)

// Noised is the forward process, as Trajectory is the reverse one: the rows with noise added at each of some times,
//
//	x_t = α x_0 + σ ε
//
// with the same ε at all times, so that a row moves on a smooth path. Frames have the units that Trajectory gives them. The
// noise of a row depends on the seed and its place among the rows. Rows whose numbers are not those that the net sees, such
// as those of a table with categories, are an error.
func (m *Model) Noised(rows *data.Batch, seed uint64, times []float64) ([]Frame, error) {
	if _, ok := m.objective.(objective.Stepper); ok {
		return nil, fmt.Errorf("model: the objective %s does not add Gaussian noise to categories", m.Config.Objective.Name())
	}
	x0, err := m.encodeRows(rows)
	if err != nil {
		return nil, err
	}
	dim := m.Dim()
	noise := make([]float32, len(x0))
	rng.NewStream(seed, rng.Pictures).Normal(noise, 0, 0, dim)
	first, _, last := m.process.Span()
	frames, at := make([]Frame, len(times)), make([]float64, rows.Rows)
	for i, t := range times {
		if !(t >= first && t <= last) {
			return nil, fmt.Errorf("model: times are from %v to %v, got %v", first, last, t)
		}
		for r := range at {
			at[r] = t
		}
		x := make([]float32, len(x0))
		diffusion.AddNoise(m.process, x, x0, noise, at, dim)
		if m.Schema.Image != nil {
			scaleToUnit(m.process, x, t)
		}
		if err := m.decode(x); err != nil {
			return nil, err
		}
		frames[i] = Frame{Title: m.TimeTitle(t), Time: t, X: x}
	}
	return frames, nil
}
