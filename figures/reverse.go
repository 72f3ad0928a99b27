package figures

import (
	"context"

	"euryale/model"
	"euryale/report"
)

// reversePanels is the number of states in a strip.
const reversePanels = 10

// Reverse draws the reverse process as a strip: 10 panels from x_T, drawn from the prior, to the samples x_0, as the run's
// configuration draws them, and then the data; of images a row each, x_t/√(α² + σ²).
func Reverse(ctx context.Context, m *model.Model, o Options) (report.Picture, error) {
	if m.Image() != nil {
		frames, _, err := reverse(ctx, m, o, o.fewImages(), reversePanels)
		if err != nil {
			return nil, err
		}
		return imageStrip(m, frames), nil
	}
	frames, r, err := reverse(ctx, m, o, o.rows(), reversePanels)
	if err != nil {
		return nil, err
	}
	rows, err := TrainingRows(ctx, m, o.rows())
	if err != nil {
		return nil, err
	}
	return report.Strip{
		Panels: Panels(frames), Data: points(rows), Dim: 2,
		Labels: Shades(m, sampleLabels(m, r)), DataLabels: Shades(m, rows.Labels),
	}, nil
}

// ReverseAnimation is Reverse as an animation, over the pale data.
func ReverseAnimation(ctx context.Context, m *model.Model, o Options) (report.Picture, error) {
	if m.Image() != nil {
		frames, _, err := reverse(ctx, m, o, max(1, o.images()/4), imageFrames)
		if err != nil {
			return nil, err
		}
		return imageAnimation(m, frames), nil
	}
	frames, r, err := reverse(ctx, m, o, o.rows(), animationFrames)
	if err != nil {
		return nil, err
	}
	rows, err := TrainingRows(ctx, m, o.rows())
	if err != nil {
		return nil, err
	}
	return report.Animation{Frames: Panels(frames), Data: points(rows), Dim: 2, Labels: Shades(m, sampleLabels(m, r))}, nil
}

// reverse draws up to n samples with their states.
func reverse(ctx context.Context, m *model.Model, o Options, n, frames int) ([]model.Frame, model.Request, error) {
	r := request(m, o, n)
	if err := drawsSamples(m); err != nil {
		return nil, r, err
	}
	if m.Image() == nil {
		if err := inPlane(m); err != nil {
			return nil, r, err
		}
	}
	list, err := m.Trajectory(ctx, r, frames)
	return list, r, err
}
