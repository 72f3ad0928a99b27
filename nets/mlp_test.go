package nets

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"euryale/graph"
	"euryale/kernel"
)

func normal(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// compile returns the program of the net's squared error, for batches of at most batch rows.
func compile(t interface{ Fatal(...any) }, m *MLP, flat []float32, batch int) *graph.Program {
	b := graph.NewBuilder(batch)
	x, target, timesteps, weight := b.Input("x", m.Dim), b.Input("target", m.Dim), b.IndexInput("t"), b.RowInput("weight")
	p, err := graph.Compile(b, b.WeightedSquaredError("loss", m.Graph(b, x, timesteps), target, weight), flat)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The net said twice is one net: where the target is what Forward predicts, the graph's losses are exactly 0.
func TestGraphEqualsForward(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Config{Name: "mlp", Width: rapid.IntRange(1, 70).Draw(t, "width"), Depth: rapid.IntRange(1, 4).Draw(t, "depth")}
		dim, steps := rapid.IntRange(1, 5).Draw(t, "dim"), rapid.IntRange(1, 20).Draw(t, "steps")
		rows, spare := rapid.IntRange(1, 200).Draw(t, "rows"), rapid.IntRange(0, 3).Draw(t, "spare")
		seed := rapid.Uint64().Draw(t, "seed")
		mixed := rapid.Bool().Draw(t, "mixed timesteps")
		cut := rapid.IntRange(0, rows).Draw(t, "cut")

		m, err := NewMLP(c, dim, steps)
		if err != nil {
			t.Fatal(err)
		}
		flat := m.Init(seed)
		p := compile(t, m, flat, rows+spare)
		x, target, weight, index := p.Float("x"), p.Float("target"), p.Float("weight"), p.Index("t")
		r := rand.New(rand.NewPCG(seed, 0))
		copy(x, normal(r, len(x)))
		for i := range weight {
			index[i], weight[i] = int32(r.IntN(steps)), 1
			if !mixed {
				index[i] = index[0]
			}
		}

		f := m.NewForward(flat)
		if mixed {
			for i := range rows {
				f.Predict(target[i*dim:(i+1)*dim], x[i*dim:(i+1)*dim], float64(index[i]))
			}
		} else {
			f.Predict(target[:rows*dim], x[:rows*dim], float64(index[0]))
		}
		changed := r.IntN(rows)
		target[changed*dim]++ // this row's loss must be seen

		var ws kernel.Workspace
		p.RunRows(&ws, cut, rows)
		p.RunRows(&ws, 0, cut)
		for i, loss := range p.RowLosses(rows) {
			if i == changed && !(loss > 0.5 && loss < 1.5) || i != changed && loss != 0 {
				t.Fatalf("row %d of %d: the graph is off Forward by a squared error of %v (row %d was changed by 1)", i, rows, loss, changed)
			}
		}
	})
}

// reference is the MLP in float64, without any of the project's kernels: output and, for the loss
// Σ_r weight[r]·‖output[r] − target[r]‖², the gradient. margin is the smallest distance of a sum from the
// ReLU's corner.
func reference(m *MLP, flat, x, target, weight []float32, index []int32) (output, gradient []float64, loss, margin float64) {
	gradient, margin = make([]float64, len(flat)), math.Inf(1)
	offset := map[string]int{}
	for _, p := range m.layout {
		offset[p.Name] = p.Offset
	}
	for r := range index {
		h := [][]float64{make([]float64, m.Dim)}
		for j := range h[0] {
			h[0][j] = float64(x[r*m.Dim+j])
		}
		for l := 0; l <= m.Depth; l++ {
			in, out := m.widths(l)
			w, b := offset[weightName(l)], offset[biasName(l)]
			y := make([]float64, out)
			for j := range y {
				sum := float64(flat[b+j])
				for k := range in {
					sum += h[l][k] * float64(flat[w+k*out+j])
				}
				if l < m.Depth {
					sum += float64(flat[offset[tableName(l)]+int(index[r])*out+j])
					margin = min(margin, math.Abs(sum))
					sum = max(sum, 0)
				}
				y[j] = sum
			}
			h = append(h, y)
		}
		y := h[m.Depth+1]
		output = append(output, y...)
		d := make([]float64, m.Dim)
		for j := range d {
			e := y[j] - float64(target[r*m.Dim+j])
			loss += float64(weight[r]) * e * e
			d[j] = 2 * float64(weight[r]) * e
		}
		for l := m.Depth; l >= 0; l-- {
			in, out := m.widths(l)
			w, b := offset[weightName(l)], offset[biasName(l)]
			below := make([]float64, in)
			for j := range out {
				if l < m.Depth {
					if h[l+1][j] <= 0 {
						continue
					}
					gradient[offset[tableName(l)]+int(index[r])*out+j] += d[j]
				}
				gradient[b+j] += d[j]
				for k := range in {
					gradient[w+k*out+j] += h[l][k] * d[j]
					below[k] += d[j] * float64(flat[w+k*out+j])
				}
			}
			d = below
		}
	}
	return output, gradient, loss, margin
}

// Output, loss and gradient of the whole net against backpropagation written out in float64.
func TestAgainstFloat64(t *testing.T) {
	const batch, rows = 40, 37
	for _, c := range []Config{{"mlp", 17, 3}, {"mlp", 40, 1}} {
		m := newMLP(t, c, 3, 6)
		flat := m.Init(5)
		p := compile(t, m, flat, batch)
		r := rand.New(rand.NewPCG(1, 2))
		for _, name := range []string{"x", "target", "weight"} {
			copy(p.Float(name), normal(r, len(p.Float(name))))
		}
		index := p.Index("t")
		for i := range index {
			index[i] = int32(r.IntN(m.Steps - 1)) // the last timestep is never drawn
		}
		output, gradient, wantLoss, margin := reference(m, flat, p.Float("x"), p.Float("target"), p.Float("weight"), index[:rows])
		if margin < 1e-5 {
			t.Fatalf("a sum is %v from the ReLU's corner, where float32 may take the other side: draw other numbers", margin)
		}

		f, got := m.NewForward(flat), make([]float32, m.Dim)
		for i := range rows {
			f.Predict(got, p.Float("x")[i*m.Dim:(i+1)*m.Dim], float64(index[i]))
			for j, v := range got {
				if want := output[i*m.Dim+j]; math.Abs(float64(v)-want) > 1e-5 {
					t.Errorf("%+v: output [%d, %d] is %v, want %v", c, i, j, v, want)
				}
			}
		}

		var ws kernel.Workspace
		loss, _ := p.Run(&ws, rows)
		if math.Abs(loss-wantLoss) > 1e-5*math.Abs(wantLoss) {
			t.Errorf("%+v: loss %v, want %v", c, loss, wantLoss)
		}
		for _, parameter := range m.layout {
			got, want := part(p.Gradient(), parameter), gradient[parameter.Offset:][:parameter.Size()]
			scale := max(slices.Max(want), -slices.Min(want))
			if scale == 0 {
				t.Errorf("%+v: %s has no gradient", c, parameter.Name)
			}
			for i, w := range want {
				if math.Abs(float64(got[i])-w) > 3e-6*scale {
					t.Errorf("%+v: gradient of %s[%d] is %v, want %v", c, parameter.Name, i, got[i], w)
				}
			}
		}
		for _, v := range gaps(m, p.Gradient()) {
			if v != 0 {
				t.Fatalf("%+v: the gradient between parameters is %v", c, v)
			}
		}
	}
}

// A row's output does not depend on its neighbours, on its place, or on how many rows there are.
func TestRowsAreIndependent(t *testing.T) {
	for _, width := range []int{1, 31, 128} {
		m := newMLP(t, Config{Name: "mlp", Width: width, Depth: 2}, 3, 10)
		f := m.NewForward(m.Init(9))
		const rows = 3*chunk + 17
		x := normal(rand.New(rand.NewPCG(3, 4)), rows*m.Dim)
		whole := make([]float32, len(x))
		f.Predict(whole, x, 4)
		for _, n := range []int{1, 2, 7, chunk - 1, chunk, chunk + 1} {
			parts := make([]float32, len(x))
			for lo := 0; lo < rows; lo += n {
				from, to := lo*m.Dim, min(lo+n, rows)*m.Dim
				f.Predict(parts[from:to], x[from:to], 4)
			}
			if !slices.Equal(bits(parts), bits(whole)) {
				t.Errorf("width %d: %d rows at a time give other numbers than all at once", width, n)
			}
		}
	}
}

// Forward reads weights and timestep anew at each call, and writes nothing but dst.
func TestForwardFollowsTheWeights(t *testing.T) {
	m := odd(t)
	flat := m.Init(1)
	f := m.NewForward(flat)
	x := normal(rand.New(rand.NewPCG(5, 6)), 4*m.Dim)
	input := slices.Clone(x)
	predict := func(t float64) []float32 {
		dst := make([]float32, len(x))
		f.Predict(dst, x, t)
		return dst
	}
	first := predict(0)
	if slices.Equal(predict(6), first) {
		t.Error("the timestep has no influence")
	}
	copy(flat, m.Init(2))
	if slices.Equal(predict(0), first) {
		t.Error("other weights have no influence")
	}
	copy(flat, m.Init(1))
	if !slices.Equal(predict(0), first) || !slices.Equal(x, input) || !slices.Equal(flat, m.Init(1)) {
		t.Error("predicting changed the rows, the weights or the net's state")
	}
	f.Predict(nil, nil, 0) // no rows
}

func TestForwardDoesNotAllocate(t *testing.T) {
	m := tutorial(t)
	f := m.NewForward(m.Init(1))
	x, dst := make([]float32, 200*m.Dim), make([]float32, 200*m.Dim)
	allocations := testing.AllocsPerRun(5, func() {
		f.Predict(dst, x, 99)
		f.Predict(dst[:2], x[:2], 0)
		f.Predict(dst[:80*m.Dim], x[:80*m.Dim], 50)
	})
	if allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}

func TestForwardPanicsAtOtherTimesteps(t *testing.T) {
	m := odd(t)
	f := m.NewForward(m.Init(1))
	for _, step := range []float64{-1, 7, 0.5, 1 << 63, math.Inf(1), math.Inf(-1), math.NaN()} {
		func() {
			defer func() {
				message := fmt.Sprint(recover())
				if want := fmt.Sprintf("timestep %v is not an integer from 0 to 6", step); !strings.Contains(message, want) {
					t.Errorf("panic %q, want %q", message, want)
				}
			}()
			f.Predict(make([]float32, 3), make([]float32, 3), step)
		}()
	}
}

func TestNewMLPErrors(t *testing.T) {
	good := DefaultConfig()
	tests := []struct {
		c          Config
		dim, steps int
		want       string
	}{
		{Config{Name: "mlp", Width: 0, Depth: 3}, 2, 100, "width must be from 1 to 65536, got 0"},
		{good, 0, 100, "got 0 and 100"},
		{good, 2, 0, "got 2 and 0"},
	}
	for _, test := range tests {
		if _, err := NewMLP(test.c, test.dim, test.steps); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("NewMLP(%+v, %d, %d): %v, want %q", test.c, test.dim, test.steps, err, test.want)
		}
	}
}

func BenchmarkForward(b *testing.B) {
	m := tutorial(b)
	f := m.NewForward(m.Init(1))
	const rows = 10000
	x, dst := normal(rand.New(rand.NewPCG(1, 1)), rows*m.Dim), make([]float32, rows*m.Dim)
	f.Predict(dst, x, 50) // the workspace grows once
	b.ReportAllocs()
	for b.Loop() {
		f.Predict(dst, x, 50)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
}
