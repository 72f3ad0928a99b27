package train

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale/checkpoint"
	"euryale/configs"
	"euryale/data"
	"euryale/nets"
)

// The run of testdata/unet/unet_pytorch.py.
const (
	unetFolder = "testdata/unet"
	unetRows   = 9
	unetSteps  = 10
	unetDim    = 8 * 4 * 3

	firstGradient = "first gradient of"
)

// unetReplay reads a file of that run.
func unetReplay(t *testing.T, name string) *checkpoint.File {
	t.Helper()
	file, err := checkpoint.ReadForeign(filepath.Join(unetFolder, name))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// unetConfig is a configuration of that run; the images are replaced.
func unetConfig(t *testing.T, overrides ...string) *configs.Config {
	t.Helper()
	dir := t.TempDir()
	file := func(name, shape string, numbers []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, append(data.NPYHeader("|u1", shape), numbers...), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	images := file("images.npy", fmt.Sprintf("(%d, 8, 4, 3)", unetRows), make([]byte, unetRows*unetDim))
	labels := file("labels.npy", fmt.Sprintf("(%d,)", unetRows), []byte{0, 1, 2, 0, 1, 2, 0, 1, 2})
	config, err := configs.Decode("unet", fmt.Appendf(nil, `
version: 2
name: unet
data: {name: npy_images, file: %q, labels: %q}
process: {name: ddpm, steps: 20, schedule: {name: linear, beta_start: 0.005, beta_end: 0.4}}
net: {name: unet, channels: 4, multipliers: [1, 2], blocks: 1, attention: [4], groups: 2, labels: true}
optimizer: {learning_rate: 1e-3, transforms: [{name: clip, norm: 1}, {name: adam, epsilon: 1e-4}]}
train: {batch: %d, init: %s}
`, images, labels, unetRows, unetFolder), overrides)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// A U-Net is trained as in PyTorch: losses, first gradients, weights after ten steps.
func TestUNetParityWithPyTorch(t *testing.T) {
	replay := unetReplay(t, "replay.safetensors")
	tensor := func(name string, shape ...int) []float32 {
		numbers, err := replay.Tensor(name, shape...)
		if err != nil {
			t.Fatal(err)
		}
		return numbers
	}
	x0, eps := tensor("x0", unetSteps, unetRows, 8, 4, 3), tensor("eps", unetSteps, unetRows, 8, 4, 3)
	times, labels := tensor("t", unetSteps, unetRows), tensor("labels", unetSteps, unetRows)
	losses, norms := tensor("loss", unetSteps), tensor("norm", unetSteps)
	for _, workers := range []int{1, 2} {
		trainer := newSmall(t, unetConfig(t), workers)
		trainer.fill = func(lo, hi int) {
			first := int(trainer.step) * unetRows
			copy(trainer.x0[lo*unetDim:hi*unetDim], x0[(first+lo)*unetDim:])
			copy(trainer.eps[lo*unetDim:hi*unetDim], eps[(first+lo)*unetDim:])
			for r := lo; r < hi; r++ {
				trainer.times[r], trainer.labels[r] = float64(times[first+r]), int32(labels[first+r])
				if trainer.labels[r] == 3 { // no label
					trainer.labels[r] = -1
				}
			}
		}
		layout, _ := trainer.net.Layout()
		check := func(what, name string, flat []float32) {
			file := unetReplay(t, name)
			if len(file.Tensors) != len(layout) {
				t.Errorf("%d tensors, PyTorch has %d", len(layout), len(file.Tensors))
			}
			for _, a := range nets.StateDict(layout, flat) {
				want, err := file.Tensor(a.Name, a.Shape...)
				if err != nil {
					t.Fatal(err)
				}
				if what == firstGradient && strings.HasSuffix(a.Name, "to_k.bias") {
					// What is added to all keys leaves the softmax as it is: 0, but for rounding.
					if largest := max(slices.Max(a.Data), -slices.Min(a.Data)); largest > 1e-7 {
						t.Errorf("%s %s is up to %v, want 0", what, a.Name, largest)
					}
					continue
				}
				near(t, what+" "+a.Name, a.Data, want)
			}
		}
		for i := range unetSteps {
			result, err := trainer.Step()
			if err != nil {
				t.Fatal(err)
			}
			if want := float64(losses[i]); math.Abs(result.Loss-want) > 1e-5*want {
				t.Errorf("step %d: loss %v, PyTorch has %v", i, result.Loss, want)
			}
			if want := float64(norms[i]); math.Abs(result.GradientNorm-want) > 1e-5*want {
				t.Errorf("step %d: gradient norm %v, PyTorch has %v", i, result.GradientNorm, want)
			}
			if i == 0 {
				check(firstGradient, "gradients.safetensors", trainer.chunked.gradient)
			}
		}
		check("after ten steps", "final.safetensors", trainer.weights)
	}
}

// train.init takes a folder of diffusers; where the net is another one, the key that differs is named.
func TestInitialWeightsOfDiffusers(t *testing.T) {
	trainer := newSmall(t, unetConfig(t, "optimizer.transforms=[adam, {name: ema, decay: 0.9}]"), 1)
	layout, _ := trainer.net.Layout()
	file := unetReplay(t, "diffusion_pytorch_model.safetensors")
	for _, flat := range [][]float32{trainer.weights, trainer.optimizer.Average()} {
		for _, a := range nets.StateDict(layout, flat) {
			if want, err := file.Tensor(a.Name, a.Shape...); err != nil || !slices.Equal(a.Data, want) {
				t.Errorf("%s differs: %v", a.Name, err)
			}
		}
	}
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "config.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ set, want string }{
		{"net.blocks=2", "train.init does not fit this net: net.blocks asks for layers_per_block 2, and testdata/unet/config.json has 1"},
		{"net.attention=[]", "does not fit this net: net.attention asks for down_block_types"},
		{"net={name: mlp, width: 8}", "does not fit this net: net.name must be unet"},
		{"train.init=" + broken, "train.init cannot be used: diffusers: " + broken + "/config.json: _class_name is missing"},
	} {
		if _, err := New(context.Background(), unetConfig(t, test.set), 1); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.set, err, test.want)
		}
	}
}
