// Command notebook is an experiment as one would write it in a notebook: it trains the same net with three noise schedules, plots
// their losses in one chart, draws what the best one learned, and makes a page that compares the runs. All goes to the folder
// notebook; arguments change the configuration of all runs:
//
//	go run ./examples/notebook train.epochs=100
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	"euryale"
	"euryale/report"
)

func main() {
	if err := experiment(context.Background(), "notebook", os.Args[1:], os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func experiment(ctx context.Context, folder string, overrides []string, out io.Writer) error {
	chart := report.Chart{Title: "training loss", XLabel: "step", YLabel: "loss", LogY: true}
	var runs []string
	var best *euryale.Model
	lowest := 0.0
	for _, schedule := range []string{"linear", "cosine", "sigmoid"} {
		// 1. Train, with a schedule of noise.
		config, err := euryale.Preset("scurve", append([]string{"process.schedule=" + schedule, "name=" + schedule}, overrides...)...)
		if err != nil {
			return err
		}
		run := filepath.Join(folder, schedule)
		model, err := euryale.Train(ctx, config, euryale.In(run), euryale.Overwrite())
		if err != nil {
			return err
		}
		// 2. Measure: how far samples are from fresh data, and how far fresh data are from each other.
		quality, err := euryale.Evaluate(ctx, model, 10_000)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(out, "%-8s sliced W1 %.4f (floor %.4f)\n", schedule, quality.SlicedW1, quality.Floor); err != nil {
			return err
		}
		if best == nil || quality.SlicedW1 < lowest {
			best, lowest = model, quality.SlicedW1
		}
		// 3. Plot the log of the run.
		points, err := euryale.Metrics(run)
		if err != nil {
			return err
		}
		line := report.Series{Name: schedule}
		for _, p := range points {
			line.X, line.Y = append(line.X, float64(p.Step)), append(line.Y, p.Loss)
		}
		chart.Series, runs = append(chart.Series, line), append(runs, run)
	}
	if err := report.Save(filepath.Join(folder, "losses.svg"), chart); err != nil {
		return err
	}
	// 4. Draw what the best net learned, and compare the runs on a page.
	if _, err := euryale.Draw(ctx, best, filepath.Join(folder, "figures"), "reverse", "score", "loss_by_time"); err != nil {
		return err
	}
	return euryale.Report(ctx, filepath.Join(folder, "compare.html"), euryale.Measured{N: 1000}, runs...)
}
