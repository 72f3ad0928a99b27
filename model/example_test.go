package model_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"euryale/data"
	"euryale/diffusion/solver"
	"euryale/model"
)

// A run is opened by its folder.
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

// A request describes how samples are drawn: here by a different solver and in a different number of steps from the run's.
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
	fmt.Println(len(points), "numbers, NFE", evaluations)
	// Output:
	// 200 numbers, NFE 19
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

// Known coordinates are kept; the others are inpainted.
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

// Labels are dealt out in turn, so that all classes get as many samples.
func ExampleRequest_labels() {
	m, err := model.Open("../testdata/version1/moons_cfg")
	if err != nil {
		log.Fatal(err)
	}
	request := m.Request(5)
	request.Labels = m.AllLabels()
	var out bytes.Buffer
	sink, err := data.NewCSVStream(&out, m.SampleSchema(request))
	if err != nil {
		log.Fatal(err)
	}
	if err := m.Sample(context.Background(), request, sink); err != nil {
		log.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		fmt.Print(line[strings.LastIndexByte(line, ',')+1:])
	}
	// Output:
	// label
	// 0
	// 1
	// 0
	// 1
	// 0
}

// An inversion gives noise; samples that start from it come back to the data.
func ExampleRequest_from() {
	m, err := model.Open("../testdata/version1/scurve_edm")
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	request := m.Request(1)
	request.Sampling.Solver = solver.Solvers().With(&solver.RK45{Tolerance: solver.Tolerance{Relative: 1e-5, Absolute: 1e-5}})
	request.Invert, request.Rows = true, m.Batch([]float32{0.5, -0.25})
	noise, _, err := m.Points(ctx, request)
	if err != nil {
		log.Fatal(err)
	}
	request.Invert, request.Rows, request.From = false, nil, noise
	points, _, err := m.Points(ctx, request)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f\n", points)
	// Output:
	// [0.50 -0.25]
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
