package graph_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"euryale/eager"
	"euryale/graph"
	"euryale/kernel"
	"euryale/nets"
	"euryale/ops"
)

func normal(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// compile returns the Program of a net's squared error, for batches of at most batch rows.
func compile(t interface{ Fatal(...any) }, net *nets.Built, flat []float32, batch int) *graph.Program {
	b := net.Builder
	loss := b.WeightedError("loss", ops.Squared(), net.Output, b.Input("target", net.Output.Shape()...), b.RowInput("weight"))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	p, err := graph.Compile(loss, batch, flat)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// conditions draws times and labels that fit the net.
func conditions(r *rand.Rand, net *nets.Built, rows int) (t []float64, labels []int32) {
	for range rows {
		if slices.Contains(net.Builder.Needed(net.Output), net.Input.Step) {
			t = append(t, float64(r.IntN(net.Spec.Steps)))
		} else {
			t = append(t, 20*r.Float64()-5)
		}
		labels = append(labels, int32(r.IntN(max(1, net.Spec.Classes)+1)-1))
	}
	return t, labels
}

// drawTime draws a time encoding.
func drawTime(t *rapid.T) nets.TimeEncoding {
	features := 2 * rapid.IntRange(1, 20).Draw(t, "pairs of features")
	return rapid.SampledFrom([]nets.TimeEncoding{
		&nets.Embedding{}, &nets.Sinusoidal{Features: features}, &nets.Fourier{Features: features, Scale: 1},
		&nets.Octaves{Features: features},
	}).Draw(t, "time")
}

// drawNet draws an MLP of any kind.
func drawNet(t *rapid.T) *nets.Built {
	small := rapid.IntRange(1, 70) // 520 is more than one block of a product
	m := &nets.MLP{
		Width: rapid.OneOf(small, small, small, rapid.Just(520)).Draw(t, "width"), Depth: rapid.IntRange(1, 4).Draw(t, "depth"),
		Time: nets.TimeEncodings().With(drawTime(t)), Labels: rapid.Bool().Draw(t, "labels"),
	}
	s := nets.Spec{
		Sample: []int{rapid.IntRange(1, 5).Draw(t, "input")},
		Steps:  rapid.IntRange(1, 20).Draw(t, "steps"), Classes: rapid.IntRange(1, 5).Draw(t, "classes"),
	}
	s.Outputs = rapid.SampledFrom([]int{s.Sample[0], 2 * s.Sample[0], s.Classes}).Draw(t, "outputs")
	return build(t, m, s)
}

// drawTabular draws a net for tables.
func drawTabular(t *rapid.T) *nets.Built {
	n := &nets.Tabular{
		Width: rapid.IntRange(1, 70).Draw(t, "width"), Depth: rapid.IntRange(1, 4).Draw(t, "depth"),
		Activation: rapid.SampledFrom([]string{"silu", "relu"}).Draw(t, "activation"), Time: nets.TimeEncodings().With(drawTime(t)),
	}
	return build(t, n, nets.Spec{
		Sample: []int{rapid.IntRange(1, 40).Draw(t, "input")}, Outputs: rapid.IntRange(1, 40).Draw(t, "outputs"),
		Steps: rapid.IntRange(1, 20).Draw(t, "steps"), Classes: rapid.IntRange(0, 5).Draw(t, "classes"),
	})
}

// anyNet is a net of layers in any order. The operands of each are drawn, so that values per row and values that all rows
// share are combined in every possible way.
type anyNet struct {
	time          nets.TimeEncoding
	layers, width int
	seed          uint64
}

// Apply implements nets.Net.
func (n anyNet) Apply(b *ops.Builder, in nets.Input) *ops.Node {
	r := rand.New(rand.NewPCG(n.seed, 1))
	weight := func(name string, shape ...int) *ops.Node { return b.Parameter(name, ops.Normal(0.5), shape...) }
	tied := weight("tied", n.width, n.width)
	values := []*ops.Node{ // [width] each
		nets.Dense(b, "x", in.X, n.width),
		nets.TimeEmbedding(b, "time", n.time, in, n.width),
		nets.LabelEmbedding(b, "label", in, n.width),
	}
	end := b.Linear("tied", values[0], ops.Linear{Weight: tied, Add: b.Add("condition", values[1], values[2])})
	some := func() *ops.Node { return values[r.IntN(len(values))] }
	for i := range n.layers {
		name := fmt.Sprintf("layers.%d", i)
		var y *ops.Node
		switch r.IntN(6) {
		case 0:
			y = b.SiLU(name, some())
		case 1:
			y = b.ReLU(name, some())
		case 2:
			y = b.Add(name, some(), some())
		default:
			l := ops.Linear{Weight: tied, ReLU: r.IntN(2) == 0}
			if r.IntN(2) == 0 {
				l.Weight = weight(name+".weight", n.width, n.width)
			}
			if r.IntN(2) == 0 {
				l.Bias = weight(name+".bias", n.width)
			}
			if r.IntN(2) == 0 {
				l.Index = in.Label
				if in.Step != nil && r.IntN(2) == 0 {
					l.Index = in.Step
				}
				l.Table = nets.Table(b, name+".table", l.Index, n.width)
			}
			if r.IntN(2) == 0 {
				l.Add = some()
			}
			y = b.Linear(name, some(), l)
		}
		values = append(values, y)
		end = b.Add(name+" to the end", end, y)
	}
	return nets.Dense(b, "last", end, in.Outputs)
}

// drawAny draws a net of random layers.
func drawAny(t *rapid.T) *nets.Built {
	n := anyNet{
		time: drawTime(t), layers: rapid.IntRange(0, 12).Draw(t, "layers"), width: rapid.IntRange(1, 40).Draw(t, "width"),
		seed: rapid.Uint64().Draw(t, "layers' seed"),
	}
	return build(t, &nets.Program{Net: n}, nets.Spec{
		Sample: []int{rapid.IntRange(1, 5).Draw(t, "input")}, Outputs: rapid.IntRange(1, 5).Draw(t, "outputs"),
		Steps: rapid.IntRange(1, 20).Draw(t, "steps"), Classes: rapid.IntRange(1, 5).Draw(t, "classes"),
	})
}

// Both readers compute the same net: if the target is eager's output, the graph's squared errors are exactly 0.
func TestGraphEqualsEager(t *testing.T) {
	for name, draw := range map[string]func(*rapid.T) *nets.Built{"mlp": drawNet, "tabular": drawTabular, "any layers": drawAny} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { checkAgreement(t, draw(t)) })
		})
	}
}

func checkAgreement(t *rapid.T, net *nets.Built) {
	rows, spare := rapid.IntRange(1, 200).Draw(t, "rows"), rapid.IntRange(0, 3).Draw(t, "spare")
	seed := rapid.Uint64().Draw(t, "seed")
	mixed := rapid.Bool().Draw(t, "mixed conditions")
	cut := rapid.IntRange(0, rows).Draw(t, "cut")

	flat := net.Init(seed)
	p := compile(t, net, flat, rows+spare)
	r := rand.New(rand.NewPCG(seed, 0))
	x, dim := p.Float("x"), net.Input.X.Size()
	copy(x, normal(r, len(x)))
	for i := range p.Float("weight") {
		p.Float("weight")[i] = 1
	}
	times, labels := conditions(r, net, rows)
	if !mixed {
		for i := range rows {
			times[i], labels[i] = times[0], labels[0]
		}
	}
	p.Condition(cut, times[cut:], labels[cut:])
	p.Condition(0, times[:cut], labels[:cut])

	m, err := eager.New(net, flat)
	if err != nil {
		t.Fatal(err)
	}
	outputs := net.Spec.Outputs
	want, again := make([]float32, rows*outputs), make([]float32, rows*outputs)
	step := 1
	if !mixed {
		step = rows
	}
	for lo := 0; lo < rows; lo += step {
		hi, at := lo+step, eager.Condition{Time: times[lo], Label: int(labels[lo])}
		rows := x[lo*dim : hi*dim]
		m.Run(want[lo*outputs:hi*outputs], rows, at)
		m.Tangent(again[lo*outputs:hi*outputs], make([]float32, (hi-lo)*outputs), rows, rows, at)
		m.Gradient(make([]float32, len(rows)), rows, at, func(first int, v, output []float32) {
			if part := want[(lo+first)*outputs:]; !slices.Equal(bits(output), bits(part[:len(output)])) {
				t.Fatal("Gradient and Run give different outputs")
			}
		})
	}
	if !slices.Equal(bits(want), bits(again)) {
		t.Fatal("Tangent and Run give different outputs")
	}

	copy(p.Float("target"), want)
	changed := r.IntN(rows)
	p.Float("target")[changed*outputs]++ // changes the loss of this row
	var ws kernel.Workspace
	p.RunRows(&ws, cut, rows)
	p.RunRows(&ws, 0, cut)
	for i, loss := range p.RowLosses(rows) {
		size := float64(max(1, -want[i*outputs], want[i*outputs]))
		if i == changed && !(loss > 0.5 && loss < 1.5) && size < 1e6 || i != changed && loss != 0 {
			t.Fatalf("row %d of %d: graph and eager differ by a squared error of %v (row %d was changed by 1)", i, rows, loss, changed)
		}
	}
}
