package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"euryale/configs"
	"euryale/nets"
)

// Every child of images runs, with sizes that take no time, and gives the figures that the table of jobs asks for.
func TestChildrenOfImages(t *testing.T) {
	small := task{net: "digits8", shape: "7-4-4-3-1", batch: 4, points: 8}
	timed := []string{"GFLOP/s", "count", "mean_ms", "ms"}
	for name, test := range map[string]struct {
		run  func(t task, workers int) (figures, error)
		want []string
	}{
		"unet-train":   {unetTrainChild, timed},
		"unet-forward": {unetForwardChild, timed},
		"convolution":  {convolutionChild, []string{"GFLOP/s forward", "GFLOP/s input gradient", "GFLOP/s weight gradient", "ms"}},
	} {
		f, err := test.run(small, 2)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := slices.Sorted(maps.Keys(f)); !slices.Equal(got, test.want) {
			t.Errorf("%s gave %v, want %v", name, got, test.want)
		}
		for figure, v := range f {
			if !(v > 0) {
				t.Errorf("%s: %s is %v", name, figure, v)
			}
		}
		if _, err := test.run(task{net: "tent", shape: "round", batch: 4, points: 8}, 1); err == nil {
			t.Errorf("%s: no error for a net, or a shape, that there is not", name)
		}
	}
}

// The work of a convolution has no multiplications with the zeros around the image.
func TestWorkOfConvolution(t *testing.T) {
	for _, test := range []struct {
		shape string
		taps  float64 // along an axis, of all pixels
	}{{"28-32-32-3-1", 3*28 - 2}, {"28-32-32-3-2", 3*14 - 1}, {"14-32-32-1-1", 14}} {
		s, err := shapeOf(test.shape)
		if err != nil {
			t.Fatal(err)
		}
		if s.String() != test.shape || s.flop() != 2*test.taps*test.taps*32*32 {
			t.Errorf("%s was read as %v of %v multiplications and additions", test.shape, s, s.flop())
		}
	}
}

// PyTorch has the same nets.
func TestNetsOfPyTorch(t *testing.T) {
	program, err := others.ReadFile("others/unet.py")
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range unets {
		line := fmt.Sprintf(`"%s": ((%d, %d, 1), 32, %s, %d, %s),`, u.name, u.size, u.size, tuple(u.multipliers), u.blocks, tuple(u.attention))
		if !strings.Contains(string(program), line) {
			t.Errorf("others/unet.py has no line %s", line)
		}
	}
}

// tuple is what Python writes.
func tuple(numbers []int) string {
	text := strings.Join(strings.Fields(strings.Trim(fmt.Sprint(numbers), "[]")), ", ")
	if len(numbers) == 1 {
		text += ","
	}
	return "(" + text + ")"
}

// The settings of the configuration make the net that the forward pass is measured with.
func TestNetsOfImages(t *testing.T) {
	weights := map[string]int{"digits8": 651_041, "mnist_s": 1_062_497, "mnist": 1_623_169} // others/unet.py --job count
	for _, u := range unets {
		net, err := u.net()
		if err != nil {
			t.Fatal(err)
		}
		size := 0
		layout, _ := net.Layout()
		for _, p := range layout {
			size += p.Size()
		}
		if size != weights[u.name] {
			t.Errorf("%s has %d weights, want %d", u.name, size, weights[u.name])
		}
		config, err := configs.Default().With(u.imageSettings(8, 4, 1))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := sizes(config.Net.Kind.(*nets.UNet)), sizes(u.options()); got != want {
			t.Errorf("%s: the configuration has a net of the sizes %s, want %s", u.name, got, want)
		}
	}
}

func sizes(u *nets.UNet) string {
	return fmt.Sprint(u.Channels, u.Multipliers, u.Blocks, u.Attention, u.Groups, u.Dropout, u.Labels)
}
