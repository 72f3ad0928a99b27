package nets

import (
	"errors"
	"math"
	"slices"
	"testing"

	"euryale/choice"
	"euryale/ops"
)

func TestTabularErrors(t *testing.T) {
	for _, test := range []struct {
		change func(n *Tabular, s *Spec)
		want   string
	}{
		{func(*Tabular, *Spec) {}, ""},
		{func(n *Tabular, _ *Spec) { n.Activation = "relu" }, ""},
		{func(n *Tabular, _ *Spec) { n.Width = 0 }, "width must be from 1 to 65536, got 0"},
		{func(n *Tabular, _ *Spec) { n.Depth = 0 }, "depth must be from 1 to 256, got 0"},
		{func(n *Tabular, _ *Spec) { n.Activation = "SiLU" }, `activation must be one of silu, relu, got "SiLU"`},
		{func(n *Tabular, _ *Spec) { n.Time = choice.One[TimeEncoding]{} }, "time is missing"},
		{func(n *Tabular, _ *Spec) { n.Time = TimeEncodings().With(&Octaves{Features: 5}) },
			"time.features must be even and from 2 to 65536, got 5"},
		{func(n *Tabular, _ *Spec) { n.Time = TimeEncodings().Choose("embedding") }, "time " + continuousEmbedding},
		{func(n *Tabular, s *Spec) { n.Time, s.Steps = TimeEncodings().Choose("embedding"), 10 }, ""},
	} {
		n, s := DefaultTabular(), Spec{Sample: []int{2}, Outputs: 2, Classes: 3}
		test.change(n, &s)
		_, err := n.New(s)
		var field *choice.FieldError
		if (err == nil) != (test.want == "") || err != nil && (err.Error() != test.want || !errors.As(err, &field)) {
			t.Errorf("New(%+v) of %+v: %v, want %q", s, n, err, test.want)
		}
	}
}

// The parameters of each variant, by name and shape. They are part of checkpoints.
func TestTabularParameters(t *testing.T) {
	layers := map[string][]int{
		"layers.0.weight": {5, 3}, "layers.0.bias": {5}, "layers.1.weight": {5, 5}, "layers.1.bias": {5},
		"output.weight": {4, 5}, "output.bias": {4},
	}
	for _, test := range []struct {
		time    TimeEncoding
		classes int
		more    map[string][]int
	}{
		{&Octaves{Features: 16}, 0, map[string][]int{"time_projection.weight": {5, 16}}},
		{&Octaves{Features: 2}, 2, map[string][]int{"time_projection.weight": {5, 2}, "label_embedding.weight": {3, 5}}},
		{&Embedding{}, 0, map[string][]int{"step_embedding.weight": {7, 5}}},
		{&Embedding{}, 2, map[string][]int{"step_embedding.weight": {7, 5}, "label_embedding.weight": {3, 5}}},
	} {
		n := &Tabular{Width: 5, Depth: 2, Activation: "silu", Time: TimeEncodings().With(test.time)}
		net := build(t, n, Spec{Sample: []int{3}, Outputs: 4, Steps: 7, Classes: test.classes})
		want := map[string][]int{}
		for _, shapes := range []map[string][]int{layers, test.more} {
			for name, shape := range shapes {
				want[name] = shape
			}
		}
		checkStateDict(t, net, want)
		if net.UsesLabels() != (test.classes > 0) {
			t.Errorf("%d classes: the net uses labels: %v", test.classes, net.UsesLabels())
		}
		checkRoundTrip(t, net)
		checkLayout(t, net)
	}
}

// With an OutputBias the net starts with that output; without, as PyTorch's linear layers do.
func TestTabularOutputBias(t *testing.T) {
	bias := []float32{0.5, -1, 0.25}
	for _, given := range [][]float32{nil, bias} {
		net := build(t, DefaultTabular(), Spec{Sample: []int{2}, Outputs: 3, OutputBias: given})
		layout, _ := net.Layout()
		flat := net.Init(1)
		weight, start := part32(flat, layout[len(layout)-2]), part32(flat, layout[len(layout)-1])
		zero := !slices.ContainsFunc(weight, func(v float32) bool { return v != 0 })
		if zero != (given != nil) || slices.Equal(start, bias) != zero {
			t.Errorf("with the bias %v the last layer starts from %v …, %v", given, weight[:3], start)
		}
	}
	if _, err := Build(DefaultTabular(), Spec{Sample: []int{2}, Outputs: 2, OutputBias: bias}); err == nil ||
		err.Error() != "nets: expected an initial bias per output, got 3 for 2 outputs" {
		t.Errorf("3 biases of 2 outputs: %v", err)
	}
}

// ReLU is part of the layers, SiLU an operation after each of them but the last.
func TestTabularActivations(t *testing.T) {
	for activation, want := range map[string][2]int{"silu": {0, 3}, "relu": {3, 0}} {
		n := DefaultTabular()
		n.Activation = activation
		var got [2]int
		for _, node := range build(t, n, Spec{Sample: []int{2}, Outputs: 2}).Builder.Nodes() {
			switch op := node.Op.(type) {
			case ops.Linear:
				if op.ReLU {
					got[0]++
				}
			case ops.SiLU:
				got[1]++
			}
		}
		if got != want {
			t.Errorf("%s: %d layers with ReLU and %d of SiLU, want %d and %d", activation, got[0], got[1], want[0], want[1])
		}
	}
	if _, err := Build(&Tabular{Width: 1, Depth: 1, Time: TimeEncodings().Choose("octaves")}, Spec{Sample: []int{1}, Outputs: 1}); err == nil {
		t.Error("a net without an activation: no error")
	}
}

// Frequencies by hand, and the features of them against sines in float64.
func TestOctaves(t *testing.T) {
	got := (&Octaves{Features: 32}).Frequencies(0)
	for i, f := range got {
		want := 0.5 * math.Pow(2, float64(i)/2)
		if math.Abs(f-want) > 1e-15*want || i >= 2 && f != 2*got[i-2] {
			t.Errorf("frequency %d is %v, want %v", i, f, want)
		}
	}
	if three := (&Octaves{Features: 6}).Frequencies(0); three[0] != 0.5 || math.Abs(three[2]-0.5*math.Pow(2, 16./3)) > 1e-12 {
		t.Errorf("three frequencies are %v", three)
	}
	for time := -8.0; time < 8; time += 0.0937 {
		features := featuresOf(t, &Octaves{Features: 32}, 0, 0, time)
		for i, f := range got {
			if sin, cos := math.Sincos(f * time); math.Abs(float64(features[i])-sin) > 6e-8 || math.Abs(float64(features[16+i])-cos) > 6e-8 {
				t.Errorf("features of %v at %v are %v and %v, want %v and %v", f, time, features[i], features[16+i], sin, cos)
			}
		}
	}
}
