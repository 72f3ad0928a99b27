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

func unet(channels, blocks, groups int, attention []int, multipliers ...int) *UNet {
	u := DefaultUNet()
	u.Channels, u.Blocks, u.Groups, u.Attention, u.Multipliers = channels, blocks, groups, attention, multipliers
	return u
}

// images is the Spec of a denoiser of images.
func images(height, width, channels int) Spec {
	return Spec{Sample: []int{height, width, channels}, Outputs: height * width * channels, Steps: 1000, Classes: 10}
}

// The numbers of weights and tensors are those of bench/others/unet.py in PyTorch; the last net is that of Ho et al. for
// CIFAR-10, in whose source stands "35.7M".
func TestUNetWeights(t *testing.T) {
	for _, test := range []struct {
		net     *UNet
		spec    Spec
		weights int
		tensors int
	}{
		{unet(32, 1, 32, nil, 1, 2), images(8, 8, 1), 651041, 114},
		{DefaultUNet(), images(28, 28, 1), 1062497, 152},
		{unet(32, 2, 32, []int{14}, 1, 2, 2), images(28, 28, 1), 1623169, 268},
		{unet(32, 2, 32, []int{16}, 1, 2, 2, 2), images(32, 32, 3), 2245763, 328},
		{unet(128, 2, 32, []int{16}, 1, 2, 2, 2), images(32, 32, 3), 35746307, 328},
	} {
		built, count := build(t, test.net, test.spec), 0
		for _, p := range built.layout {
			count += p.Size()
		}
		if count != test.weights || len(built.layout) != test.tensors {
			t.Errorf("%+v: %d weights in %d tensors, want %d in %d", test.net.Pyramid, count, len(built.layout), test.weights, test.tensors)
		}
	}
}

// All names and shapes of the state dict of UNet2DModel for the default net with labels.
func TestUNetStateDict(t *testing.T) {
	want := map[string][]int{}
	add := func(name string, shape ...int) {
		want[name+".weight"], want[name+".bias"] = shape, shape[:1]
	}
	resnet := func(name string, in, out int) {
		add(name+".norm1", in)
		add(name+".conv1", out, in, 3, 3)
		add(name+".time_emb_proj", out, 128)
		add(name+".norm2", out)
		add(name+".conv2", out, out, 3, 3)
		if in != out {
			add(name+".conv_shortcut", out, in, 1, 1)
		}
	}
	attention := func(name string, n int) {
		add(name+".group_norm", n)
		for _, part := range []string{".to_q", ".to_k", ".to_v", ".to_out.0"} {
			add(name+part, n, n)
		}
	}
	add("conv_in", 32, 1, 3, 3)
	add("time_embedding.linear_1", 128, 32)
	add("time_embedding.linear_2", 128, 128)
	want["class_embedding.weight"] = []int{11, 128}
	resnet("down_blocks.0.resnets.0", 32, 32)
	add("down_blocks.0.downsamplers.0.conv", 32, 32, 3, 3)
	resnet("down_blocks.1.resnets.0", 32, 64)
	attention("down_blocks.1.attentions.0", 64)
	add("down_blocks.1.downsamplers.0.conv", 64, 64, 3, 3)
	resnet("down_blocks.2.resnets.0", 64, 64)
	resnet("mid_block.resnets.0", 64, 64)
	attention("mid_block.attentions.0", 64)
	resnet("mid_block.resnets.1", 64, 64)
	resnet("up_blocks.0.resnets.0", 128, 64)
	resnet("up_blocks.0.resnets.1", 128, 64)
	add("up_blocks.0.upsamplers.0.conv", 64, 64, 3, 3)
	resnet("up_blocks.1.resnets.0", 128, 64)
	resnet("up_blocks.1.resnets.1", 96, 64)
	attention("up_blocks.1.attentions.0", 64)
	attention("up_blocks.1.attentions.1", 64)
	add("up_blocks.1.upsamplers.0.conv", 64, 64, 3, 3)
	resnet("up_blocks.2.resnets.0", 96, 32)
	resnet("up_blocks.2.resnets.1", 64, 32)
	add("conv_norm_out", 32)
	add("conv_out", 1, 32, 3, 3)
	u := unet(32, 1, 32, []int{14}, 1, 2, 2)
	u.Labels = true
	checkStateDict(t, build(t, u, images(28, 28, 1)), want)
}

// Weights start as those of Ho et al.: Xavier's, and the last ones of each residual near 0.
func TestUNetInit(t *testing.T) {
	u := unet(32, 1, 8, nil, 1, 2)
	u.Labels = true
	m := build(t, u, images(8, 8, 1))
	flat := m.Init(5)
	for _, p := range m.layout {
		x, in, out := part32(flat, p), p.Shape[0], p.Shape[len(p.Shape)-1]
		switch {
		case len(p.Shape) == 1:
			want := float32(0)
			if strings.Contains(p.Name, "norm") && strings.HasSuffix(p.Name, ".weight") {
				want = 1
			}
			if slices.Min(x) != want || slices.Max(x) != want {
				t.Errorf("%s is not %v", p.Name, want)
			}
			continue
		case p.Name == "class_embedding.weight":
			if v := moment(x, 1, 2); math.Abs(v-1) > 5*math.Sqrt(2/float64(len(x))) {
				t.Errorf("%s has the variance %v, want 1", p.Name, v)
			}
			continue
		}
		taps := max(1, p.Kernel*p.Kernel)
		bound := math.Sqrt(6 / float64(in+taps*out)) // in counts the taps already
		if strings.Contains(p.Name, "conv2") || strings.Contains(p.Name, "to_out") || strings.HasPrefix(p.Name, "conv_out") {
			bound *= 1e-5
		}
		if v, limit := moment(x, bound, 2), 5*math.Sqrt((1./5-1./9)/float64(len(x))); math.Abs(v-1./3) > limit {
			t.Errorf("%s: the square is %v of that of ±%v in the mean, want 1/3 ± %v", p.Name, v, bound, limit)
		}
		if float64(max(slices.Max(x), -slices.Min(x))) > bound {
			t.Errorf("%s is not within ±%v", p.Name, bound)
		}
	}
}

// Every mistake is an error of a key, with what it may be.
func TestUNetErrors(t *testing.T) {
	with := func(change func(*UNet)) *UNet {
		u := DefaultUNet()
		change(u)
		return u
	}
	spec, points := images(28, 28, 1), Spec{Sample: []int{2}, Outputs: 2, Steps: 10}
	bare := spec
	bare.Classes = 0
	classes := spec
	classes.Outputs = 10
	for _, test := range []struct {
		net       *UNet
		spec      Spec
		key, want string
	}{
		{DefaultUNet(), points, "", "needs data with images"},
		{unet(32, 1, 32, nil, 1, 2, 2, 2), spec, "multipliers", "divisible by 8, got images of 28 × 28 pixels; give at most 3 multipliers"},
		{DefaultUNet(), images(512, 516, 1), "", "got 512 × 516"},
		{DefaultUNet(), images(700, 1000, 3), "", "takes images of at most 262144 pixels, as many as 512 × 512 have, got 700 × 1000 " +
			"(height × width): give smaller ones, for example by data.resize=256"},
		{DefaultUNet(), images(8, 6, 1), "multipliers", "got images of 8 × 6 pixels; give at most 2 multipliers"},
		{unet(32, 1, 32, nil, 1, 2), images(7, 8, 1), "multipliers", "give at most 1 multiplier,"},
		{unet(32, 1, 32, nil), spec, "multipliers", "must have a number per level"},
		{unet(32, 1, 32, nil, 1, 0), spec, "multipliers", "must be from 1 to 64, got 0"},
		{unet(32, 1, 32, nil, 1, 65), spec, "multipliers", "must be from 1 to 64, got 65"},
		{unet(0, 1, 32, nil, 1), spec, "channels", "must be from 1 to 4096, got 0"},
		{unet(32, 0, 32, nil, 1), spec, "blocks", "must be from 1 to 64, got 0"},
		{unet(12, 1, 8, nil, 1, 2), spec, "groups", "which are 12, 24, 36 and 48, got 8; it may be 1, 2, 3, 4, 6 and 12"},
		{unet(32, 1, 0, nil, 1, 2), spec, "groups", "got 0; it may be 1, 2, 4, 8, 16 and 32"},
		{unet(16, 1, 24, nil, 3, 3), spec, "groups", ""}, // 48 and 96
		{unet(16, 1, 48, nil, 3, 2), spec, "groups", "which are 32, 48, 64, 80 and 96, got 48; it may be 1, 2, 4, 8 and 16"},
		{unet(32, 1, 32, []int{16}, 1, 2, 2), spec, "attention", "which are 28, 14 and 7 for images of 28 × 28 pixels, got 16"},
		{unet(32, 1, 32, []int{14, 14}, 1, 2, 2), spec, "attention", "lists 14 twice"},
		{unet(32, 1, 32, []int{0}, 1, 2, 2), spec, "attention", "at least 1, got 0"},
		{with(func(u *UNet) { u.Dropout = 1 }), spec, "dropout", "to below 1, got 1"},
		{with(func(u *UNet) { u.Dropout = math.NaN() }), spec, "dropout", "to below 1, got NaN"},
		{with(func(u *UNet) { u.Labels = true }), bare, "labels", "needs data with classes"},
		{with(func(u *UNet) { u.Time = choice.One[TimeEncoding]{} }), spec, "time", "is missing"},
		{with(func(u *UNet) { u.Time = TimeEncodings().Choose("embedding") }), spec, "time", "must be one of sinusoidal, fourier, octaves"},
		{with(func(u *UNet) { u.Time.Kind = &ImageSinusoidal{Features: 3} }), spec, "time.features", "must be even and from 2 to 65536, got 3"},
		{unet(7, 1, 7, nil, 1, 2), spec, "time.features", "must be given, even and from 2 to 65536: the first level has 7 channels"},
		{DefaultUNet(), classes, "name", "for classes there is unet_classifier"},
	} {
		_, err := test.net.New(test.spec)
		if test.want == "" {
			if err != nil {
				t.Errorf("%+v: %v", test.net.Pyramid, err)
			}
			continue
		}
		field, ok := err.(*choice.FieldError)
		if !ok || field.Key != test.key || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: got %v, want key %q: %s", test.net.Pyramid, err, test.key, test.want)
		}
		if b, err := Build(test.net, test.spec); err == nil {
			t.Errorf("Build made a net of %d numbers without an error", b.size)
		}
	}
}

// Images need not be square, and may have any number of channels.
func TestUNetOutput(t *testing.T) {
	for _, test := range []struct {
		spec  Spec
		parts int
		want  []int
	}{
		{images(12, 8, 1), 1, []int{12, 8, 1}}, {images(4, 16, 5), 1, []int{4, 16, 5}}, {images(12, 8, 3), 2, []int{2 * 12 * 8 * 3}},
	} {
		test.spec.Outputs *= test.parts
		m := build(t, unet(8, 1, 4, []int{test.spec.Sample[0] / 2}, 1, 2), test.spec)
		if got := m.Output.Shape(); !slices.Equal(got, test.want) {
			t.Errorf("%v: the output has the shape %v, want %v", test.spec.Sample, got, test.want)
		}
	}
}

// The number of features of the time is that of the channels of the first level, unless it is given.
func TestUNetTime(t *testing.T) {
	features := func(u *UNet) int {
		for _, n := range build(t, u, images(8, 8, 1)).Builder.Nodes() {
			if _, ok := n.Op.(ops.Sinusoids); ok {
				return n.Size()
			}
		}
		return 0
	}
	for i, name := range pyramidTimes().Names() {
		u := unet(8, 1, 4, nil, 2, 1)
		u.Time = pyramidTimes().Choose(name)
		if got := features(u); got != 16 {
			t.Errorf("%s: %d features, want 16", name, got)
		}
		u.Time.Kind = []TimeEncoding{&ImageSinusoidal{6}, &ImageFourier{6, 1}, &ImageOctaves{6}}[i]
		if got := features(u); got != 6 {
			t.Errorf("%s: %d features, want 6", name, got)
		}
	}
}

// A classifier has the features that the logits are computed from, and a net that ends there.
func TestUNetClassifier(t *testing.T) {
	c := DefaultUNetClassifier()
	c.Features = 12
	spec := images(28, 28, 1)
	spec.Outputs = 10
	m := build(t, c, spec)
	if m.Features == nil || m.Features.Size() != 12 || m.Features.Name != "features silu" {
		t.Fatalf("the features are %v", m.Features)
	}
	f, err := m.WithOutput(m.Features)
	if err != nil {
		t.Fatal(err)
	}
	layout, size := f.Layout()
	if f.Output != m.Features || f.Spec.Outputs != 12 || m.Spec.Outputs != 10 || size != m.size || fmt.Sprint(layout) != fmt.Sprint(m.layout) {
		t.Errorf("a net with the output %v, %d outputs of %d, and %d of %d weights", f.Output, f.Spec.Outputs, m.Spec.Outputs, size, m.size)
	}
	for _, wrong := range []*ops.Node{nil, tutorial(t).Output, m.Builder.Nodes()[slices.IndexFunc(m.Builder.Nodes(), func(n *ops.Node) bool {
		return n.Parameter() != nil
	})]} {
		if _, err := m.WithOutput(wrong); err == nil || !strings.Contains(err.Error(), "expected a node of the net") {
			t.Errorf("the output %v: %v", wrong, err)
		}
	}
	if other := tutorial(t); other.Features != nil {
		t.Errorf("an mlp has the features %v", other.Features)
	}
	for _, n := range []int{0, 1<<16 + 1} {
		c.Features = n
		if _, err := c.New(spec); err == nil || !strings.HasPrefix(err.Error(), "features must be from 1 to 65536") {
			t.Errorf("%d features: %v", n, err)
		}
	}
}
