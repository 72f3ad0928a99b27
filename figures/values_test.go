package figures_test

import (
	"context"
	"math"
	"testing"

	"euryale/figures"
	"euryale/report"
)

// A net that has learned something is better than no prediction, at each time of a process that ends in noise; four fifths of
// the rows are in the band.
func TestLossByTime(t *testing.T) {
	m := trained(t, "scurve_edm", "data.points=200", "net.width=32", "train.batch=50", "train.epochs=60")
	c, err := figures.LossByTimeOf(context.Background(), m, figures.Options{Rows: 400})
	if err != nil {
		t.Fatal(err)
	}
	if c.TimeName != "σ" || !c.LogTime || !c.Fresh || c.Rows != 400 || len(c.Mean) != len(c.Time) {
		t.Errorf("%d means at %d times %s of %d rows, fresh %v", len(c.Mean), len(c.Time), c.TimeName, c.Rows, c.Fresh)
	}
	for i, mean := range c.Mean {
		if c.Time[i] > 0.3 && !(mean < 0.75) || !(c.Low[i] < c.High[i]) {
			t.Errorf("σ = %.3g: an error of %.3g, from %.3g to %.3g", c.Time[i], mean, c.Low[i], c.High[i])
		}
	}
}

// Arrows lead to the data: from all places of much noise to the middle.
func TestScoreLeadsToTheData(t *testing.T) {
	m := trained(t, "scurve_edm", "data.points=200", "net.width=32", "train.batch=50", "train.epochs=60")
	picture, err := figures.Score(context.Background(), m, figures.Options{Rows: 200, Grid: 20})
	if err != nil {
		t.Fatal(err)
	}
	panel := picture.(report.HeatMap).Panels[0]
	inward, far := 0, 0
	for i := 0; i < len(panel.Arrows.At); i += 2 {
		x, y := float64(panel.Arrows.At[i]), float64(panel.Arrows.At[i+1])
		if math.Hypot(x, y) < 1 {
			continue
		}
		far++
		if float64(panel.Arrows.Vectors[i])*x+float64(panel.Arrows.Vectors[i+1])*y < 0 {
			inward++
		}
	}
	if far < 100 || inward < far*9/10 {
		t.Errorf("of %d arrows far from the middle %d lead to it", far, inward)
	}
}

// A cell of a density has that of the model at its center, in the data's units.
func TestDensityOfCells(t *testing.T) {
	m := trained(t, "scurve_edm", "data.points=60", "net.width=8", "data.scale=3")
	picture, err := figures.Density(context.Background(), m, small)
	if err != nil {
		t.Fatal(err)
	}
	g := picture.(report.HeatMap).Panels[0].Grid
	var centers []float32
	for row := range g.Rows {
		for column := range g.Columns {
			centers = append(centers, float32(g.X0+(float64(column)+0.5)*(g.X1-g.X0)/float64(g.Columns)),
				float32(g.Y0+(float64(row)+0.5)*(g.Y1-g.Y0)/float64(g.Rows)))
		}
	}
	logs, err := m.LogDensities(context.Background(), centers, -1, 20, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range g.Values {
		if want := math.Exp(logs[i]); math.Abs(v-want) > 1e-4*want {
			t.Fatalf("cell %d at (%v, %v) has the density %v, want %v", i, centers[2*i], centers[2*i+1], v, want)
		}
	}
}

// Paths keep about the size of the data, however much noise there is, and end at samples.
func TestTrajectoriesHaveTheSizeOfTheData(t *testing.T) {
	m := trained(t, "scurve_edm", "data.points=200", "net.width=32", "train.batch=50", "train.epochs=60", "data.scale=0.1")
	picture, err := figures.Trajectories(context.Background(), m, figures.Options{Rows: 200})
	if err != nil {
		t.Fatal(err)
	}
	p := picture.(report.Trajectories)
	size := func(x []float32) (sum float64) {
		for _, v := range x {
			sum += float64(v) * float64(v) / float64(len(x))
		}
		return math.Sqrt(sum)
	}
	want := size(p.Data)
	for i, frame := range p.Frames {
		if got := size(frame); got < want/2 || got > 2*want {
			t.Errorf("frame %d has the size %v, the data %v", i, got, want)
		}
	}
}

// Real cells are those of the file, and synthetic ones not.
func TestColumnsOfATable(t *testing.T) {
	m := trained(t, "table_small", "data.file="+table(t), "data.missing=model", "net.width=8", "sample.steps=4")
	list, err := figures.ColumnsOf(context.Background(), m, figures.Options{Rows: 100}, 2)
	if err != nil || len(list) != 2 {
		t.Fatalf("%d columns, %v", len(list), err)
	}
	height, leaves := list[0], list[1]
	if height.Name != "height" || leaves.Name != "leaves" || len(height.Real) != 61 || len(height.Synthetic) != 61 {
		t.Fatalf("%s of %d and %d rows, and %s", height.Name, len(height.Real), len(height.Synthetic), leaves.Name)
	}
	for i := range 60 {
		if height.Real[i] != float64(i%7)+0.5 || leaves.Categories == nil && leaves.Real[i] != float64(i%5) {
			t.Errorf("row %d: %v and %v", i, height.Real[i], leaves.Real[i])
		}
	}
	if !math.IsNaN(height.Real[60]) {
		t.Errorf("the missing cell is %v", height.Real[60])
	}
}
