package model

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"euryale/checkpoint"
	"euryale/data"
	"euryale/diffusion"
	"euryale/diffusion/solver"
	"euryale/nets"
)

// A U-Net with labels draws the images that PyTorch draws: the trajectory of train/testdata/unet/unet_pytorch.py, step by
// step, with its final weights and its noise.
func TestUNetSamplingParityWithPyTorch(t *testing.T) {
	read := func(name string) *checkpoint.File {
		file, err := checkpoint.ReadForeign("../train/testdata/unet/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	final, replay := read("final.safetensors"), read("replay.safetensors")
	const steps, rows, dim = 20, 2, 8 * 4 * 3
	numbers := func(name string, shape ...int) []float32 {
		data, err := replay.Tensor(name, shape...)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	x, trajectory := slices.Clone(numbers("start", rows, 8, 4, 3)), numbers("trajectory", steps, rows, 8, 4, 3)
	var noise goldenNoise
	for z := range slices.Chunk(numbers("noise", steps, rows, 8, 4, 3), rows*dim) {
		noise = append(noise, z)
	}

	dir := t.TempDir()
	file := func(name, shape string, bytes []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, append(data.NPYHeader("|u1", shape), bytes...), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	images, labels := file("images.npy", "(3, 8, 4, 3)", make([]byte, 3*dim)), file("labels.npy", "(3,)", []byte{0, 1, 2})
	m := smallModel(t, fmt.Sprintf("data={name: npy_images, file: %q, labels: %q}", images, labels),
		"process={name: ddpm, steps: 20, schedule: {name: linear, beta_start: 0.005, beta_end: 0.4}}",
		"net={name: unet, channels: 4, multipliers: [1, 2], blocks: 1, attention: [4], groups: 2, labels: true}")
	layout, _ := m.net.Layout()
	if err := nets.LoadStateDict(layout, m.weights, final.Tensor); err != nil {
		t.Fatal(err)
	}
	net, err := m.newDenoiser(1, new(int64), nil)
	if err != nil {
		t.Fatal(err)
	}
	model, err := diffusion.NewModel(net, m.process, diffusion.Parameterization{})
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	run := solver.Run{Model: model, Dim: dim, Noise: noise, OnStep: func(i int, at float64, x []float32) error {
		if i > 0 { // the start has no entry
			near(t, fmt.Sprintf("x at t = %v", at), x, trajectory[(i-1)*rows*dim:i*rows*dim])
			seen++
		}
		return nil
	}}
	var times []float64
	for at := steps - 1; at >= -1; at-- {
		times = append(times, float64(at))
	}
	if err := (&solver.Ancestral{}).Solve(context.Background(), &run, x, times); err != nil || seen != steps {
		t.Errorf("%d steps, error %v", seen, err)
	}
}
