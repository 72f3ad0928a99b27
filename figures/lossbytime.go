package figures

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"euryale/data"
	"euryale/diffusion"
	"euryale/model"
	"euryale/report"
	"euryale/rng"
)

// LossCurves are the errors of a net at times of its process.
type LossCurves struct {
	TimeName        string
	LogTime         bool
	Time            []float64 // as a user reads them
	Mean, Low, High []float64 // mean, and the tenth and the nine tenths of the rows
	Rows            int
	Fresh           bool // whether the rows are others than those of training
}

const (
	lossTimes      = 25
	lossRows       = 2000
	imageLossTimes = 13
	lowShare       = 0.1
)

// LossByTimeOf measures the mean squared error of the predicted noise,
//
//	‖ε − ε̂(α x_0 + σ ε, t)‖²/dim,   ε ~ N(0, I)
//
// at evenly spaced times, on rows that the net was not trained on, or else on training rows. A net that knows nothing has 1.
func LossByTimeOf(ctx context.Context, m *model.Model, o Options) (*LossCurves, error) {
	if err := m.CheckDenoise(); err != nil {
		return nil, notApplicable("%v", err)
	}
	n, times := min(lossRows, o.rows()), lossTimes
	if m.Image() != nil {
		n, times = o.images(), imageLossTimes
	}
	rows, fresh, err := unseen(ctx, m, o, n)
	if err != nil {
		return nil, err
	}
	x0 := make([]float32, rows.Rows*m.Dim())
	if err := m.Encoder.Encode(x0, rows); err != nil {
		return nil, fmt.Errorf("figures: %w", err)
	}
	labels := rows.Labels
	if !m.TakesLabels() {
		labels = nil
	}
	p, dim := m.Process(), m.Dim()
	curve := ScheduleOf(p, times)
	c := &LossCurves{TimeName: curve.TimeName, LogTime: curve.LogTime, Time: curve.Time, Rows: rows.Rows, Fresh: fresh}
	noise, x := make([]float32, len(x0)), make([]float32, len(x0))
	stream, all := rng.NewStream(o.seed(m), rng.Pictures), make([]float64, rows.Rows)
	for i, t := range spacedTimes(p, times) {
		stream.Normal(noise, uint64(1+i), 0, dim)
		for r := range all {
			all[r] = t
		}
		diffusion.AddNoise(p, x, x0, noise, all, dim)
		_, epsilon, err := m.Denoise(ctx, x, t, labels, o.Workers)
		if err != nil {
			return nil, err
		}
		losses, mean := make([]float64, rows.Rows), 0.0
		for r := range losses {
			for k := r * dim; k < (r+1)*dim; k++ {
				d := float64(noise[k]) - float64(epsilon[k])
				losses[r] += d * d / float64(dim)
			}
			mean += losses[r] / float64(rows.Rows)
		}
		slices.Sort(losses)
		last := len(losses) - 1
		c.Mean = append(c.Mean, mean)
		c.Low = append(c.Low, losses[int(math.Round(lowShare*float64(last)))])
		c.High = append(c.High, losses[int(math.Round((1-lowShare)*float64(last)))])
	}
	return c, nil
}

// unseen reads up to n rows that the net was not trained on, if there are any, and training rows otherwise.
func unseen(ctx context.Context, m *model.Model, o Options, n int) (rows *data.Batch, fresh bool, err error) {
	source, err := m.Fresh(ctx, o.seed(m), n, data.AnyClass)
	if errors.Is(err, model.ErrNoFreshRows) {
		rows, err = TrainingRows(ctx, m, n)
		return rows, false, err
	}
	if err != nil {
		return nil, false, err
	}
	rows, err = spacedRows(ctx, source, n)
	return rows, true, err
}

// LossByTime draws LossByTimeOf: the mean as a line, and a band in which four fifths of the rows are.
func LossByTime(ctx context.Context, m *model.Model, o Options) (report.Picture, error) {
	c, err := LossByTimeOf(ctx, m, o)
	if err != nil {
		return nil, err
	}
	which := "training rows"
	if c.Fresh {
		which = "rows that the net was not trained on"
	}
	least := 1e-12 // for the logarithm
	positive := func(values []float64) []float64 {
		for i, v := range values {
			values[i] = max(v, least)
		}
		return values
	}
	return report.Chart{
		Title: fmt.Sprintf("Error of the predicted noise, %d %s", c.Rows, which), XLabel: c.TimeName, YLabel: "mean squared error",
		LogX: c.LogTime, LogY: true,
		Series: []report.Series{
			{Name: "mean, 10–90%", X: c.Time, Y: positive(c.Mean), Low: positive(c.Low), High: positive(c.High)},
			{Name: "no prediction", X: []float64{c.Time[0], c.Time[len(c.Time)-1]}, Y: []float64{1, 1}, Muted: true},
		},
	}, nil
}
