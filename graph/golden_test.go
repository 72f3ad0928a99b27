package graph_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"euryale/graph"
	"euryale/kernel"
	"euryale/nets"
	"euryale/ops"
)

// goldenNet is a net of testdata/golden.json.
type goldenNet struct {
	Name, Time     string
	Features       int
	Scale          float64
	Width, Depth   int
	Labels         bool
	Input, Outputs int
	Steps, Classes int
	Seed           uint64
}

// goldenFloats are float32 as base64 of their bits.
type goldenFloats []float32

func (g *goldenFloats) UnmarshalJSON(text []byte) error {
	var encoded string
	if err := json.Unmarshal(text, &encoded); err != nil {
		return err
	}
	data, err := base64.StdEncoding.DecodeString(encoded)
	for ; len(data) >= 4; data = data[4:] {
		*g = append(*g, math.Float32frombits(binary.LittleEndian.Uint32(data)))
	}
	return err
}

func (g goldenNet) build(t *testing.T) *nets.Built {
	t.Helper()
	var time nets.TimeEncoding = &nets.Embedding{}
	switch g.Time {
	case "sinusoidal":
		time = &nets.Sinusoidal{Features: g.Features}
	case "fourier":
		time = &nets.Fourier{Features: g.Features, Scale: g.Scale}
	}
	return build(t, &nets.MLP{Width: g.Width, Depth: g.Depth, Time: nets.TimeEncodings().With(time), Labels: g.Labels},
		nets.Spec{Sample: []int{g.Input}, Outputs: g.Outputs, Steps: g.Steps, Classes: g.Classes, Seed: g.Seed})
}

// Losses and gradients of the nets from hand-written code without package ops. They were printed once and are never edited.
// They depend on the order in which several gradients of a node are added.
func TestGoldenGradients(t *testing.T) {
	data, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden []struct {
		Net               goldenNet
		X, Target, Weight goldenFloats
		Class, Labels     []int32
		Times             []float64
		Rows              int
		Losses, Gradient  goldenFloats
	}
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	path, err := kernel.Path()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, g := range golden {
		name := g.Net.Time + ", " + g.Net.Name
		net := g.Net.build(t)
		flat := net.Init(11 + uint64(seen[g.Net.Time]))
		seen[g.Net.Time]++
		b := net.Builder
		var loss *ops.Node
		if g.Class != nil {
			loss = b.CrossEntropy("loss", net.Output, b.IndexInput("class"), b.RowInput("weight"))
		} else {
			loss = b.WeightedError("loss", ops.Squared(), net.Output, b.Input("target", g.Net.Outputs), b.RowInput("weight"))
		}
		if b.Err() != nil {
			t.Fatal(b.Err())
		}
		p, err := graph.Compile(loss, g.Rows+1, flat)
		if err != nil {
			t.Fatal(err)
		}
		copy(p.Float("x"), g.X)
		copy(p.Float("target"), g.Target)
		copy(p.Float("weight"), g.Weight)
		copy(p.Index("class"), g.Class)
		p.Condition(0, g.Times, g.Labels)
		var ws kernel.Workspace
		p.Run(&ws, g.Rows)
		same(t, name+": losses", p.RowLosses(g.Rows), g.Losses, path)
		same(t, name+": gradient", p.Gradient(), g.Gradient, path)
	}
	if len(golden) != 12 {
		t.Errorf("%d nets, want 12", len(golden))
	}
}

// same compares bits, or on the generic path, whose products round differently, numbers.
func same(t *testing.T, name string, got []float32, want goldenFloats, path string) {
	t.Helper()
	if path != "generic" {
		if !slices.Equal(bits(got), bits(want)) {
			t.Errorf("%s: got %v, want the bits of %v", name, got, want)
		}
		return
	}
	scale := 0.0
	for _, v := range want {
		scale = max(scale, math.Abs(float64(v)))
	}
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", name, len(got), len(want))
	}
	for i, v := range want {
		if math.Abs(float64(got[i]-v)) > 1e-5*scale {
			t.Errorf("%s: [%d] is %v, want %v", name, i, got[i], v)
		}
	}
}

func bits(x []float32) []uint32 {
	b := make([]uint32, len(x))
	for i, v := range x {
		b[i] = math.Float32bits(v)
	}
	return b
}

func build(t interface{ Fatal(...any) }, options nets.Options, spec nets.Spec) *nets.Built {
	net, err := options.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	b, err := nets.Build(net, spec)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func named(format string, l int) string { return fmt.Sprintf(format, l) }
