package figures

import (
	"context"
	"slices"

	"euryale/data"
	"euryale/model"
	"euryale/report"
)

const (
	forwardPanels   = 20
	imagePanels     = 10 // of a strip of images
	animationFrames = 61
	imageFrames     = 41
)

// Forward draws the forward process as a strip: 20 panels of
//
//	x_t = α_t x_0 + σ_t ε,   t from the data to the last time
//
// of the same rows x_0 with the same noise ε, so that each point moves on a smooth path; 10 of images, each a row of the
// picture, scaled to x_t/√(α² + σ²).
func Forward(ctx context.Context, m *model.Model, o Options) (report.Picture, error) {
	if m.Image() != nil {
		frames, _, err := forward(ctx, m, o, o.fewImages(), imagePanels)
		if err != nil {
			return nil, err
		}
		return imageStrip(m, frames), nil
	}
	frames, rows, err := forward(ctx, m, o, o.rows(), forwardPanels)
	if err != nil {
		return nil, err
	}
	return report.Strip{Panels: Panels(frames), Dim: 2, Labels: Shades(m, rows.Labels)}, nil
}

// ForwardAnimation is Forward as an animation, which begins at the data.
func ForwardAnimation(ctx context.Context, m *model.Model, o Options) (report.Picture, error) {
	if m.Image() != nil {
		frames, _, err := forward(ctx, m, o, max(1, o.images()/4), imageFrames)
		if err != nil {
			return nil, err
		}
		return imageAnimation(m, frames), nil
	}
	frames, rows, err := forward(ctx, m, o, o.rows(), animationFrames)
	if err != nil {
		return nil, err
	}
	slices.Reverse(frames)
	return report.Animation{Frames: Panels(frames), Dim: 2, Labels: Shades(m, rows.Labels), Backward: true}, nil
}

// forward adds noise to up to n rows at evenly spaced times.
func forward(ctx context.Context, m *model.Model, o Options, n, frames int) ([]model.Frame, *data.Batch, error) {
	if m.Image() == nil {
		if err := inPlane(m); err != nil {
			return nil, nil, err
		}
	}
	rows, err := TrainingRows(ctx, m, n)
	if err != nil {
		return nil, nil, err
	}
	list, err := m.Noised(rows, o.seed(m), forwardTimes(m.Process(), frames))
	return list, rows, err
}

// Panels are frames as a strip or an animation has them.
func Panels(frames []model.Frame) []report.Panel {
	list := make([]report.Panel, len(frames))
	for i, f := range frames {
		list[i] = report.Panel{Title: f.Title, Points: f.X}
	}
	return list
}

// imageStrip draws images as rows, a column per frame.
func imageStrip(m *model.Model, frames []model.Frame) report.Picture {
	dim := m.Dim()
	g := report.Images{Shape: m.Image(), Columns: len(frames)}
	for _, f := range frames {
		g.Captions = append(g.Captions, f.Title)
	}
	var all []byte
	for i := range len(frames[0].X) / dim {
		for _, f := range frames {
			all = append(all, pixels(f.X[i*dim:(i+1)*dim])...)
		}
	}
	return report.ImageGrid{Images: g, Pixels: all}
}

// imageAnimation is an animation of images.
func imageAnimation(m *model.Model, frames []model.Frame) report.Picture {
	film := report.ImageAnimation{Images: report.Images{Shape: m.Image()}}
	for _, f := range frames {
		film.Frames = append(film.Frames, report.ImageFrame{Title: f.Title, Pixels: pixels(f.X)})
	}
	return film
}
