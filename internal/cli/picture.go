package cli

import (
	"context"
	"fmt"

	"euryale/data"
	"euryale/model"
	"euryale/report"
	"euryale/report/tensorboard"
	"euryale/run"
	"euryale/train"
)

// closingPicture draws a picture at the end of a run: a strip of points in the plane, a grid of images. Its error is that the
// context ended; what else fails is logged, since the run is done and saved, and its sampling can be changed.
func closingPicture(ctx context.Context, c *console, folder run.Folder, workers int) error {
	drawn, err := drawClosing(ctx, c, folder, workers)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("train: %w while the picture of the finished run was drawn", train.ErrInterrupted)
	case err != nil:
		c.log().Warnf("no picture: %s", plain(err))
	case drawn == "":
		c.log().Infof("done; the run is in %s", folder)
	default:
		c.log().Infof("done; %s", drawn)
	}
	return nil
}

// drawClosing draws the picture of a run, and returns in words where it is; "" if there is nothing to draw.
func drawClosing(ctx context.Context, c *console, folder run.Folder, workers int) (drawn string, err error) {
	m, err := model.Open(folder)
	if err != nil {
		return "", err
	}
	ofImages := m.Image() != nil
	if !ofImages && !inPlane(m) || m.Table() != nil || !m.Denoises() {
		return "", nil
	}
	c.log().Infof("trained; drawing samples with %s", m.Config.Sample.Solver.Name())
	path, drawn := folder.Samples("strip.png"), "the way from noise to data is in "
	if ofImages {
		path, drawn = folder.Samples("samples.png"), "samples are in "
		err = drawImages(ctx, c, m, path, workers)
	} else {
		err = strip(ctx, c, m, path, workers)
	}
	if err == nil && m.Config.Train.TensorBoard {
		err = tensorboard.AddPicture(folder, m.Step, "samples/closing", path)
	}
	return drawn + path, err
}

// strip draws ten panels from x_T to x_0, and the data.
func strip(ctx context.Context, c *console, m *model.Model, path string, workers int) error {
	const panels, rows = 10, 10_000
	r := m.Request(rows)
	r.Workers = workers
	drawing := c.progress("samples")
	r.Progress = drawing.show
	frames, err := m.Trajectory(ctx, r, panels)
	drawing.end()
	if err != nil {
		return err
	}
	points, labels, err := trainingPoints(ctx, m)
	if ended := ctx.Err(); ended != nil {
		return ended
	}
	if err != nil {
		c.log().Warnf("the picture has no data next to the samples: %s", plain(err))
	}
	dim := m.Schema.Dim()
	shown := min(len(points)/dim, rows)
	picture := report.Strip{Panels: titled(frames), Data: points[:shown*dim], Dim: dim}
	if labels = shades(m, labels); labels != nil {
		picture.DataLabels = labels[:shown]
	}
	return report.Save(path, picture)
}

// titled gives the frames of a trajectory their titles in a picture.
func titled(frames []model.Frame) []report.Panel {
	panels := make([]report.Panel, 0, len(frames))
	for _, f := range frames {
		panels = append(panels, report.Panel{Title: f.Title, Points: f.X})
	}
	return panels
}

// colors is the number of classes that package report tells apart by color.
const colors = 6

// shades are the labels that the points of a picture are colored by: none where the data has more classes than colors.
func shades(m *model.Model, labels []int32) []int32 {
	if len(m.Schema.Classes) > colors {
		return nil
	}
	return labels
}

// trainingPoints reads the rows that a model was trained on, in the data's units.
func trainingPoints(ctx context.Context, m *model.Model) (points []float32, labels []int32, err error) {
	source, _, err := m.Source(ctx)
	if err != nil {
		return nil, nil, err
	}
	var rows data.Batch
	if err := source.Read(ctx, &rows, 0, source.Rows()); err != nil {
		return nil, nil, err
	}
	points = make([]float32, len(rows.Real))
	for i, v := range rows.Real {
		points[i] = float32(v)
	}
	return points, rows.Labels, nil
}
