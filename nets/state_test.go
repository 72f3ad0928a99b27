package nets

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

// All names and shapes of the tutorial's module in a PyTorch state dict.
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
	m := DefaultMLP()
	m.Time, m.Labels, m.Depth = TimeEncodings().Choose("sinusoidal"), true, 2
	checkStateDict(t, build(t, m, Spec{Sample: []int{2}, Outputs: 4, Steps: 100, Classes: 3}), map[string][]int{
		"linears.0.weight": {128, 2}, "linears.0.bias": {128},
		"linears.2.weight": {128, 128}, "linears.2.bias": {128},
		"linears.4.weight": {4, 128}, "linears.4.bias": {4},
		"time.0.weight": {128, 64}, "time.0.bias": {128},
		"time_projections.0.weight": {128, 128}, "time_projections.1.weight": {128, 128},
		"label_embeddings.0.weight": {4, 128}, "label_embeddings.1.weight": {4, 128},
	})
}

func checkStateDict(t *testing.T, m *Built, want map[string][]int) {
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

// gaps returns the flat memory that belongs to no parameter.
func gaps(m *Built, flat []float32) []float32 {
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

// marked returns flat memory whose numbers all differ, with −0, NaN, ±∞ and the smallest number among them.
func marked(m *Built) []float32 {
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

// find returns a lookup that finds the array of a state dict with the name and the shape.
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

func checkRoundTrip(t *testing.T, m *Built) {
	flat := marked(m)
	arrays := StateDict(m.layout, flat)
	back := make([]float32, m.size)
	if err := LoadStateDict(m.layout, back, find(arrays)); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(bits(back), bits(flat)) {
		t.Error("a round trip through the state dict changed bits")
	}
	arrays[0].Data[0]++
	if !slices.Equal(bits(back), bits(flat)) {
		t.Error("the state dict shares memory with the weights")
	}
}

// Memory has weight[in, out], a state dict weight[out, in]; an embedding is the same in both.
func TestStateDictTransposes(t *testing.T) { everyNet(t, 5, 2, 3, checkTransposes) }

func checkTransposes(t *testing.T, m *Built) {
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
	m, other := odd(t), oddOf(t, 6)
	flat := make([]float32, m.size)
	// A lookup that checks shapes finds none of another net's arrays.
	if err := LoadStateDict(m.layout, flat, find(StateDict(other.layout, make([]float32, other.size)))); !errors.Is(err, errMissing) {
		t.Errorf("another net's state dict: %v", err)
	}
	for _, missing := range []int{0, len(m.layout) - 1} {
		arrays := StateDict(m.layout, flat)
		if err := LoadStateDict(m.layout, flat, find(slices.Delete(arrays, missing, missing+1))); !errors.Is(err, errMissing) {
			t.Errorf("without %s: %v", m.layout[missing].Name, err)
		}
	}
	// A lookup that ignores shapes must not pass with another number of elements.
	for _, size := range []int{0, 14, 16} {
		err := LoadStateDict(m.layout, flat, func(string, ...int) ([]float32, error) { return make([]float32, size), nil })
		if err == nil || !strings.Contains(err.Error(), "linears.0.weight") || !strings.Contains(err.Error(), "[5 3]") {
			t.Errorf("%d elements for 15: %v", size, err)
		}
	}
}

// Memory has weight[ky, kx, in, out], a state dict weight[out, in, ky, kx].
func TestStateDictOfKernels(t *testing.T) {
	m := build(t, unet(6, 1, 3, []int{4}, 1, 2), images(8, 4, 2))
	checkRoundTrip(t, m)
	flat, kernels := marked(m), 0
	for i, a := range StateDict(m.layout, flat) {
		p := m.layout[i]
		if p.Kernel == 0 {
			continue
		}
		kernels++
		out, in, k := a.Shape[0], a.Shape[1], p.Kernel
		for j, got := range a.Data {
			kx, ky, c, o := j%k, j/k%k, j/(k*k)%in, j/(k*k*in)
			if want := flat[p.Offset+((ky*k+kx)*in+c)*out+o]; math.Float32bits(got) != math.Float32bits(want) {
				t.Fatalf("%s[%d, %d, %d, %d] is %v, want %v", p.Name, o, c, ky, kx, got, want)
			}
		}
	}
	if kernels < 10 {
		t.Errorf("%d kernels", kernels)
	}
}
