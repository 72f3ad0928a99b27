package nets

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/choice"
	"euryale/ops"
)

func dit(patch, width, depth, heads int) *DiT {
	d := DefaultDiT()
	d.Patch, d.Width, d.Depth, d.Heads = patch, width, depth, heads
	return d
}

// All names and shapes of the state dict of facebookresearch/DiT, but for pos_embed. The number of weights is that of
// train/testdata/dit/dit_pytorch.py with the width 128, the depth 6, 28×28×1 pixels and 10 classes.
func TestDiTStateDict(t *testing.T) {
	want, total := map[string][]int{"y_embedder.embedding_table.weight": {11, 128}}, 11*128
	add := func(name string, shape ...int) {
		want[name+".weight"], want[name+".bias"] = shape, shape[:1]
		size := 1
		for _, n := range shape {
			size *= n
		}
		total += size + shape[0]
	}
	add("x_embedder.proj", 128, 1, 2, 2)
	add("t_embedder.mlp.0", 128, 256)
	add("t_embedder.mlp.2", 128, 128)
	for i := range 6 {
		name := fmt.Sprintf("blocks.%d.", i)
		add(name+"attn.qkv", 384, 128)
		add(name+"attn.proj", 128, 128)
		add(name+"mlp.fc1", 512, 128)
		add(name+"mlp.fc2", 128, 512)
		add(name+"adaLN_modulation.1", 768, 128)
	}
	add("final_layer.linear", 8, 128)
	add("final_layer.adaLN_modulation.1", 256, 128)
	d, spec := DefaultDiT(), images(28, 28, 1)
	d.Labels, spec.Outputs = true, 2*28*28
	checkStateDict(t, build(t, d, spec), want)
	if total != 1866504 {
		t.Errorf("%d weights, PyTorch has 1866504", total)
	}
}

// Weights start as in the authors' code: Xavier's, embeddings of deviation 0.02, modulations, output and biases at 0.
func TestDiTInit(t *testing.T) {
	d := dit(2, 64, 2, 4)
	d.Labels = true
	m := build(t, d, images(8, 8, 3))
	flat := m.Init(5)
	for _, p := range m.layout {
		x := part32(flat, p)
		scale, square, spread := 0.0, 1./3, 1./5-1./9 // of the uniform distribution on ±1
		switch {
		case len(p.Shape) == 1 || strings.Contains(p.Name, "adaLN") || strings.HasPrefix(p.Name, "final_layer"):
			if slices.Min(x) != 0 || slices.Max(x) != 0 {
				t.Errorf("%s does not start at 0", p.Name)
			}
			continue
		case strings.Contains(p.Name, "embedder.mlp") || strings.HasPrefix(p.Name, "y_embedder"):
			scale, square, spread = 0.02, 1, 2
		default:
			scale = math.Sqrt(6 / float64(p.Shape[0]+p.Shape[1]))
			if float64(max(slices.Max(x), -slices.Min(x))) > scale {
				t.Errorf("%s is not within ±%v", p.Name, scale)
			}
		}
		if v, limit := moment(x, scale, 2), 5*math.Sqrt(spread/float64(len(x))); math.Abs(v-square) > limit {
			t.Errorf("%s: the square is %v of that of %v in the mean, want %v ± %v", p.Name, v, scale, square, limit)
		}
	}
}

// Every mistake is an error of a key, with what it may be.
func TestDiTErrors(t *testing.T) {
	with := func(change func(*DiT)) *DiT {
		d := DefaultDiT()
		change(d)
		return d
	}
	spec, bare, classes := images(28, 28, 1), images(28, 28, 1), images(28, 28, 1)
	bare.Classes, classes.Outputs = 0, 10
	for _, test := range []struct {
		net       *DiT
		spec      Spec
		key, want string
	}{
		{DefaultDiT(), Spec{Sample: []int{2}, Outputs: 2, Steps: 10}, "", "needs data with images"},
		{dit(0, 128, 6, 4), spec, "patch", "must be from 1 to 4096, got 0"},
		{dit(3, 128, 6, 4), spec, "patch", "images of 28 × 28 pixels, got 3; it may be 1, 2, 4, 7, 14 and 28"},
		{dit(4, 128, 6, 4), images(12, 18, 1), "patch", "images of 12 × 18 pixels, got 4; it may be 1, 2, 3 and 6"},
		{dit(56, 128, 6, 4), spec, "patch", "got 56; it may be 1, 2"},
		{dit(2, 2, 6, 1), spec, "width", "must be from 4 to 8192 and a multiple of 4"},
		{dit(2, 8196, 6, 1), spec, "width", "must be from 4 to 8192"},
		{dit(2, 30, 6, 2), spec, "width", "for sines and cosines of a patch's column and row, got 30"},
		{dit(2, 128, 0, 4), spec, "depth", "must be from 1 to 256, got 0"},
		{dit(2, 12, 1, 5), spec, "heads", "must divide width, which is 12, got 5; it may be 1, 2, 3, 4, 6 and 12"},
		{dit(2, 12, 1, 0), spec, "heads", "got 0; it may be 1"},
		{with(func(d *DiT) { d.Ratio = 65 }), spec, "ratio", "must be from 1 to 64, got 65"},
		{with(func(d *DiT) { d.Labels = true }), bare, "labels", "needs data with classes"},
		{with(func(d *DiT) { d.Time = choice.One[TimeEncoding]{} }), spec, "time", "is missing"},
		{with(func(d *DiT) { d.Time = TimeEncodings().Choose("embedding") }), spec, "time", "must be one of sinusoidal, fourier, octaves"},
		{with(func(d *DiT) { d.Time.Kind = &DiTSinusoidal{Features: 3} }), spec, "time.features", "must be even and from 2 to 65536, got 3"},
		{DefaultDiT(), classes, "name", "must not be dit for an objective that asks for 10 numbers per image"},
	} {
		_, err := test.net.New(test.spec)
		field, ok := err.(*choice.FieldError)
		if !ok || field.Key != test.key || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: got %v, want key %q: %s", test.net, err, test.key, test.want)
		}
		if _, err := Build(test.net, test.spec); err == nil {
			t.Error("Build made a net without an error")
		}
	}
}

// Images need not be square, and may have any number of channels.
func TestDiTOutput(t *testing.T) {
	for _, test := range []struct {
		patch int
		spec  Spec
		parts int
		want  []int
	}{
		{2, images(12, 8, 1), 1, []int{12, 8, 1}}, {1, images(3, 5, 2), 1, []int{3, 5, 2}}, {4, images(12, 8, 3), 2, []int{2 * 12 * 8 * 3}},
		{8, images(8, 8, 1), 1, []int{8, 8, 1}}, // one patch
	} {
		test.spec.Outputs *= test.parts
		m := build(t, dit(test.patch, 8, 1, 2), test.spec)
		if got := m.Output.Shape(); !slices.Equal(got, test.want) {
			t.Errorf("%v: the output has the shape %v, want %v", test.spec.Sample, got, test.want)
		}
	}
}

// A patch's column comes before its row, and sines before cosines; of the time, the cosines come first.
func TestDiTSines(t *testing.T) {
	d := dit(2, 8, 1, 1)
	got := d.Positions(4, 6) // [2, 3, 8]
	sin, cos := func(x float64) float32 { return float32(math.Sin(x)) }, func(x float64) float32 { return float32(math.Cos(x)) }
	if want := []float32{sin(2), sin(0.02), cos(2), cos(0.02), sin(1), sin(0.01), cos(1), cos(0.01)}; !slices.Equal(got[5*8:], want) {
		t.Errorf("row 1, column 2: %v, want %v", got[5*8:], want)
	}
	for _, n := range build(t, d, images(4, 6, 1)).Builder.Nodes() {
		if s, ok := n.Op.(ops.Sinusoids); ok {
			features := make([]float32, n.Size())
			s.Fill(features, 3)
			half := len(features) / 2
			if half != 128 || features[0] != cos(3) || features[half] != sin(3) || s.Frequencies[1] != math.Pow(1e4, -1./128) {
				t.Errorf("%d features: %v, …, %v, …", 2*half, features[0], features[half])
			}
		}
	}
}
