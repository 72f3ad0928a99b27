package model_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"euryale/diffusion/solver"
	"euryale/model"
)

// A run is opened by its folder, and says what it is.
func ExampleOpen() {
	m, err := model.Open("../testdata/version1/moons_cfg")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.Config.Name, "at step", m.Step, "with averaged weights:", m.Averaged)
	fmt.Println(m.Schema.Dim(), "columns, classes", m.Schema.Classes)
	fmt.Println(m.Process().Steps(), "steps of noise, a denoiser:", m.Denoises())
	// Output:
	// moons_cfg at step 1 with averaged weights: true
	// 2 columns, classes [0 1]
	// 20 steps of noise, a denoiser: true
}

// A request says how samples are drawn: here by another solver than the run's, in other steps.
func ExampleModel_Points() {
	m, err := model.Open("../testdata/version1/scurve_edm")
	if err != nil {
		log.Fatal(err)
	}
	request := m.Request(100)
	request.Seed = 1
	request.Sampling.Solver = solver.Solvers().With(&solver.Heun{})
	request.Sampling.Steps = 10
	points, evaluations, err := m.Points(context.Background(), request)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(points), "numbers by", evaluations, "evaluations of the net for each point")
	// Output:
	// 200 numbers by 19 evaluations of the net for each point
}

// A request is checked as a whole, before the work.
func ExampleModel_Check() {
	m, err := model.Open("../testdata/version1/scurve_edm")
	if err != nil {
		log.Fatal(err)
	}
	request := m.Request(100)
	request.Sampling.Guidance.Label = 3
	fmt.Println(m.Check(request) != nil)
	request = m.Request(0)
	fmt.Println(m.Check(request))
	// Output:
	// true
	// model: the number of samples must be at least 1, got 0
}

// Samples go to a file as they come, in memory that does not grow with their number.
func ExampleModel_Save() {
	m, err := model.Open("../testdata/version1/scurve_edm")
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "model")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "points.csv")
	if err := m.Save(context.Background(), m.Request(1000), path); err != nil {
		log.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	header, rows, _ := bytes.Cut(text, []byte{'\n'})
	fmt.Printf("%s and %d rows\n", header, bytes.Count(rows, []byte{'\n'}))
	// Output:
	// x0,x1 and 1000 rows
}

// Coordinates that are known are kept; the others are inpainted.
func ExampleRequest_known() {
	m, err := model.Open("../testdata/version1/scurve")
	if err != nil {
		log.Fatal(err)
	}
	request := m.Request(3)
	request.Known = map[int]float64{0: 0.5}
	points, _, err := m.Points(context.Background(), request)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(points[0], points[2], points[4])
	// Output:
	// 0.5 0.5 0.5
}

// A trajectory is what samples looked like on the way from noise to data.
func ExampleModel_Trajectory() {
	m, err := model.Open("../testdata/version1/scurve")
	if err != nil {
		log.Fatal(err)
	}
	frames, err := m.Trajectory(context.Background(), m.Request(50), 3)
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range frames {
		fmt.Println(f.Title, len(f.X))
	}
	// Output:
	// t = 20 100
	// t = 10 100
	// t = 0 100
}
