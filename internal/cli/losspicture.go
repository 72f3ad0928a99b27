package cli

import (
	"euryale/report"
	"euryale/run"
)

// lossPicture draws the training loss at the end of a run. What fails is logged, since the run is done and saved.
func lossPicture(c *console, folder run.Folder, name string) {
	path := folder.Samples("loss.png")
	if err := drawLoss(folder, name+": training loss", path); err != nil {
		c.log().Warnf("no picture of the loss: %s", plain(err))
		return
	}
	c.log().Infof("the training loss is in %s", path)
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
