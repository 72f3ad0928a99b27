package euryale_test

import (
	"context"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale"
	"euryale/configs"
	"euryale/kernel"
	"euryale/run"
)

// oldRun is the folder of a run of version 1, which testdata/version1/README.md describes.
func oldRun(preset string) string { return filepath.Join("testdata", "version1", preset) }

// bitForBit reports whether the kernels in use round as those that wrote the old runs.
func bitForBit(t *testing.T) bool {
	t.Helper()
	path, err := kernel.Path()
	if err != nil {
		t.Fatal(err)
	}
	if path == "generic" {
		t.Log("the generic kernels add products in another order than those of AVX that wrote the old runs: compared to 1e-3, not bit for bit")
	}
	return path != "generic"
}

// sameNumbers compares numbers bit for bit or else to a thousandth of the largest.
func sameNumbers(t *testing.T, what string, got, want []float32, bits bool) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d numbers, want %d", what, len(got), len(want))
		return
	}
	scale := 0.0
	for _, v := range want {
		scale = max(scale, math.Abs(float64(v)))
	}
	for i, v := range got {
		if bits && math.Float32bits(v) != math.Float32bits(want[i]) || !(math.Abs(float64(v)-float64(want[i])) <= 1e-3*scale) {
			t.Errorf("%s: number %d is %v, want %v", what, i, v, want[i])
			return
		}
	}
}

// oldPoints are the numbers of a .npy file of version 1: a header of 128 bytes and float32.
func oldPoints(t *testing.T, path string) []float32 {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	points := make([]float32, (len(text)-128)/4)
	for i := range points {
		points[i] = math.Float32frombits(binary.LittleEndian.Uint32(text[128+4*i:]))
	}
	return points
}

// eachOldRun runs a test on each of the nine presets of version 1.
func eachOldRun(t *testing.T, test func(t *testing.T, preset string)) {
	t.Helper()
	runs, err := filepath.Glob(oldRun("*/config.yaml"))
	if err != nil || len(runs) != 9 {
		t.Fatalf("runs %v, %v; want 9", runs, err)
	}
	for _, path := range runs {
		preset := filepath.Base(filepath.Dir(path))
		t.Run(preset, func(t *testing.T) { test(t, preset) })
	}
}

// A run of version 1 opens, and gives the samples that it gave.
func TestVersion1Samples(t *testing.T) {
	bits := bitForBit(t)
	eachOldRun(t, func(t *testing.T, preset string) {
		m, err := euryale.Open(oldRun(preset))
		if err != nil {
			t.Fatal(err)
		}
		if m.Config.Name != preset || m.Config.Version != configs.Version || m.Dim() != 2 || m.Schema.Dim() != 2 {
			t.Errorf("opened as %s, version %d, of %d numbers", m.Config.Name, m.Config.Version, m.Dim())
		}
		if m.Denoises() != (preset != "moons_classifier") || (len(m.Schema.Classes) == 2) != strings.HasPrefix(preset, "moons") {
			t.Errorf("denoises %v, classes %v", m.Denoises(), m.Schema.Classes)
		}
		if !m.Denoises() {
			return
		}
		r := m.Request(64)
		if preset == "moons_cfg" {
			r.Sampling.Guidance.Label, r.Sampling.Guidance.Weight = 1, 1
		}
		points, _, err := m.Points(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		sameNumbers(t, "samples", points, oldPoints(t, filepath.Join(oldRun(preset), "samples.npy")), bits)
	})
}

// A run of version 1 resumes, and ends where the old program ended: weights, moments, averages, and the memory of the
// timestep sampler.
func TestVersion1Resumes(t *testing.T) {
	bits := bitForBit(t)
	eachOldRun(t, func(t *testing.T, preset string) {
		folder := t.TempDir()
		if err := os.CopyFS(folder, os.DirFS(oldRun(preset))); err != nil {
			t.Fatal(err)
		}
		config, err := euryale.Load(filepath.Join(folder, "config.yaml"), "train.epochs=2")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := euryale.Train(context.Background(), config, euryale.In(folder), euryale.Resume(), euryale.Workers(2)); err != nil {
			t.Fatal(err)
		}
		got, err := run.Folder(folder).Latest()
		if err != nil {
			t.Fatal(err)
		}
		want, err := run.Read(filepath.Join(oldRun(preset), "resumed.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		if got.Old() || !want.Old() || got.Step != want.Step || got.Seed != want.Seed || got.Epoch != want.Epoch ||
			got.Offset != want.Offset {
			t.Errorf("step %d, epoch %d, offset %d; want %d, %d, %d", got.Step, got.Epoch, got.Offset, want.Step, want.Epoch, want.Offset)
		}
		if len(got.Tensors) != len(want.Tensors) {
			t.Errorf("%d tensors, want %d", len(got.Tensors), len(want.Tensors))
		}
		for _, tensor := range want.Tensors {
			data, err := got.Tensor(tensor.Name, tensor.Shape...)
			if err != nil {
				t.Error(err)
				continue
			}
			sameNumbers(t, tensor.Name, data, tensor.Data, bits)
		}
		// The migrated configuration is written in the present version.
		text, err := os.ReadFile(filepath.Join(folder, "config.yaml"))
		if err != nil || !strings.HasPrefix(string(text), "version: 2\n") {
			t.Errorf("config.yaml after the resume: %.40q, %v", text, err)
		}
	})
}

// The old classifier has accuracies, and still guides.
func TestVersion1Classifier(t *testing.T) {
	c, err := euryale.Open(oldRun("moons_classifier"))
	if err != nil {
		t.Fatal(err)
	}
	accuracies, err := c.Accuracies(context.Background(), 500, 1, 5)
	if err != nil || len(accuracies) != 5 {
		t.Fatalf("%+v, %v", accuracies, err)
	}
	m, err := euryale.Open(oldRun("moons_cfg"))
	if err != nil {
		t.Fatal(err)
	}
	r := m.Request(20)
	plain, _, err := m.Points(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	r.Classifier, r.Sampling.Guidance.Label, r.Sampling.Guidance.Weight = c, 1, 2
	guided, _, err := m.Points(context.Background(), r)
	if err != nil || slices.Equal(guided, plain) {
		t.Errorf("guided samples are the same: %v", err)
	}
}
