package eager

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"euryale/nets"
	"euryale/ops"
)

// Changed weights take effect after Update, for all methods: the numbers are then those of a new Machine.
func TestUpdate(t *testing.T) {
	for name, net := range imageNets(t) {
		t.Run(name, func(t *testing.T) {
			flat := net.Init(1)
			m, other := machine(t, net, flat), machine(t, net, net.Init(2))
			const rows = 3
			at, x := Condition{2, -1}, normal(rand.New(rand.NewPCG(5, 6)), rows*m.dim)
			results := func(m *Machine) []float32 {
				dst, tangent, gradient := make([]float32, rows*m.outputs), make([]float32, rows*m.outputs), make([]float32, len(x))
				m.Tangent(dst, tangent, x, x, at)
				m.Gradient(gradient, x, at, func(_ int, v, output []float32) { copy(v, output) })
				return slices.Concat(output(m, x, at), dst, tangent, gradient)
			}
			first := results(m)
			copy(flat, net.Init(2))
			m.Update()
			if second := results(m); !slices.Equal(bits(second), bits(results(other))) || slices.Equal(second, first) {
				t.Error("after Update, a Machine differs from a new one")
			}
		})
	}
}

// Parts of a Concat are computed in its columns, and their adjoints stay in those of its adjoint.
func TestConcatCopiesNothing(t *testing.T) {
	net := imageNets(t)["unet"]
	m := machine(t, net, net.Init(1))
	x := normal(rand.New(rand.NewPCG(5, 6)), 2*m.dim)
	at, concats := Condition{2, -1}, 0
	output(m, x, at)
	gradient := func() {
		m.Gradient(make([]float32, len(x)), x, at, func(_ int, v, output []float32) { copy(v, output) })
	}
	for _, views := range []string{"value", "value kept", "adjoint"} {
		of := m.value
		if views != "value" {
			gradient()
		}
		if views == "adjoint" {
			of = m.adjoint
		}
		for _, o := range m.perRow {
			if o, ok := o.(*concat); ok {
				for _, c := range o.parts {
					concats++
					if columns := of[o.out].ColRange(c.first, c.end); &columns.Data[0] != &of[c.x].Data[0] {
						t.Errorf("%s: columns %d to %d of node %d are elsewhere", views, c.first, c.end, o.out)
					}
				}
			}
		}
	}
	if concats != 3*(3+4*2) {
		t.Errorf("%d parts, want 3 of queries, keys and values and 2 of each skip, thrice", concats)
	}
}

// A node inside a net is the output of a net with the same weights.
func TestOutputInside(t *testing.T) {
	net := imageNets(t)["classifier"]
	flat := net.Init(1)
	for _, n := range net.Builder.Needed(net.Output) {
		if _, ok := n.Op.(ops.Input); ok || !n.PerRow() || n.Size() == 0 || n == net.Input.Time || n == net.Input.Step {
			continue
		}
		inner, err := net.WithOutput(n)
		if err != nil {
			t.Fatal(err)
		}
		x := normal(rand.New(rand.NewPCG(5, 6)), net.Input.X.Size())
		got := output(machine(t, inner, flat), x, Condition{1, -1})
		want, _ := reference(inner, float64s(flat), float64s(x), Condition{1, -1})
		if len(got) != len(want) {
			t.Fatalf("layer %q: %d numbers, want %d", n.Name, len(got), len(want))
		}
		for i, w := range want {
			if math.Abs(float64(got[i])-w) > 1e-5*(1+math.Abs(w)) {
				t.Errorf("layer %q: [%d] is %v, want %v", n.Name, i, got[i], w)
			}
		}
		checkTangent(t, inner, Condition{1, -1}, 5)
	}
}

// Memory is reused after its last reader. The gradient needs more of it.
func TestMemoryOfImages(t *testing.T) {
	net := build(t, &nets.Program{Net: unet{4, []int{1, 2, 2}, 2, 0}}, nets.Spec{Sample: []int{16, 16, 1}, Outputs: 256})
	m := machine(t, net, net.Init(1))
	all := 0
	for _, n := range m.nodes {
		all += n.size
	}
	for name, s := range map[string]struct {
		slots
		share float64
	}{"values": {m.memory.rows, 0.35}, "values that stay": {m.memory.kept, 0.7}, "adjoints": {m.memory.adjoints, 0.35}} {
		size := 0
		for _, n := range s.sizes {
			size += n
		}
		if got := float64(size) / float64(all); got > s.share {
			t.Errorf("%s take %.2f of the memory of all values, want at most %.2f", name, got, s.share)
		}
	}
}
