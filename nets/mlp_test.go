package nets

import (
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

// compile returns the program of a loss of the net, for batches of at most batch rows: the squared error, or a
// classifier's cross entropy if entropy is set.
func compile(t interface{ Fatal(...any) }, m *MLP, flat []float32, batch int, entropy bool) *graph.Program {
	b := graph.NewBuilder(batch)
	x, weight := b.Input("x", m.Input), b.RowInput("weight")
	output := m.Graph(b, x)
	var loss *graph.Node
	if entropy {
		loss = b.CrossEntropy("loss", output, b.IndexInput("class"), weight)
	} else {
		loss = b.WeightedError("loss", graph.Squared(), output, b.Input("target", m.Output), weight)
	}
	p, err := graph.Compile(b, loss, flat)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// conditions draws times and labels that the net knows.
func conditions(r *rand.Rand, m *MLP, rows int) (t []float64, labels []int32) {
	for range rows {
		if m.Time == "embedding" {
			t = append(t, float64(r.IntN(m.Steps)))
		} else {
			t = append(t, 20*r.Float64()-5)
		}
		labels = append(labels, int32(r.IntN(max(1, m.Classes)+1)-1))
	}
	return t, labels
}

// drawNet draws a net of any kind.
func drawNet(t *rapid.T) *MLP {
	small := rapid.IntRange(1, 70) // 520 is more than a product takes in one block
	c := Config{
		Name: "mlp", Width: rapid.OneOf(small, small, small, rapid.Just(520)).Draw(t, "width"), Depth: rapid.IntRange(1, 4).Draw(t, "depth"),
		Time:         rapid.SampledFrom([]string{"embedding", "sinusoidal", "fourier"}).Draw(t, "time"),
		TimeFeatures: 2 * rapid.IntRange(1, 20).Draw(t, "pairs of features"), FourierScale: 1,
	}
	s := Shape{Input: rapid.IntRange(1, 5).Draw(t, "input"), Steps: rapid.IntRange(1, 20).Draw(t, "steps"), Classes: rapid.IntRange(1, 5).Draw(t, "classes")}
	s.Output = s.Input
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 1:
		c.Labels = true
	case 2:
		c.Labels, s.Output = rapid.Bool().Draw(t, "labels"), 2*s.Input
	case 3:
		c.Name, s.Output = "classifier", s.Classes
	}
	m, err := NewMLP(c, s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// output is all that Forward says of rows: [rows, Output], for a classifier the log-probabilities.
func output(t interface{ Fatal(...any) }, f *Forward, x []float32, time float64, label int32) []float32 {
	m := f.net
	if m.Name == "classifier" {
		dst := make([]float32, len(x)/m.Input*m.Output)
		f.LogProbabilities(dst, x, time)
		return dst
	}
	if m.Labels {
		if err := f.SetLabel(int(label)); err != nil {
			t.Fatal(err)
		}
	}
	dst := make([]float32, len(x))
	if m.Output == m.Input {
		f.Predict(dst, x, time)
		return dst
	}
	fraction := make([]float32, len(x))
	f.PredictVariance(dst, fraction, x, time)
	var both []float32
	for lo := 0; lo < len(x); lo += m.Input {
		both = append(append(both, dst[lo:lo+m.Input]...), fraction[lo:lo+m.Input]...)
	}
	return both
}

// The net said twice is one net: where the target is what Forward predicts, the graph's squared errors are exactly 0, and
// the cross entropy is exactly what Forward says of the label.
func TestGraphEqualsForward(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawNet(t)
		rows, spare := rapid.IntRange(1, 200).Draw(t, "rows"), rapid.IntRange(0, 3).Draw(t, "spare")
		seed := rapid.Uint64().Draw(t, "seed")
		mixed := rapid.Bool().Draw(t, "mixed conditions")
		cut := rapid.IntRange(0, rows).Draw(t, "cut")

		flat := m.Init(seed)
		entropy := m.Name == "classifier"
		p := compile(t, m, flat, rows+spare, entropy)
		r := rand.New(rand.NewPCG(seed, 0))
		x := p.Float("x")
		copy(x, normal(r, len(x)))
		for i := range p.Float("weight") {
			p.Float("weight")[i] = 1
		}
		times, labels := conditions(r, m, rows)
		if !mixed {
			for i := range rows {
				times[i], labels[i] = times[0], labels[0]
			}
		}
		m.Fill(p, cut, times[cut:], labels[cut:])
		m.Fill(p, 0, times[:cut], labels[:cut])

		f := m.NewForward(flat)
		var want []float32
		if mixed {
			for i := range rows {
				want = append(want, output(t, f, x[i*m.Input:(i+1)*m.Input], times[i], labels[i])...)
			}
		} else {
			want = output(t, f, x[:rows*m.Input], times[0], labels[0])
		}

		var ws kernel.Workspace
		if entropy {
			class := p.Index("class")
			for i := range rows {
				class[i] = int32(r.IntN(m.Classes))
			}
			p.RunRows(&ws, cut, rows)
			p.RunRows(&ws, 0, cut)
			for i, loss := range p.RowLosses(rows) {
				if v := want[i*m.Classes+int(class[i])]; loss != -v {
					t.Fatalf("row %d of %d: the graph's loss is %v, the log-probability %v", i, rows, loss, v)
				}
			}
			return
		}
		copy(p.Float("target"), want)
		changed := r.IntN(rows)
		p.Float("target")[changed*m.Output]++ // this row's loss must be seen
		p.RunRows(&ws, cut, rows)
		p.RunRows(&ws, 0, cut)
		for i, loss := range p.RowLosses(rows) {
			if i == changed && !(loss > 0.5 && loss < 1.5) || i != changed && loss != 0 {
				t.Fatalf("row %d of %d: the graph is off Forward by a squared error of %v (row %d was changed by 1)", i, rows, loss, changed)
			}
		}
	})
}

// reference is the net for one row in float64, without any of the project's kernels. margin is the smallest distance of a
// sum from the ReLU's corner.
func reference(m *MLP, flat, x []float64, t float64, label int32) (output []float64, margin float64) {
	margin = math.Inf(1)
	find := map[string][]float64{}
	for _, p := range m.layout {
		find[p.Name] = flat[p.Offset:][:p.Size()]
	}
	apply := func(h, weight, bias []float64, out int, relu bool) []float64 {
		y := append([]float64{}, bias...)
		for j := range y {
			for k, v := range h {
				y[j] += v * weight[k*out+j]
			}
			if relu {
				margin = min(margin, math.Abs(y[j]))
				y[j] = max(y[j], 0)
			}
		}
		return y
	}
	var e []float64
	if m.Time != "embedding" {
		features := make([]float64, m.TimeFeatures)
		for i := range features {
			half := m.TimeFeatures / 2
			frequency := math.Exp(-math.Log(10000) * float64(i%half) / float64(half-1))
			if m.Time == "fourier" {
				frequency = m.frequencies[i%half]
			}
			features[i] = math.Sin(frequency * t)
			if i >= half {
				features[i] = math.Cos(frequency * t)
			}
		}
		e = apply(features, find["time.0.weight"], find["time.0.bias"], m.Width, true)
	}
	h := x
	for l := 0; l <= m.Depth; l++ {
		in, out := m.widths(l)
		condition := append([]float64{}, find[biasName(l)]...)
		for j := range condition {
			if l == m.Depth {
				break
			}
			if m.Time == "embedding" {
				condition[j] += find[tableName(l)][int(t)*out+j]
			}
			for k, v := range e {
				condition[j] += v * find[projectionName(l)][k*out+j]
			}
			if m.Labels {
				row := int(label)
				if label < 0 {
					row = m.Classes
				}
				condition[j] += find[labelName(l)][row*out+j]
			}
		}
		h = apply(h[:in], find[weightName(l)], condition, out, l < m.Depth)
	}
	return h, margin
}

func float64s(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// Loss and gradient of the whole net against float64: the loss written out, its gradient by central differences. Along
// one parameter the loss is a parabola between corners of the ReLU, so the differences are exact but for rounding.
func TestAgainstFloat64(t *testing.T) {
	everyNet(t, 7, 3, 3, func(t *testing.T, m *MLP) {
		const batch, rows, h = 8, 6, 1e-5
		flat := m.Init(7)
		p := compile(t, m, flat, batch, false)
		r := rand.New(rand.NewPCG(1, 4))
		for _, name := range []string{"x", "target", "weight"} {
			copy(p.Float(name), normal(r, len(p.Float(name))))
		}
		times, labels := conditions(r, m, rows)
		m.Fill(p, 0, times, labels)
		x, target, weight := float64s(p.Float("x")), float64s(p.Float("target")), float64s(p.Float("weight"))
		margin := math.Inf(1)
		lossAt := func(flat []float64) float64 {
			loss := 0.0
			for i := range rows {
				y, corner := reference(m, flat, x[i*m.Input:(i+1)*m.Input], times[i], labels[i])
				margin = min(margin, corner)
				for j, v := range y {
					e := v - target[i*m.Output+j]
					loss += weight[i] * e * e
				}
			}
			return loss
		}
		exact := float64s(flat)
		wantLoss := lossAt(exact)
		if margin < 1e-4 {
			t.Fatalf("a sum is %v from the ReLU's corner, where the differences see both sides: draw other numbers", margin)
		}
		var ws kernel.Workspace
		loss, _ := p.Run(&ws, rows)
		magnitude := 0.0 // the weights have either sign
		for _, v := range p.RowLosses(rows) {
			magnitude += math.Abs(float64(v))
		}
		if math.Abs(loss-wantLoss) > 1e-5*magnitude {
			t.Errorf("loss %v, want %v", loss, wantLoss)
		}
		for _, parameter := range m.layout {
			got, want, scale := part32(p.Gradient(), parameter), make([]float64, parameter.Size()), 0.0
			for i := range want {
				at := exact[parameter.Offset+i]
				exact[parameter.Offset+i] = at + h
				above := lossAt(exact)
				exact[parameter.Offset+i] = at - h
				want[i] = (above - lossAt(exact)) / (2 * h)
				exact[parameter.Offset+i] = at
				scale = max(scale, math.Abs(want[i]))
			}
			if scale < 1e-3 {
				t.Errorf("%s has no gradient", parameter.Name)
			}
			for i, w := range want {
				if math.Abs(float64(got[i])-w) > 1e-5*scale {
					t.Errorf("gradient of %s[%d] is %v, want %v", parameter.Name, i, got[i], w)
				}
			}
		}
		for _, v := range gaps(m, p.Gradient()) {
			if v != 0 {
				t.Fatalf("the gradient between parameters is %v", v)
			}
		}
	})
}

// Where gradients of several layers meet they are added in one order: a run that is resumed compiles anew.
func TestGradientIsReproducible(t *testing.T) {
	c := DefaultConfig()
	c.Time, c.Labels, c.Width, c.Depth = "sinusoidal", true, 24, 5
	m := newMLP(t, c, Shape{Input: 2, Output: 2, Classes: 3})
	flat := m.Init(1)
	var first []float32
	for range 10 {
		p := compile(t, m, flat, 8, false)
		r := rand.New(rand.NewPCG(1, 2))
		for _, name := range []string{"x", "target", "weight"} {
			copy(p.Float(name), normal(r, len(p.Float(name))))
		}
		times, labels := conditions(r, m, 8)
		m.Fill(p, 0, times, labels)
		var ws kernel.Workspace
		p.Run(&ws, 8)
		if first == nil {
			first = slices.Clone(p.Gradient())
		}
		if !slices.Equal(p.Gradient(), first) {
			t.Fatal("compiling the same net again gives another gradient")
		}
	}
}

func TestNewMLPErrors(t *testing.T) {
	good, shape := DefaultConfig(), Shape{Input: 2, Output: 2, Steps: 100, Classes: 3}
	tests := []struct {
		change func(c *Config, s *Shape)
		want   string
	}{
		{func(c *Config, _ *Shape) { c.Width = 0 }, "width must be from 1 to 65536, got 0"},
		{func(_ *Config, s *Shape) { s.Input = 0 }, "expected at least one input"},
		{func(_ *Config, s *Shape) { s.Classes = -1 }, "no negative number"},
		{func(_ *Config, s *Shape) { s.Steps = 0 }, "an embedding needs at least one timestep, got 0"},
		{func(_ *Config, s *Shape) { s.Output = 3 }, "a denoiser of rows of 2 numbers has 2 or 4 outputs, got 3"},
		{func(c *Config, s *Shape) { c.Labels, s.Classes = true, 0 }, "needs data with classes"},
		{func(c *Config, s *Shape) { c.Name = "classifier" }, "a classifier needs an output for each of at least one class, got 2 for 3"},
		{func(c *Config, s *Shape) { c.Name, s.Classes, s.Output = "classifier", 0, 0 }, "got 0 for 0"},
		{func(c *Config, s *Shape) { c.Time, s.Steps = "fourier", 0 }, ""},
	}
	for _, test := range tests {
		c, s := good, shape
		test.change(&c, &s)
		_, err := NewMLP(c, s)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("NewMLP(%+v, %+v): %v, want %q", c, s, err, test.want)
		}
	}
}
