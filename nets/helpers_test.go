package nets

import (
	"fmt"
	"math"
	"testing"

	"euryale/ops"
)

// tutorial is the net of the S-curve tutorial: 2 coordinates, 100 timesteps, three hidden layers of 128.
func tutorial(t testing.TB) *Built {
	return build(t, DefaultMLP(), Spec{Sample: []int{2}, Outputs: 2, Steps: 100})
}

// odd is a net with gaps after parameters.
func odd(t testing.TB) *Built { return oddOf(t, 5) }

func oddOf(t testing.TB, width int) *Built {
	m := DefaultMLP()
	m.Width, m.Depth = width, 2
	return build(t, m, Spec{Sample: []int{3}, Outputs: 3, Steps: 7})
}

func build(t testing.TB, options Options, s Spec) *Built {
	t.Helper()
	net, err := options.New(s)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Build(net, s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const testClasses = 4

// timeOf returns the named time encoding with few features.
func timeOf(name string) TimeEncoding {
	switch name {
	case "sinusoidal":
		return &Sinusoidal{Features: 6}
	case "fourier":
		return &Fourier{Features: 6, Scale: 0.3}
	case "octaves":
		return &Octaves{Features: 6}
	}
	return &Embedding{}
}

// everyNet calls f with a net of each kind: time encoding × (plain, with labels, with labels and variances, classifier).
func everyNet(t *testing.T, width, depth, input int, f func(t *testing.T, m *Built)) {
	for _, time := range TimeEncodings().Names() {
		run := func(name string, labels bool, outputs int) {
			m := &MLP{Width: width, Depth: depth, Time: TimeEncodings().With(timeOf(time)), Labels: labels}
			s := Spec{Sample: []int{input}, Outputs: outputs, Classes: testClasses, Seed: 3}
			if time == "embedding" {
				s.Steps = 6
			}
			t.Run(time+", "+name, func(t *testing.T) { f(t, build(t, m, s)) })
		}
		run("plain", false, input)
		run("labels", true, input)
		run("labels, variances", true, 2*input)
		run("classifier", false, testClasses)
	}
}

// everyNet gives different nets: a duplicate would test less than it seems to.
func TestEveryNet(t *testing.T) {
	seen := map[string]bool{}
	everyNet(t, 4, 1, 3, func(_ *testing.T, m *Built) {
		mlp := m.Net.(*MLP)
		seen[fmt.Sprintf("%s, labels %v, %d outputs", mlp.Time.Name(), m.UsesLabels(), m.Output.Size())] = true
		steps, time := m.uses[m.Input.Step], m.uses[m.Input.Time]
		if steps != (mlp.Time.Name() == "embedding") || time == steps || m.UsesLabels() != mlp.Labels {
			t.Errorf("a net with the time's %s uses steps: %v, time: %v, labels: %v", mlp.Time.Name(), steps, time, m.UsesLabels())
		}
	})
	for _, time := range TimeEncodings().Names() {
		for _, kind := range []string{"false, 3", "true, 3", "true, 6", "false, 4"} {
			if name := fmt.Sprintf("%s, labels %s outputs", time, kind); !seen[name] {
				t.Errorf("no net is a %s: %v", name, seen)
			}
		}
	}
}

func part32(flat []float32, p ops.Parameter) []float32 { return flat[p.Offset : p.Offset+p.Size()] }

func bits(x []float32) []uint32 {
	b := make([]uint32, len(x))
	for i, v := range x {
		b[i] = math.Float32bits(v)
	}
	return b
}
