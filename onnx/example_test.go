package onnx_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"euryale/diffusion/solver"
	"euryale/model"
	"euryale/onnx"
)

// A trained model becomes a graph that draws samples from noise in any program with onnxruntime.
func ExampleSampler() {
	m, err := model.Open("../testdata/version1/scurve")
	if err != nil {
		log.Fatal(err)
	}
	sampling := m.Config.Sample
	sampling.Solver, sampling.Steps = solver.Solvers().Choose("dpm++_2m"), 10
	graph, err := onnx.Sampler(context.Background(), m, sampling, onnx.Options{})
	if err != nil {
		log.Fatal(err)
	}
	folder, err := os.MkdirTemp("", "onnx")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	fmt.Println(onnx.Write(filepath.Join(folder, "scurve.onnx"), graph))
	// Output: <nil>
}
