package torchfile

import (
	"maps"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"euryale/eager"
	"euryale/internal/python"
)

// load_state_dict takes what Write makes of each net, and the net answers in PyTorch as it does here: 1e-5 of the largest.
func TestPyTorchLoads(t *testing.T) {
	const time, label = 2, 1
	var calls []any
	var ours, theirs [][]float32
	built := all4(t)
	names := slices.Sorted(maps.Keys(built))
	for _, name := range names {
		b := built[name]
		weights := b.Init(1)
		for i := range weights {
			weights[i] += float32(0.2 * math.Sin(float64(i)*float64(i))) // none is special, as in a trained net
		}
		path := filepath.Join(t.TempDir(), "net.safetensors")
		if err := Write(path, b, weights); err != nil {
			t.Fatal(err)
		}
		machine, err := eager.New(b, weights)
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float32, size(b.Spec.Sample))
		for i := range x {
			x[i] = float32(math.Cos(float64(i) * 1.7))
		}
		condition := eager.Condition{Time: time, Label: -1}
		call := map[string]any{"file": path, "net": name, "x": []any{planes(x, b.Spec.Sample)}, "t": []int{time}, "labels": nil}
		if b.UsesLabels() {
			condition.Label, call["labels"] = label, []int{label}
		}
		got := make([]float32, b.Spec.Outputs)
		machine.Run(got, x, condition)
		calls, ours = append(calls, call), append(ours, got)
	}
	python.Run(t, "torch", calls, &theirs, "testdata/load.py")
	for i, name := range names {
		got, want := ours[i], theirs[i]
		if len(got) != len(want) {
			t.Fatalf("%s: %d outputs, PyTorch has %d", name, len(got), len(want))
		}
		largest, worst := 0.0, 0.0
		sample := built[name].Spec.Sample
		for j, v := range got {
			if name != "unet_classifier" {
				j = theirPlace(j, sample)
			}
			largest, worst = max(largest, math.Abs(float64(v))), max(worst, math.Abs(float64(v-want[j])))
		}
		if !(worst <= 1e-5*largest) || largest < 1e-3 {
			t.Errorf("%s: the output differs from PyTorch's by %.2g, of %.2g", name, worst, largest)
		}
	}
}

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// theirPlace is where PyTorch has number i of an image, or of several one after the other: [channel, height, width].
func theirPlace(i int, sample []int) int {
	if len(sample) < 3 {
		return i
	}
	pixels, colors := sample[0]*sample[1], sample[2]
	part, pixel, color := i/(pixels*colors), i/colors%pixels, i%colors
	return (part*colors+color)*pixels + pixel
}

// planes is a sample as PyTorch takes it, for JSON.
func planes(x []float32, sample []int) any {
	if len(sample) < 3 {
		return x
	}
	flat := make([]float32, len(x))
	for i, v := range x {
		flat[theirPlace(i, sample)] = v
	}
	var image [][][]float32
	for range sample[2] {
		var plane [][]float32
		for range sample[0] {
			plane, flat = append(plane, flat[:sample[1]]), flat[sample[1]:]
		}
		image = append(image, plane)
	}
	return image
}
