package eager

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

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

// logProbabilities returns the log-probabilities of a classifier and the gradient of ln p(class).
func logProbabilities(m *Machine, x []float32, at Condition, class int) (logarithms, gradient []float32) {
	gradient = make([]float32, len(x))
	m.Gradient(gradient, x, at, func(_ int, v, output []float32) {
		for lo := 0; lo < len(v); lo += m.outputs {
			d, row := v[lo:lo+m.outputs], output[lo:lo+m.outputs]
			normalizer := ops.LogSumExp(row)
			for j, logit := range row {
				d[j] = float32(-math.Exp(float64(logit) - normalizer))
				logarithms = append(logarithms, float32(float64(logit)-normalizer))
			}
			d[class] = float32(-math.Expm1(float64(row[class]) - normalizer))
		}
	})
	return logarithms, gradient
}

// Outputs and derivatives of the nets from hand-written code without package ops. The numbers were printed once and are
// never edited.
func TestGolden(t *testing.T) {
	data, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden []struct {
		Net   goldenNet
		X, V  goldenFloats
		Calls []struct {
			Time                      float64
			Label, Class              int
			Output, Tangent, Gradient goldenFloats
		}
	}
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, g := range golden {
		net := g.Net.build(t)
		m := machine(t, net, net.Init(11+uint64(seen[g.Net.Time])))
		seen[g.Net.Time]++
		rows := len(g.X) / g.Net.Input
		for _, call := range g.Calls {
			name := g.Net.Time + ", " + g.Net.Name
			at := Condition{call.Time, call.Label}
			dst, tangent := make([]float32, rows*g.Net.Outputs), make([]float32, rows*g.Net.Outputs)
			if call.Gradient != nil {
				output, gradient := logProbabilities(m, g.X, at, call.Class)
				same(t, name+": log-probabilities", output, call.Output)
				same(t, name+": gradient", gradient, call.Gradient)
				continue
			}
			m.Run(dst, g.X, at)
			same(t, name+": output", dst, call.Output)
			m.Tangent(dst, tangent, g.X, g.V, at)
			same(t, name+": output with tangent", dst, call.Output)
			var mean []float32 // the part of the tangent that was computed
			for lo := 0; lo < len(tangent); lo += g.Net.Outputs {
				mean = append(mean, tangent[lo:lo+g.Net.Input]...)
			}
			same(t, name+": tangent", mean, call.Tangent)
		}
	}
	if len(golden) != 12 {
		t.Errorf("%d nets, want 12", len(golden))
	}
}

// same compares bits, or on the generic path, whose products round differently, numbers.
func same(t *testing.T, name string, got []float32, want goldenFloats) {
	t.Helper()
	if path, err := kernel.Path(); err != nil {
		t.Fatal(err)
	} else if path != "generic" {
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
