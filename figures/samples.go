package figures

import (
	"context"

	"euryale/model"
	"euryale/report"
)

// Data draws rows that the net was trained on: points in the plane, by their classes, or a grid of images.
func Data(ctx context.Context, m *model.Model, o Options) (report.Picture, error) {
	if m.Image() != nil {
		rows, err := TrainingRows(ctx, m, o.images())
		if err != nil {
			return nil, err
		}
		return report.ImageGrid{Images: grid(m, rows.Labels), Pixels: pixels(rows.Real)}, nil
	}
	if err := inPlane(m); err != nil {
		return nil, err
	}
	rows, err := TrainingRows(ctx, m, o.rows())
	if err != nil {
		return nil, err
	}
	return report.Scatter{Reference: points(rows), Dim: 2, ReferenceLabels: Shades(m, rows.Labels)}, nil
}

// Samples draws samples as the run's configuration describes them: points in the plane beside the data, or a grid of images.
func Samples(ctx context.Context, m *model.Model, o Options) (report.Picture, error) {
	if err := drawsSamples(m); err != nil {
		return nil, err
	}
	if m.Image() != nil {
		r := request(m, o, o.images())
		rows, err := DrawnRows(ctx, m, r)
		if err != nil {
			return nil, err
		}
		return report.ImageGrid{Images: grid(m, sampleLabels(m, r)), Pixels: pixels(rows.Real)}, nil
	}
	if err := inPlane(m); err != nil {
		return nil, err
	}
	r := request(m, o, o.rows())
	samples, _, err := m.Points(ctx, r)
	if err != nil {
		return nil, err
	}
	rows, err := TrainingRows(ctx, m, o.rows())
	if err != nil {
		return nil, err
	}
	return report.Scatter{
		Points: samples, Reference: points(rows), Dim: 2, Beside: true,
		Labels: Shades(m, sampleLabels(m, r)), ReferenceLabels: Shades(m, rows.Labels),
	}, nil
}

// grid is the arrangement of images, by their classes if they have any.
func grid(m *model.Model, labels []int32) report.Images {
	g := report.Images{Shape: m.Image()}
	if len(m.Schema.Classes) > 1 && len(labels) > 0 {
		g.Labels, g.Classes = labels, m.Schema.Classes
	}
	return g
}
