package cli

import (
	"context"
	"fmt"

	"github.com/sirupsen/logrus"

	"euryale/data"
	"euryale/model"
	"euryale/report"
	"euryale/run"
	"euryale/train"
)

// closingPicture draws a picture at the end of a run: a strip of points in the plane, a grid of images. Its error is that the
// context ended; what else fails is logged, since the run is done and saved, and its sampling can be changed.
func closingPicture(ctx context.Context, log *logrus.Logger, folder run.Folder, workers int) error {
	drawn, err := drawClosing(ctx, log, folder, workers)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("train: %w while the picture of the finished run was drawn", train.ErrInterrupted)
	case err != nil:
		log.Warnf("no picture: %s", plain(err))
	case drawn == "":
		log.Infof("done; the run is in %s", folder)
	default:
		log.Infof("done; %s", drawn)
	}
	return nil
}

// drawClosing draws the picture of a run, and returns in words where it is; "" if there is nothing to draw.
func drawClosing(ctx context.Context, log *logrus.Logger, folder run.Folder, workers int) (drawn string, err error) {
	m, err := model.Open(folder)
	if err != nil {
		return "", err
	}
	ofImages := m.Image() != nil
	if !ofImages && !inPlane(m) || m.Table() != nil || !m.Denoises() {
		return "", nil
	}
	log.Infof("trained; drawing samples with %s", m.Config.Sample.Solver.Name())
	if ofImages {
		path := folder.Samples("samples.png")
		return "samples are in " + path, drawImages(ctx, m, path, workers)
	}
	path := folder.Samples("strip.png")
	return "the way from noise to data is in " + path, strip(ctx, log, m, path, workers)
}

// strip draws ten panels from x_T to x_0, and the data.
func strip(ctx context.Context, log *logrus.Logger, m *model.Model, path string, workers int) error {
	const panels, rows = 10, 10_000
	r := m.Request(rows)
	r.Workers = workers
	frames, err := m.Trajectory(ctx, r, panels)
	if err != nil {
		return err
	}
	points, labels, err := trainingPoints(ctx, m)
	if ended := ctx.Err(); ended != nil {
		return ended
	}
	if err != nil {
		log.Warnf("the picture has no data next to the samples: %s", plain(err))
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
