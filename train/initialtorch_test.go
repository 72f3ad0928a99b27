package train

import (
	"slices"
	"strings"
	"testing"
)

// ofTorch is the configuration that the files of torchfile/testdata fit: make.py.
func ofTorch(t *testing.T, file string, overrides ...string) []string {
	t.Helper()
	return append([]string{"net.width=4", "process.steps=3", "train.init=../torchfile/testdata/" + file}, overrides...)
}

// A run may start from a state dict of PyTorch, with the average of the weights like the weights, and with a warning where
// numbers are not those of the file.
func TestInitialWeightsOfPyTorch(t *testing.T) {
	for file, warning := range map[string]string{"plain.pt": "", "training.pt": "", "rounded.pt": "numbers of float64 in 11 tensors are rounded to float32"} {
		trainer := newSmall(t, smallConfig(t, ofTorch(t, file)...), 1)
		state := must(trainer.Checkpoint())
		for _, prefix := range []string{"model.", "ema."} {
			// The first parameter by name: number j is (j mod 16 − 8)/8.
			if got := must(state.Tensor(prefix+"linears.0.bias", 4)); !slices.Equal(got, []float32{-1, -0.875, -0.75, -0.625}) {
				t.Errorf("%s: %slinears.0.bias is %v", file, prefix, got)
			}
			// The second: (7 + j) mod 16, [out, in] in both programs.
			want := []float32{-0.125, 0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75}
			if got := must(state.Tensor(prefix+"linears.0.weight", 4, 2)); !slices.Equal(got, want) {
				t.Errorf("%s: %slinears.0.weight is %v", file, prefix, got)
			}
		}
		warned := slices.ContainsFunc(trainer.Warnings(), func(w string) bool { return strings.Contains(w, "torchfile/testdata") })
		if warned != (warning != "") || warned && !strings.Contains(trainer.Warnings()[0], warning) {
			t.Errorf("%s: warnings %q", file, trainer.Warnings())
		}
	}
}

// A state dict that cannot be used, or is of another net, is one error before the run has a folder.
func TestInitialWeightsOfPyTorchThatDoNotFit(t *testing.T) {
	for _, test := range []struct{ file, override, want string }{
		{"plain.pt", "net.width=5", `train.init does not fit this net: torchfile: ../torchfile/testdata/plain.pt: "linears.0.bias" has shape [4], expected [5]`},
		{"plain.pt", "net.time=sinusoidal", `lacks "time.0.weight" [4 `},
		{"two.pt", "seed=1", "train.init cannot be used: torchfile: ../torchfile/testdata/two.pt: holds the state dicts ema, model"},
		{"legacy.pt", "seed=1", "is in the format of PyTorch before 1.6"},
	} {
		_, err := New(t.Context(), smallConfig(t, ofTorch(t, test.file, test.override)...), 1)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s, %s: %v, want %s", test.file, test.override, err, test.want)
		}
	}
}
