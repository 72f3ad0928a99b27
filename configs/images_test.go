package configs

import (
	"strings"
	"testing"

	"euryale/data"
	"euryale/data/images"
)

// A program gives its images after the configuration was read: what depends on them is checked then, and by their shape.
func TestImagesOfProgram(t *testing.T) {
	set := func(height, width int) data.Source {
		s, err := images.New(make([]byte, 2*height*width), height, width, 1, []int32{0, 1}, []string{"a", "b"})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	points, err := data.Flat([]float64{1, 2, 3, 4}, 2, []int32{0, 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		overrides []string
		source    data.Source // nil: not given yet
		want      string      // part of the error; "": none
	}{
		{nil, nil, ""},
		{nil, set(12, 8), ""},
		{[]string{"sample.guidance.weight=1"}, set(12, 8), ""}, // labels are dealt out by the classes
		{nil, set(12, 7), "net.multipliers"},
		{[]string{"net.groups=5"}, set(12, 8), "net.groups"},
		{[]string{"data.standardize=true"}, set(12, 8), "must be false: the program gives images"},
		{nil, points, "net is for images, and data.name=program has none"},
	} {
		c, err := Preset("digits8", append([]string{"data=program"}, test.overrides...))
		if err == nil {
			c.Data.Source = Sources().With(&data.Program{Source: test.source})
			err = c.Validate()
		}
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%v: %v", test.overrides, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%v: %v, want %q", test.overrides, err, test.want)
		case test.want == "" && c.Sample.ClipX0 != 1:
			t.Errorf("%v: clip_x0 is %v, want 1", test.overrides, c.Sample.ClipX0)
		case test.want == "" && test.source != nil:
			encoder := c.Encoder()
			if err := encoder.Fit(t.Context(), test.source); err != nil || len(encoder.Shape()) != 3 {
				t.Errorf("%v: the encoder gives rows of the shape %v, want images: %v", test.overrides, encoder.Shape(), err)
			}
		}
	}
}

// Nets for images are for data of images, and each for its objective. Errors name what to choose.
func TestNetsOfImages(t *testing.T) {
	for _, test := range []struct{ preset, override, want string }{
		{"digits8", "data={name: npy, file: points.npy}", "data.name=npy has none: choose one of idx, cifar, folder, npy_images, digits, discs"},
		{"digits8", "net=unet_classifier", "must not be unet_classifier with the objective denoise"},
		{"digits8", "objective=classify", "net.name must be unet_classifier for classes of images, got unet"},
		{"mnist_classifier", "net=dit", "must be unet_classifier for classes of images, got dit"},
		{"mnist_classifier", "net=mlp", ""},
		{"digits8", "net.channels=8", "which are 8, 16, 24 and 32, got 32 (the default); it may be 1, 2, 4 and 8 (with -set net.channels=8)"},
	} {
		_, err := Preset(test.preset, []string{test.override})
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s, %s: %v, want %q", test.preset, test.override, err, test.want)
		}
	}
}
