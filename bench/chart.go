package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"euryale/report"
)

// charted are the jobs of the chart, with the headings of their bars.
var charted = []struct{ job, heading string }{
	{"train-128", "training step, batch 128, width 128"},
	{"train-512", "training step, batch 128, width 512"},
	{"train-1024", "training step, batch 1024, width 1024"},
	{"sample", "10,000 samples in 100 steps, width 128"},
	{"unet-mnist_s", "training step, U-Net of 1.1 M weights, batch 128"},
	{"unet-mnist", "training step, U-Net of 1.6 M weights, batch 128"},
}

// bars are the contenders of the chart, with names that are short enough for it.
var bars = []struct {
	contender, name string
	ours            bool
}{
	{two, two, true}, {one, one, true}, {tutorial, "PyTorch, tutorial", false}, {tuned, tuned, false},
	{plainC, "C, OpenBLAS, 1 core", false}, {onnxruntime, "onnxruntime", false},
}

// checkChart fails early where the chart could not be saved later.
func checkChart(path string) error {
	if ext := filepath.Ext(path); ext != ".svg" && ext != ".png" {
		return fmt.Errorf("-chart %s: expected a name that ends in .svg or .png", path)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return fmt.Errorf("-chart %s: there is no folder %s", path, filepath.Dir(path))
	}
	return nil
}

// chart draws the times of the jobs that were measured with other software, relative to Euryale's with two workers.
func (r findings) chart() (report.Bars, error) {
	c := report.Bars{Axis: "time relative to Euryale with 2 workers (less is faster)"}
	for _, of := range charted {
		for _, result := range r.Results {
			if result.Job != of.job {
				continue
			}
			ours, known := result.median(two, "ms")
			if !known {
				continue
			}
			group := report.BarGroup{Name: of.heading}
			for _, b := range bars {
				if ms, measured := result.median(b.contender, "ms"); measured {
					label := fmt.Sprintf("%.2f (%s)", ms/ours, duration(ms))
					group.Bars = append(group.Bars, report.Bar{Name: b.name, Value: ms / ours, Label: label, Highlight: b.ours})
				}
			}
			c.Groups = append(c.Groups, group)
		}
	}
	if len(c.Groups) == 0 {
		return c, errors.New("-chart: no job of the chart was measured; it needs training or sampling among -jobs")
	}
	return c, nil
}
