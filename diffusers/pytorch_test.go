package diffusers

import (
	"math"
	"path/filepath"
	"testing"

	"euryale/checkpoint"
	"euryale/eager"
	"euryale/internal/python"
	"euryale/nets"
)

// The net computes what PyTorch does: each row of the first batch of unet_pytorch.py.
func TestOutputOfPyTorch(t *testing.T) {
	m, err := Read(made)
	if err != nil {
		t.Fatal(err)
	}
	machine, err := eager.New(m.Net, m.Weights)
	if err != nil {
		t.Fatal(err)
	}
	replay, err := checkpoint.ReadForeign(filepath.Join(made, "replay.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	const steps, rows, dim, timesteps = 10, 9, 8 * 4 * 3, 20
	tensor := func(name string, shape ...int) []float32 {
		data, err := replay.Tensor(name, shape...)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	x0, eps := tensor("x0", steps, rows, 8, 4, 3), tensor("eps", steps, rows, 8, 4, 3)
	times, labels := tensor("t", steps, rows), tensor("labels", steps, rows)
	want, got := tensor("output", rows, 8, 4, 3), make([]float32, rows*dim)
	for r := range rows {
		bar, x, label := 1.0, make([]float32, dim), int(labels[r])
		for i := range int(times[r]) + 1 {
			bar *= 1 - (0.005 + (0.4-0.005)*float64(i)/(timesteps-1))
		}
		for j := range x {
			x[j] = float32(math.Sqrt(bar)*float64(x0[r*dim+j]) + math.Sqrt(1-bar)*float64(eps[r*dim+j]))
		}
		if label == 3 { // no label
			label = -1
		}
		machine.Run(got[r*dim:(r+1)*dim], x, eager.Condition{Time: float64(times[r]), Label: label})
	}
	checkNear(t, "the first batch", got, want)
}

// checkNear compares numbers to rounding: 1e-5 of the largest.
func checkNear(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, PyTorch has %d", what, len(got), len(want))
	}
	scale, worst := 0.0, 0.0
	for i, w := range want {
		scale, worst = max(scale, math.Abs(float64(w))), max(worst, math.Abs(float64(got[i])-float64(w)))
	}
	if !(worst <= 1e-5*scale) {
		t.Errorf("%s: the output differs from PyTorch's by %.2g of the largest element, %v", what, worst/scale, scale)
	}
}

// A folder that Write makes loads in PyTorch, where the net answers the same: with labels and learned variances, and on square
// images without them. The variances come after the whole prediction, as the halves of the channels in PyTorch.
func TestPyTorchReadsAFolder(t *testing.T) {
	labeled := like(func(u *nets.UNet) { u.Blocks = 2 })
	// Not smaller: where pixels²·channels of attention is below 400, baddbmm of PyTorch 1.13 with beta=0 adds what was in its memory,
	// which may be NaN.
	plain := like(func(u *nets.UNet) { u.Labels, u.Attention, u.Multipliers = false, []int{8, 4}, []int{2, 3} })
	const pixels, colors, time, label = 8 * 4, 3, 13.5, 2
	x, planes := make([]float32, pixels*colors), [colors][8][4]float32{}
	for i := range x {
		x[i] = float32(math.Cos(float64(i) * 1.7))
		planes[i%colors][i/colors/4][i/colors%4] = x[i]
	}
	var folders []string
	var calls []any
	var ours, theirs [][]float32 // theirs are [channel, height, width]
	for _, u := range []*nets.UNet{labeled, plain} {
		call := map[string]any{"x": []any{planes}, "t": []float64{time}, "labels": nil}
		condition, outputs := eager.Condition{Time: time, Label: -1}, pixels*colors
		if u.Labels {
			call["labels"], condition.Label, outputs = []int{label}, label, 2*outputs
		}
		b := built(t, u, outputs)
		weights := b.Init(1)
		for i := range weights {
			weights[i] = float32(0.2 * math.Sin(float64(i)*float64(i)))
		}
		dir := t.TempDir()
		if err := Write(dir, b, weights); err != nil {
			t.Fatal(err)
		}
		machine, err := eager.New(b, weights)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]float32, outputs)
		machine.Run(got, x, condition)
		folders, calls, ours = append(folders, dir), append(calls, call), append(ours, got)
	}
	python.Run(t, "torch", calls, &theirs, append([]string{"testdata/load.py"}, folders...)...)
	for n, got := range ours {
		want := make([]float32, len(theirs[n]))
		for i := range want {
			part, pixel, color := i/(pixels*colors), i/colors%pixels, i%colors
			want[i] = theirs[n][(part*colors+color)*pixels+pixel]
		}
		checkNear(t, folders[n], got, want)
	}
}
