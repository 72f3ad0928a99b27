package nets

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/graph"
)

// tutorial is the net of the S-curve tutorial: 2 coordinates, 100 timesteps, three hidden layers of 128.
func tutorial(t testing.TB) *MLP {
	return newMLP(t, DefaultConfig(), Shape{Input: 2, Output: 2, Steps: 100})
}

// odd is a net whose parameters all end before a cache line does.
func odd(t testing.TB) *MLP {
	return newMLP(t, Config{Name: "mlp", Width: 5, Depth: 2, Time: "embedding", TimeFeatures: 2, FourierScale: 1}, Shape{Input: 3, Output: 3, Steps: 7})
}

func newMLP(t testing.TB, c Config, s Shape) *MLP {
	t.Helper()
	m, err := NewMLP(c, s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const testClasses = 4

// everyNet calls f with a net of each kind: time × (plain, with labels, with labels and variances, classifier).
func everyNet(t *testing.T, width, depth, input int, f func(t *testing.T, m *MLP)) {
	for _, time := range []string{"embedding", "sinusoidal", "fourier"} {
		c := Config{Name: "mlp", Width: width, Depth: depth, Time: time, TimeFeatures: 6, FourierScale: 0.3}
		s := Shape{Input: input, Output: input, Classes: testClasses, Seed: 3}
		if time == "embedding" {
			s.Steps = 6
		}
		run := func(kind string, change func(c *Config, s *Shape)) {
			c, s := c, s
			change(&c, &s)
			t.Run(time+", "+kind, func(t *testing.T) { f(t, newMLP(t, c, s)) })
		}
		run("plain", func(*Config, *Shape) {})
		run("labels", func(c *Config, _ *Shape) { c.Labels = true })
		run("labels, variances", func(c *Config, s *Shape) { c.Labels, s.Output = true, 2*input })
		run("classifier", func(c *Config, s *Shape) { c.Name, s.Output = "classifier", testClasses })
	}
}

// Trap: a table of nets that quietly holds the same net twice tests less than it says.
func TestEveryNet(t *testing.T) {
	seen := map[string]bool{}
	everyNet(t, 4, 1, 3, func(_ *testing.T, m *MLP) {
		seen[fmt.Sprintf("%s, %s, labels %v, %d outputs", m.Name, m.Time, m.Labels, m.Output)] = true
	})
	for _, time := range []string{"embedding", "sinusoidal", "fourier"} {
		for _, kind := range []string{"mlp, %s, labels false, 3 outputs", "mlp, %s, labels true, 3 outputs", "mlp, %s, labels true, 6 outputs", "classifier, %s, labels false, 4 outputs"} {
			if name := fmt.Sprintf(kind, time); !seen[name] {
				t.Errorf("no net is a %s: %v", name, seen)
			}
		}
	}
}

func TestConfigValidate(t *testing.T) {
	tests := []struct {
		change func(c *Config)
		key    string
		want   string
	}{
		{func(*Config) {}, "", ""},
		{func(c *Config) { c.Width, c.Depth = 1<<16, 256 }, "", ""},
		{func(c *Config) { c.Name = "unet" }, "name", `must be mlp or classifier, got "unet"`},
		{func(c *Config) { c.Width = 0 }, "width", "must be from 1 to 65536, got 0"},
		{func(c *Config) { c.Width = 1<<16 + 1 }, "width", "must be from 1 to 65536, got 65537"},
		{func(c *Config) { c.Depth = -1 }, "depth", "must be from 1 to 256, got -1"},
		{func(c *Config) { c.Depth = 257 }, "depth", "must be from 1 to 256, got 257"},
		{func(c *Config) { c.Name, c.Time, c.TimeFeatures, c.FourierScale = "classifier", "fourier", 2, 1e-3 }, "", ""},
		{func(c *Config) { c.Time, c.Labels = "sinusoidal", true }, "", ""},
		{func(c *Config) { c.Time = "cosine" }, "time", `must be embedding, sinusoidal or fourier, got "cosine"`},
		{func(c *Config) { c.TimeFeatures = 0 }, "time_features", "must be even and from 2 to 65536, got 0"},
		{func(c *Config) { c.TimeFeatures = 63 }, "time_features", "must be even and from 2 to 65536, got 63"},
		{func(c *Config) { c.FourierScale = 0 }, "fourier_scale", "must be positive and finite, got 0"},
		{func(c *Config) { c.FourierScale = math.NaN() }, "fourier_scale", "must be positive and finite, got NaN"},
		{func(c *Config) { c.Name, c.Labels = "classifier", true }, "labels", "must be false for a classifier, which is to find the label"},
	}
	for _, test := range tests {
		c := DefaultConfig()
		test.change(&c)
		key, err := c.Validate()
		if key != test.key || (err == nil) != (test.want == "") || err != nil && err.Error() != test.want {
			t.Errorf("%+v: %q, %v; want %q, %s", c, key, err, test.key, test.want)
		}
	}
}

// The names and shapes of the tutorial's module in a PyTorch state dict, all of them.
func TestStateDictOfTheTutorial(t *testing.T) {
	checkStateDict(t, tutorial(t), map[string][]int{
		"linears.0.weight": {128, 2}, "linears.0.bias": {128},
		"linears.2.weight": {128, 128}, "linears.2.bias": {128},
		"linears.4.weight": {128, 128}, "linears.4.bias": {128},
		"linears.6.weight": {2, 128}, "linears.6.bias": {2},
		"step_embeddings.0.weight": {100, 128}, "step_embeddings.1.weight": {100, 128}, "step_embeddings.2.weight": {100, 128},
	})
}

func TestStateDictOfFeaturesAndLabels(t *testing.T) {
	c := DefaultConfig()
	c.Time, c.Labels, c.Depth = "sinusoidal", true, 2
	checkStateDict(t, newMLP(t, c, Shape{Input: 2, Output: 4, Steps: 100, Classes: 3}), map[string][]int{
		"linears.0.weight": {128, 2}, "linears.0.bias": {128},
		"linears.2.weight": {128, 128}, "linears.2.bias": {128},
		"linears.4.weight": {4, 128}, "linears.4.bias": {4},
		"time.0.weight": {128, 64}, "time.0.bias": {128},
		"time_projections.0.weight": {128, 128}, "time_projections.1.weight": {128, 128},
		"label_embeddings.0.weight": {4, 128}, "label_embeddings.1.weight": {4, 128},
	})
}

func checkStateDict(t *testing.T, m *MLP, want map[string][]int) {
	t.Helper()
	layout, size := m.Layout()
	arrays := StateDict(layout, make([]float32, size))
	if len(arrays) != len(want) {
		t.Errorf("%d arrays, want %d", len(arrays), len(want))
	}
	for _, a := range arrays {
		if !slices.Equal(a.Shape, want[a.Name]) {
			t.Errorf("%s has shape %v, want %v", a.Name, a.Shape, want[a.Name])
		}
	}
}

// Parameters stand in order, on cache lines, without overlap, where the graph that declares them looks for
// them.
func TestLayout(t *testing.T) {
	checkLayout(t, tutorial(t))
	everyNet(t, 5, 2, 3, checkLayout)
}

func checkLayout(t *testing.T, m *MLP) {
	layout, size := m.Layout()
	end := 0
	for _, p := range layout {
		if p.Offset%graph.Align != 0 || p.Offset < end {
			t.Errorf("%s starts at %d, after an end at %d; expected a multiple of %d", p.Name, p.Offset, end, graph.Align)
		}
		end = p.Offset + p.Size()
	}
	if end > size || size%graph.Align != 0 {
		t.Errorf("the last parameter ends at %d of %d", end, size)
	}

	b := graph.NewBuilder(1)
	m.Graph(b, b.Input("x", m.Input))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	places, graphSize := b.Layout()
	if len(places) != len(layout) || graphSize != size {
		t.Fatalf("the graph has %d parameters in %d numbers, the net %d in %d", len(places), graphSize, len(layout), size)
	}
	for i, p := range layout {
		if g := places[i]; g.Name != p.Name || g.Offset != p.Offset || !slices.Equal(g.Shape, p.Shape) {
			t.Errorf("the graph has %+v, the net %+v", g, p)
		}
	}
}

// gaps returns the flat memory that belongs to no parameter.
func gaps(m *MLP, flat []float32) []float32 {
	taken := make([]bool, len(flat))
	for _, p := range m.layout {
		for i := range p.Size() {
			taken[p.Offset+i] = true
		}
	}
	var free []float32
	for i, v := range flat {
		if !taken[i] {
			free = append(free, v)
		}
	}
	return free
}

// marked is flat memory whose every number is another, the odd ones among them: −0, NaN, ±∞, the smallest.
func marked(m *MLP) []float32 {
	flat := make([]float32, m.size)
	special := []uint32{0x80000000, 0x7fc12345, 0x7f800000, 0xff800000, 1}
	for i, p := range m.layout {
		for j := range p.Size() {
			flat[p.Offset+j] = float32(1000*(i+1) + j)
			if j < len(special) && i == 0 {
				flat[p.Offset+j] = math.Float32frombits(special[j])
			}
		}
	}
	return flat
}

func bits(x []float32) []uint32 {
	b := make([]uint32, len(x))
	for i, v := range x {
		b[i] = math.Float32bits(v)
	}
	return b
}

// find returns the array of a state dict that has the name and the shape.
func find(arrays []Array) func(name string, shape ...int) ([]float32, error) {
	return func(name string, shape ...int) ([]float32, error) {
		for _, a := range arrays {
			if a.Name == name && slices.Equal(a.Shape, shape) {
				return a.Data, nil
			}
		}
		return nil, errMissing
	}
}

var errMissing = errors.New("missing")

func TestStateDictRoundTrip(t *testing.T) { everyNet(t, 5, 2, 3, checkRoundTrip) }

func checkRoundTrip(t *testing.T, m *MLP) {
	flat := marked(m)
	arrays := StateDict(m.layout, flat)
	back := make([]float32, m.size)
	if err := LoadStateDict(m.layout, back, find(arrays)); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(bits(back), bits(flat)) {
		t.Error("the state dict did not bring back the same bits")
	}
	arrays[0].Data[0]++
	if !slices.Equal(bits(back), bits(flat)) {
		t.Error("the state dict shares memory with the weights")
	}
}

// Memory holds weight[in, out], a state dict weight[out, in]; an embedding is the same in both.
func TestStateDictTransposes(t *testing.T) { everyNet(t, 5, 2, 3, checkTransposes) }

func checkTransposes(t *testing.T, m *MLP) {
	flat := marked(m)
	for i, a := range StateDict(m.layout, flat) {
		p := m.layout[i]
		for j, v := range a.Data {
			at := j
			if !strings.Contains(p.Name, "embeddings") && len(p.Shape) == 2 {
				in, out := a.Shape[1], a.Shape[0]
				at = j%in*out + j/in
			}
			if got, want := math.Float32bits(v), math.Float32bits(flat[p.Offset+at]); got != want {
				t.Fatalf("%s: element %d is %08x, want the memory's element %d, %08x", a.Name, j, got, at, want)
			}
		}
	}
}

func TestLoadStateDictErrors(t *testing.T) {
	m, other := odd(t), newMLP(t, Config{Name: "mlp", Width: 6, Depth: 2, Time: "embedding", TimeFeatures: 2, FourierScale: 1}, odd(t).Shape)
	flat := make([]float32, m.size)
	// A lookup that knows shapes finds none of another net's arrays.
	if err := LoadStateDict(m.layout, flat, find(StateDict(other.layout, make([]float32, other.size)))); !errors.Is(err, errMissing) {
		t.Errorf("another net's state dict: %v", err)
	}
	for _, missing := range []int{0, len(m.layout) - 1} {
		arrays := StateDict(m.layout, flat)
		if err := LoadStateDict(m.layout, flat, find(slices.Delete(arrays, missing, missing+1))); !errors.Is(err, errMissing) {
			t.Errorf("without %s: %v", m.layout[missing].Name, err)
		}
	}
	// A lookup that does not look at shapes must not get through with another number of elements.
	for _, size := range []int{0, 14, 16} {
		err := LoadStateDict(m.layout, flat, func(string, ...int) ([]float32, error) { return make([]float32, size), nil })
		if err == nil || !strings.Contains(err.Error(), "linears.0.weight") || !strings.Contains(err.Error(), "[5 3]") {
			t.Errorf("%d elements for 15: %v", size, err)
		}
	}
}
