package nets

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"slices"
	"testing"

	"euryale/ops"
)

// hash returns the FNV-1a hash of the numbers' bits.
func hash(x []float32) string {
	h := fnv.New64a()
	for _, v := range bits(x) {
		h.Write(binary.LittleEndian.AppendUint32(nil, v))
	}
	return fmt.Sprintf("%016x", h.Sum64())
}

// Names, shapes, places and initial values of the parameters, and random frequencies, as old checkpoints have them. They
// were printed once and are never edited.
func TestGoldenLayout(t *testing.T) {
	data, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden []struct {
		Net struct {
			Name, Time     string
			Features       int
			Scale          float64
			Width, Depth   int
			Labels         bool
			Input, Outputs int
			Steps, Classes int
			Seed           uint64
		}
		Size       int
		Parameters []struct {
			Name       string
			Shape      []int
			Transposed bool
			Offset     int
			Init       string
		}
		Frequencies []string
	}
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	seen := map[string]uint64{}
	for _, g := range golden {
		n, name := g.Net, g.Net.Time+", "+g.Net.Name
		m := &MLP{Width: n.Width, Depth: n.Depth, Time: TimeEncodings().With(timeOf(n.Time)), Labels: n.Labels}
		net := build(t, m, Spec{Sample: []int{n.Input}, Outputs: n.Outputs, Steps: n.Steps, Classes: n.Classes, Seed: n.Seed})
		layout, size := net.Layout()
		if size != g.Size || len(layout) != len(g.Parameters) {
			t.Fatalf("%s: %d parameters in %d numbers, want %d in %d", name, len(layout), size, len(g.Parameters), g.Size)
		}
		flat := net.Init(11 + seen[n.Time])
		seen[n.Time]++
		for i, w := range g.Parameters {
			p := layout[i]
			if p.Name != w.Name || !slices.Equal(p.Shape, w.Shape) || p.Transposed != w.Transposed || p.Offset != w.Offset {
				t.Errorf("%s: parameter %d is %+v, want %+v", name, i, p, w)
			}
			if got := hash(part32(flat, p)); got != w.Init {
				t.Errorf("%s: the initial values of %s have the hash %s, want %s", name, p.Name, got, w.Init)
			}
		}
		var frequencies []string
		for _, f := range m.Time.Kind.Frequencies(n.Seed) {
			frequencies = append(frequencies, fmt.Sprintf("%016x", math.Float64bits(f)))
		}
		if !slices.Equal(frequencies, g.Frequencies) {
			t.Errorf("%s: frequencies %v, want %v", name, frequencies, g.Frequencies)
		}
	}
	if len(golden) != 12 {
		t.Errorf("%d nets, want 12", len(golden))
	}
}

// Parameters are in order, on cache lines, without overlap.
func TestLayout(t *testing.T) {
	checkLayout(t, tutorial(t))
	everyNet(t, 5, 2, 3, checkLayout)
}

func checkLayout(t *testing.T, m *Built) {
	layout, size := m.Layout()
	end := 0
	for _, p := range layout {
		if p.Offset%ops.Align != 0 || p.Offset < end {
			t.Errorf("%s starts at %d, after an end at %d; expected a multiple of %d", p.Name, p.Offset, end, ops.Align)
		}
		end = p.Offset + p.Size()
	}
	if end > size || size%ops.Align != 0 {
		t.Errorf("the last parameter ends at %d of %d", end, size)
	}
}
