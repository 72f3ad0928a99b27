package figures

import (
	"context"
	"errors"
	"fmt"
	"math"

	"euryale/data"
	"euryale/diffusion"
	"euryale/model"
	"euryale/report"
)

const (
	scorePanels = 4
	scoreArrows = 22 // along each axis
	scoreRows   = 4000
)

// noiseLevels are the σ/α of the panels of Score, from much noise to little, where the data has about the deviation 1.
var noiseLevels = [scorePanels]float64{1.5, 0.6, 0.25, 0.1}

// Score draws the field of the net's score
//
//	∇log p_t(x) = −ε̂(x, t)/σ
//
// at four times, as arrows of the direction and the relative length of σ² ∇log p_t = α x̂_0 − x, the way to the data behind
// x, over the density of noisy data: the mean of N(α x_0, σ² I) over the rows x_0, which is the exact density for these
// rows.
func Score(ctx context.Context, m *model.Model, o Options) (report.Picture, error) {
	if err := m.CheckDenoise(); err != nil {
		return nil, notApplicable("%v", err)
	}
	if err := inPlane(m); err != nil {
		return nil, err
	}
	rows, err := TrainingRows(ctx, m, min(scoreRows, o.rows()))
	if err != nil {
		return nil, err
	}
	label, of := int32(-1), ""
	if needsLabel(m) {
		if label = firstLabel(rows); label < 0 {
			return nil, errors.New("figures: the net takes labels, and the rows of the data have none")
		}
		rows, of = ofLabel(rows, label), ", "+m.Schema.Classes[label]
	}
	x0, err := m.Encode(points(rows))
	if err != nil {
		return nil, fmt.Errorf("figures: %w", err)
	}
	scale, err := decoding(m)
	if err != nil {
		return nil, err
	}
	picture := report.HeatMap{Bar: "density"}
	for _, t := range scoreTimes(m.Process(), deviation(x0)) {
		panel, err := scorePanel(ctx, m, o, scale, x0, t, label)
		if err != nil {
			return nil, err
		}
		panel.Title += of
		picture.Panels = append(picture.Panels, panel)
	}
	return picture, nil
}

// needsLabel reports whether a net was only ever trained with labels, and predicts nothing without one.
func needsLabel(m *model.Model) bool { return m.TakesLabels() && m.Config.Train.LabelDropout == 0 }

// firstLabel is the least label of rows; −1 if none has a label.
func firstLabel(rows *data.Batch) int32 {
	first := int32(-1)
	for _, l := range rows.Labels {
		if l >= 0 && (first < 0 || l < first) {
			first = l
		}
	}
	return first
}

// ofLabel are the rows of a label.
func ofLabel(rows *data.Batch, label int32) *data.Batch {
	some, dim := new(data.Batch), len(rows.Real)/max(rows.Rows, 1)
	for i, l := range rows.Labels {
		if l == label {
			some.Real, some.Labels = append(some.Real, rows.Real[i*dim:(i+1)*dim]...), append(some.Labels, l)
			some.Rows++
		}
	}
	return some
}

// deviation is the root of the mean square of numbers.
func deviation(x []float32) float64 {
	square := 0.0
	for _, v := range x {
		square += float64(v) * float64(v) / float64(len(x))
	}
	return math.Sqrt(square)
}

// scoreTimes are the times of Score: those of noiseLevels, within what the process has.
func scoreTimes(p diffusion.Process, deviation float64) []float64 {
	_, first, last := p.Span()
	low := max(noiseLevels[scorePanels-1]*deviation, diffusion.SigmaRatio(p, first))
	high := max(min(noiseLevels[0]*deviation, diffusion.SigmaRatio(p, last)), low)
	var times []float64
	for i, level := range noiseLevels {
		level *= deviation
		if high < noiseLevels[0]*deviation { // a process that ends early: its range, evenly
			level = high * math.Pow(low/high, float64(i)/(scorePanels-1))
		}
		t := p.Time(-math.Log(max(level, low)))
		if diffusion.Discrete(p) {
			t = max(math.Round(t), first)
		}
		if n := len(times); n == 0 || times[n-1] != t {
			times = append(times, t)
		}
	}
	return times
}

// scorePanel draws one time.
func scorePanel(
	ctx context.Context, m *model.Model, o Options, scale affine, x0 []float32, t float64, label int32,
) (report.HeatPanel, error) {
	alpha, sigma := m.Process().Marginal(t)
	area := areaOf(x0, alpha, 2.2*sigma)
	values := mixture(x0, alpha, sigma, area, o.grid())
	at := area.cells(scoreArrows)
	labels := make([]int32, len(at)/2)
	for i := range labels {
		labels[i] = label
	}
	_, epsilon, err := m.Denoise(ctx, at, t, labels, o.Workers)
	if err != nil {
		return report.HeatPanel{}, err
	}
	places, vectors := make([]float32, len(at)), make([]float32, len(at))
	for i := range at {
		places[i] = float32(scale.decode(i%2, float64(at[i])))
		vectors[i] = float32(-sigma * float64(epsilon[i]) * scale.scale[i%2])
	}
	grid := area.decoded(scale, o.grid())
	grid.Values = values
	return report.HeatPanel{
		Title: m.TimeTitle(t), Grid: grid, Arrows: report.Arrows{At: places, Vectors: vectors},
	}, nil
}
