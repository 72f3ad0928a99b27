package cli

import (
	"context"

	"github.com/sirupsen/logrus"

	"euryale/report"
	"euryale/run"
	"euryale/train"
)

// lossPicture is the hook that draws the training loss at the end of a run.
func lossPicture(log *logrus.Logger) train.Hook {
	return train.Hook{
		Name: "loss picture",
		Finish: func(_ context.Context, l *train.Loop) error {
			path := l.Folder.Samples("loss.png")
			if err := drawLoss(l.Folder, l.Config().Name+": training loss", path); err != nil { // the run is done and saved
				log.Warnf("no picture of the loss: %s", plain(err))
				return nil
			}
			log.Infof("the training loss is in %s", path)
			return nil
		},
	}
}

// drawLoss draws the log points of a run, on a logarithmic axis if every loss is positive.
func drawLoss(folder run.Folder, title, path string) error {
	points, err := run.ReadMetrics(folder.MetricsPath())
	if err != nil {
		return err
	}
	curve := report.LossCurve{Title: title, Log: true}
	for _, p := range points {
		curve.Points = append(curve.Points, report.LossPoint{Step: int(p.Step), Loss: p.Loss})
		curve.Log = curve.Log && p.Loss > 0
	}
	return report.Save(path, curve)
}
