package graph_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"euryale/kernel"
	"euryale/nets"
	"euryale/ops"
)

const testClasses = 4

// everyNet calls f with a net of each kind: time encoding × (plain, with labels, with labels and variances, classifier).
func everyNet(t *testing.T, width, depth, input int, f func(t *testing.T, net *nets.Built)) {
	for _, time := range []nets.TimeEncoding{&nets.Embedding{}, &nets.Sinusoidal{Features: 6}, &nets.Fourier{Features: 6, Scale: 0.3}} {
		run := func(name string, labels bool, outputs int) {
			m := &nets.MLP{Width: width, Depth: depth, Time: nets.TimeEncodings().With(time), Labels: labels}
			s := nets.Spec{Sample: []int{input}, Outputs: outputs, Classes: testClasses, Seed: 3}
			if m.Time.Name() == "embedding" {
				s.Steps = 6
			}
			t.Run(m.Time.Name()+", "+name, func(t *testing.T) { f(t, build(t, m, s)) })
		}
		run("plain", false, input)
		run("labels", true, input)
		run("labels, variances", true, 2*input)
		run("classifier", false, testClasses)
	}
}

func float64s(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// reference runs an MLP in float64 for one row, without package kernel. margin is the smallest distance of a sum from the
// kink of ReLU.
func reference(net *nets.Built, flat, x []float64, t float64, label int32) (output []float64, margin float64) {
	m := net.Net.(*nets.MLP)
	margin = math.Inf(1)
	find := map[string][]float64{}
	layout, _ := net.Layout()
	for _, p := range layout {
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
	if m.Time.Name() != "embedding" {
		const half = 3
		features := make([]float64, 2*half)
		for i := range features {
			frequency := math.Exp(-math.Log(10000) * float64(i%half) / float64(half-1))
			if m.Time.Name() == "fourier" {
				frequency = m.Time.Kind.Frequencies(net.Spec.Seed)[i%half]
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
		out := m.Width
		if l == m.Depth {
			out = net.Spec.Outputs
		}
		condition := append([]float64{}, find[named("linears.%d.bias", 2*l)]...)
		for j := range condition {
			if l == m.Depth {
				break
			}
			if table := find[named("step_embeddings.%d.weight", l)]; table != nil {
				condition[j] += table[int(t)*out+j]
			}
			for k, v := range e {
				condition[j] += v * find[named("time_projections.%d.weight", l)][k*out+j]
			}
			if m.Labels {
				row := int(label)
				if label < 0 {
					row = net.Spec.Classes
				}
				condition[j] += find[named("label_embeddings.%d.weight", l)][row*out+j]
			}
		}
		h = apply(h, find[named("linears.%d.weight", 2*l)], condition, out, l < m.Depth)
	}
	return h, margin
}

// Loss and gradient of the whole net against float64: the loss from its formula, the gradient by central differences. In one
// parameter the loss is a parabola between kinks of ReLU, so the differences are exact up to rounding.
func TestAgainstFloat64(t *testing.T) {
	everyNet(t, 7, 3, 3, func(t *testing.T, net *nets.Built) {
		const batch, rows, h = 8, 6, 1e-5
		flat := net.Init(7)
		p := compile(t, net, flat, batch)
		r := rand.New(rand.NewPCG(1, 4))
		for _, name := range []string{"x", "target", "weight"} {
			copy(p.Float(name), normal(r, len(p.Float(name))))
		}
		times, labels := conditions(r, net, rows)
		p.Condition(0, times, labels)
		x, target, weight := float64s(p.Float("x")), float64s(p.Float("target")), float64s(p.Float("weight"))
		margin := math.Inf(1)
		lossAt := func(flat []float64) float64 {
			loss := 0.0
			for i := range rows {
				y, corner := reference(net, flat, x[i*3:(i+1)*3], times[i], labels[i])
				margin = min(margin, corner)
				for j, v := range y {
					e := v - target[i*net.Spec.Outputs+j]
					loss += weight[i] * e * e
				}
			}
			return loss
		}
		exact := float64s(flat)
		wantLoss := lossAt(exact)
		if margin < 1e-4 {
			t.Fatalf("a sum is %v from the kink of ReLU, too near for the differences: use another seed", margin)
		}
		var ws kernel.Workspace
		loss, _ := p.Run(&ws, rows)
		magnitude := 0.0 // a sum without signs, because weights have both
		for _, v := range p.RowLosses(rows) {
			magnitude += math.Abs(float64(v))
		}
		if math.Abs(loss-wantLoss) > 1e-5*magnitude {
			t.Errorf("loss %v, want %v", loss, wantLoss)
		}
		layout, _ := net.Layout()
		for _, parameter := range layout {
			got, want, scale := p.Gradient()[parameter.Offset:][:parameter.Size()], make([]float64, parameter.Size()), 0.0
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
		for _, v := range gaps(layout, p.Gradient()) {
			if v != 0 {
				t.Fatalf("the gradient between parameters is %v", v)
			}
		}
	})
}

// gaps returns the flat memory that belongs to no parameter.
func gaps(layout []ops.Parameter, flat []float32) []float32 {
	free := slices.Clone(flat)
	for i := len(layout) - 1; i >= 0; i-- {
		free = slices.Delete(free, layout[i].Offset, layout[i].Offset+layout[i].Size())
	}
	return free
}

// Gradients of a node from several layers are always added in the same order: a resumed run compiles the net again.
func TestGradientIsReproducible(t *testing.T) {
	m := &nets.MLP{Width: 24, Depth: 5, Time: nets.TimeEncodings().Choose("sinusoidal"), Labels: true}
	var first []float32
	for range 10 {
		net := build(t, m, nets.Spec{Sample: []int{2}, Outputs: 2, Classes: 3})
		p := compile(t, net, net.Init(1), 8)
		r := rand.New(rand.NewPCG(1, 2))
		for _, name := range []string{"x", "target", "weight"} {
			copy(p.Float(name), normal(r, len(p.Float(name))))
		}
		times, labels := conditions(r, net, 8)
		p.Condition(0, times, labels)
		var ws kernel.Workspace
		p.Run(&ws, 8)
		if first == nil {
			first = slices.Clone(p.Gradient())
		}
		if !slices.Equal(p.Gradient(), first) {
			t.Fatal("compiling the same net again changes the gradient")
		}
	}
}
