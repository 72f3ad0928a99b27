package eager

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"euryale/kernel"
	"euryale/nets"
	"euryale/ops"
)

// output returns Run's output [rows, Outputs].
func output(m *Machine, x []float32, at Condition) []float32 {
	dst := make([]float32, len(x)/m.dim*m.outputs)
	m.Run(dst, x, at)
	return dst
}

// allNets calls f with every kind of MLP, of each width and depth, and with every custom net, with a condition that fits each.
func allNets(t *testing.T, widths, depths []int, f func(t *testing.T, net *nets.Built, at Condition)) {
	for _, width := range widths {
		for _, depth := range depths {
			everyNet(t, width, depth, 3, func(t *testing.T, k kind) { f(t, k.Built, Condition{k.some(), k.label(2)}) })
		}
	}
	for name, net := range customNets(t) {
		t.Run(name, func(t *testing.T) { f(t, net, Condition{3.5, 2}) })
	}
	for name, net := range imageNets(t) {
		t.Run(name, func(t *testing.T) { f(t, net, Condition{3.5, -1}) })
	}
}

// A row's numbers do not depend on other rows, on its position or on the number of rows, for any method.
func TestRowsAreIndependent(t *testing.T) {
	allNets(t, []int{1, 31, 128}, []int{2}, func(t *testing.T, net *nets.Built, at Condition) {
		m := machine(t, net, net.Init(9))
		rows := 3*m.chunk + 17
		r := rand.New(rand.NewPCG(3, 4))
		x, v := normal(r, rows*m.dim), normal(r, rows*m.dim)
		methods := map[string]func(dst, x, v []float32){ // dst is [rows, wide]
			"output":  func(dst, x, _ []float32) { m.Run(dst, x, at) },
			"tangent": func(dst, x, v []float32) { m.Tangent(make([]float32, len(dst)), dst, x, v, at) },
			"gradient": func(dst, x, _ []float32) {
				m.Gradient(dst, x, at, func(_ int, v, output []float32) { copy(v, output) })
			},
		}
		wide := map[string]int{"output": m.outputs, "tangent": m.outputs, "gradient": m.dim}
		for name, method := range methods {
			whole := make([]float32, rows*wide[name])
			method(whole, x, v)
			for _, n := range []int{1, 7, m.chunk - 1, m.chunk, m.chunk + 1} {
				parts := make([]float32, len(whole))
				for lo := 0; lo < rows; lo += n {
					hi := min(lo+n, rows)
					method(parts[lo*wide[name]:hi*wide[name]], x[lo*m.dim:hi*m.dim], v[lo*m.dim:hi*m.dim])
				}
				if !slices.Equal(bits(parts), bits(whole)) {
					t.Errorf("%s: %d rows at a time and all at once give different numbers", name, n)
				}
			}
		}
	})
}

// A machine follows time and label and, after Update, the weights.
func TestMachineFollowsTheWeights(t *testing.T) {
	everyNet(t, 5, 2, 3, func(t *testing.T, k kind) {
		flat := k.Init(1)
		m := machine(t, k.Built, flat)
		x := normal(rand.New(rand.NewPCG(5, 6)), 4*m.dim)
		at := Condition{0, k.label(0)}
		first := output(m, x, at)
		if slices.Equal(output(m, x, Condition{k.some(), at.Label}), first) {
			t.Error("the output does not depend on the time")
		}
		if k.mlp.Labels && slices.Equal(output(m, x, Condition{0, -1}), first) {
			t.Error("the output does not depend on the label")
		}
		copy(flat, k.Init(2))
		m.Update()
		if slices.Equal(output(m, x, at), first) {
			t.Error("changed weights have no effect")
		}
		copy(flat, k.Init(1))
		m.Update()
		if !slices.Equal(output(m, x, at), first) {
			t.Error("restored weights have no effect")
		}
	})
}

func TestMachineWritesNothingElse(t *testing.T) {
	allNets(t, []int{5}, []int{2}, func(t *testing.T, net *nets.Built, at Condition) {
		flat := net.Init(1)
		m := machine(t, net, flat)
		x := normal(rand.New(rand.NewPCG(5, 6)), 70*m.dim)
		v := slices.Clone(x)
		input, first := slices.Clone(x), output(m, x, at)
		for range 2 {
			dst, gradient := make([]float32, len(first)), make([]float32, len(x))
			m.Tangent(dst, make([]float32, len(dst)), x, v, at)
			m.Gradient(gradient, x, at, func(_ int, v, output []float32) {
				copy(v, output)
				for i := range output { // the caller may do so
					output[i] = 99
				}
			})
			if !slices.Equal(bits(output(m, x, at)), bits(first)) || !slices.Equal(bits(dst), bits(first)) {
				t.Error("the methods disturb each other")
			}
		}
		if !slices.Equal(x, input) || !slices.Equal(v, input) || !slices.Equal(flat, net.Init(1)) {
			t.Error("a call changed the rows, the directions or the weights")
		}
		output(m, nil, at) // no rows
	})
}

func TestMachineDoesNotAllocate(t *testing.T) {
	allNets(t, []int{40}, []int{1, 3}, func(t *testing.T, net *nets.Built, at Condition) {
		m := machine(t, net, net.Init(1))
		rows := 3*m.chunk + 8
		x, v, gradient := make([]float32, rows*m.dim), make([]float32, rows*m.dim), make([]float32, rows*m.dim)
		dst, tangent := make([]float32, rows*m.outputs), make([]float32, rows*m.outputs)
		n := testing.AllocsPerRun(5, func() {
			for _, rows := range []int{rows, 1, m.chunk + 16} {
				x, v := x[:rows*m.dim], v[:rows*m.dim]
				m.Run(dst, x, at)
				m.Tangent(dst, tangent, x, v, at)
				m.Gradient(gradient, x, at, func(first int, u, output []float32) { copy(u, tangent[first*m.outputs:]) })
				at.Time += 0.25
			}
		})
		if n != 0 {
			t.Errorf("%v allocations", n)
		}
	})
}

// Between two rows of an embedding a machine uses their weighted mean; beyond the ends, the last row on that side; at a row,
// that row. The bits are those of a net that has this row in its table.
func TestTimesBetweenAndBeyondTheSteps(t *testing.T) {
	for _, labels := range []bool{false, true} {
		mlp := nets.DefaultMLP()
		mlp.Width, mlp.Labels = 21, labels
		net := build(t, mlp, nets.Spec{Sample: []int{2}, Outputs: 2, Steps: 6, Classes: 2})
		flat, mixed := net.Init(1), net.Init(1)
		layout, _ := net.Layout()
		for _, p := range layout {
			if strings.HasPrefix(p.Name, "step_embeddings") {
				rows := kernel.View(mixed[p.Offset:], 6, mlp.Width)
				kernel.Combine2(rows.RowRange(0, 1).Data, 0.75, rows.RowRange(2, 3).Data, 0.25, rows.RowRange(3, 4).Data)
			}
		}
		x := normal(rand.New(rand.NewPCG(5, 6)), 5*2)
		f, g := machine(t, net, flat), machine(t, net, mixed)
		for _, test := range []struct {
			time, same float64
			as         *Machine
		}{
			{2.25, 0, g}, {3, 3, g}, {5, 5, g}, {-1, 0, f}, {math.Inf(-1), 0, f}, {5.5, 5, f}, {1e300, 5, f}, {math.Inf(1), 5, f},
		} {
			got, want := output(f, x, Condition{test.time, 1}), output(test.as, x, Condition{test.same, 1})
			if !slices.Equal(bits(got), bits(want)) {
				t.Errorf("labels %v: the output at t = %v is not the one expected", labels, test.time)
			}
		}
		if message := panics(func() { output(f, x, Condition{math.NaN(), 1}) }); !strings.Contains(message, "got NaN") {
			t.Errorf("NaN: panic %q", message)
		}
	}
}

func TestCheckLabel(t *testing.T) {
	everyNet(t, 4, 1, 2, func(t *testing.T, k kind) {
		m := machine(t, k.Built, k.Init(1))
		x := []float32{1, 2}
		for label := -2; label <= testClasses; label++ {
			fits := label == -1 || k.mlp.Labels && label >= 0 && label < testClasses
			err := m.CheckLabel(label)
			if (err == nil) != fits {
				t.Errorf("label %d: %v", label, err)
			}
			message := panics(func() { output(m, x, Condition{0, label}) })
			if k.mlp.Labels && !fits && message != err.Error() || !k.mlp.Labels && message != "<nil>" {
				t.Errorf("label %d: panic %q", label, message)
			}
		}
	})
}

// foreign is an operation that this package does not implement.
type foreign struct{ ops.SiLU }

func TestNewErrors(t *testing.T) {
	net := customNets(t)["ends in a SiLU"]
	if _, err := New(net, make([]float32, 7)); err == nil || !strings.Contains(err.Error(), "expected 32 weights, got 7") {
		t.Errorf("weights of another net: %v", err)
	}
	net.Output.Op = foreign{net.Output.Op.(ops.SiLU)}
	want := `layer "s": package eager does not implement the operation eager.foreign`
	if _, err := New(net, net.Init(1)); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("an unknown operation: %v", err)
	}
}

// Memory is reused after its last reader: an MLP of any depth needs two slots, a residual net three, and an operation in
// place none.
func TestMemoryIsReused(t *testing.T) {
	deep := nets.DefaultMLP()
	deep.Depth, deep.Width = 9, 4
	spec := nets.Spec{Sample: []int{2}, Outputs: 2, Steps: 3}
	for _, test := range []struct {
		options         nets.Options
		slots, adjoints int
	}{
		{deep, 2, 2},
		{&nets.Program{Net: residual{width: 4, blocks: 9, time: &nets.Embedding{}}}, 3, 3},
	} {
		net := build(t, test.options, spec)
		m := machine(t, net, net.Init(1))
		if n := len(m.memory.rows.sizes); n != test.slots {
			t.Errorf("%T: values in %d slots, want %d", test.options, n, test.slots)
		}
		if n := len(m.memory.adjoints.sizes); n != test.adjoints {
			t.Errorf("%T: adjoints in %d slots, want %d", test.options, n, test.adjoints)
		}
	}
}
