package onnx_test

import (
	"slices"
	"testing"

	"euryale/onnx"
)

// Samples are decoded coordinate by coordinate, in the order of the data. Halves are rounded up.
func TestDecode(t *testing.T) {
	image := []int{2, 1, 3} // channels, height, width; decoded they lie pixel by pixel
	scale, shift := []float64{1, 2, 3, 4, 5, 6}, []float64{0.5, 0, -1, 0, 0, 10}
	for name, test := range map[string]struct {
		kind         string
		scale, shift []float64
		shape        []int
		x, want      []float64
	}{
		"points":          {"affine", scale, shift, []int{6}, []float64{1, 1, 1, 2, 2, 2}, []float64{1.5, 2, 2, 8, 10, 22}},
		"affine images":   {"affine", scale, shift, image, []float64{1, 1, 1, 2, 2, 2}, []float64{1.5, 4, 2, 8, 5, 22}},
		"one scale":       {"affine", []float64{2}, []float64{1}, []int{2}, []float64{1, 2}, []float64{3, 5}},
		"images as is":    {"none", nil, nil, image, []float64{1, 2, 3, 4, 5, 6}, []float64{1, 4, 2, 5, 3, 6}},
		"points as is":    {"none", nil, nil, []int{2}, []float64{1, -2}, []float64{1, -2}},
		"pixels":          {"pixels", nil, nil, []int{1, 1, 4}, []float64{-1, 0, 1, -1.5}, []float64{0, 128, 255, 0}},
		"pixels, halves":  {"pixels", nil, nil, []int{1, 1, 2}, []float64{2.0 / 255, 1.5}, []float64{129, 255}},
		"pixels of color": {"pixels", nil, nil, []int{3, 1, 2}, []float64{-1, -1, 0, 0, 1, 1}, []float64{0, 128, 255, 0, 128, 255}},
	} {
		g := onnx.NewGraph(name, "samples")
		x := g.Input("x", "", onnx.Float32, test.shape...)
		g.Output("samples", "", g.DecodeForTest(test.kind, test.scale, test.shift, x, test.shape), onnx.Float32)
		model, err := g.Model(onnx.Header{})
		if err != nil {
			t.Fatal(err)
		}
		p := parse(t, model)
		got := p.evaluate(t, map[string]array{"x": {append([]int{1}, test.shape...), test.x}})["samples"].data
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
