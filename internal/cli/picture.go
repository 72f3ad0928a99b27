package cli

import (
	"context"
	"fmt"

	"euryale/figures"
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
	points, labels, err := trainingPoints(ctx, m, rows)
	if ended := ctx.Err(); ended != nil {
		return ended
	}
	if err != nil {
		c.log().Warnf("the picture has no data next to the samples: %s", plain(err))
	}
	return report.Save(path, report.Strip{
		Panels: figures.Panels(frames), Data: points, Dim: m.Schema.Dim(), DataLabels: figures.Shades(m, labels),
	})
}

// trainingPoints reads up to n of the rows that a model was trained on, evenly spaced, in the data's units.
func trainingPoints(ctx context.Context, m *model.Model, n int) (points []float32, labels []int32, err error) {
	rows, err := figures.TrainingRows(ctx, m, n)
	if err != nil {
		return nil, nil, err
	}
	points = make([]float32, len(rows.Real))
	for i, v := range rows.Real {
		points[i] = float32(v)
	}
	return points, rows.Labels, nil
}
