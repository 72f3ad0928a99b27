package onnx_test

import (
	"fmt"
	"slices"
	"testing"

	"euryale/choice"
	"euryale/eager"
	"euryale/nets"
	"euryale/onnx"
	"euryale/ops"
)

// netFunc is a net of a function.
type netFunc func(b *ops.Builder, in nets.Input) *ops.Node

func (f netFunc) Apply(b *ops.Builder, in nets.Input) *ops.Node { return f(b, in) }

func encoding(kind nets.TimeEncoding) choice.One[nets.TimeEncoding] {
	return nets.TimeEncodings().With(kind)
}

// tangle has what the nets of this project do not: images added, convolutions with a stride and other paddings, a matrix of a
// linear layer that serves as a kernel, values that are flat and images in turn. Its norms have large epsilons, which show.
func tangle(b *ops.Builder, in nets.Input) *ops.Node {
	pixels := func(name string, x *ops.Node) *ops.Node { // [4, 6, 2] from the time
		flat := nets.Dense(b, name, x, 48)
		return b.DepthToSpace(name+" image", b.Conv(name+" conv", b.Concat(name+" concat", in.X), ops.Conv{
			Weight: b.KernelParameter(name+".kernel", ops.Normal(0.3), 2, 2, 8), Kernel: 2, Stride: 2, PerImage: nets.Dense(b, name+" per", flat, 8),
		}), 2)
	}
	time := nets.TimeEmbedding(b, "time", &nets.Embedding{}, in, 5)
	both := b.Concat("both", in.X, pixels("a", time), b.Offset("offset", in.X, random(5, 48, 1)))
	gated := b.Gate("gate", both, ops.Gate{Gate: nets.Dense(b, "g", time, 6), Add: both})
	groups := b.GroupNorm("groups", b.Add("images", gated, both), ops.GroupNorm{
		Weight: b.Parameter("weight", ops.Normal(1), 6), Bias: b.Parameter("shift", ops.Normal(1), 6), Groups: 2, Epsilon: 0.5,
	})
	normal := b.LayerNorm("plain norm", groups, ops.LayerNorm{Epsilon: 0.25})
	small := b.Conv("one", normal, ops.Conv{Weight: b.Parameter("one", ops.Normal(1), 6, 4), Kernel: 1, Stride: 2})
	kernel := b.Parameter("nine", ops.Normal(0.5), 36, 2)
	out := b.Conv("three", small, ops.Conv{Weight: kernel, Kernel: 3, Stride: 1, Padding: 2, Upsample: true})
	again := b.Linear("again", b.Slice("slice", b.Split("split", normal, 3), 7, 36), ops.Linear{Weight: kernel})
	flat := b.Offset("flat", b.GELU("gelu", nets.Dense(b, "flat", out, 46)), random(6, 46, 1))
	return nets.Dense(b, "last", b.Linear("sum", flat, ops.Linear{
		Weight: b.Parameter("w", ops.Normal(1), 46, 2), Add: again, ReLU: true, Table: nets.Table(b, "table", in.Label, 2), Index: in.Label,
	}), in.Outputs)
}

// unconditional depends on the time and the label alone.
func unconditional(b *ops.Builder, in nets.Input) *ops.Node {
	lookup := ops.Lookup{Table: nets.Table(b, "labels", in.Label, 3), Index: in.Label}
	label := b.Embedding("label", b.Parameter("bias", ops.Normal(1), 3), lookup)
	time := nets.Dense(b, "time", b.CosinesFirst("cosines", in.Time, []float64{1, 2, 0.37}), 3)
	sum := b.ReLU("relu", b.Add("add", label, b.Dropout("drop", time, 0.5)))
	return b.Linear("product", time, ops.Linear{Weight: b.Parameter("v", ops.Normal(1), 3, 3), Add: sum})
}

// testNets are nets of every kind and with every operation.
func testNets() map[string]struct {
	net  nets.Options
	spec nets.Spec
} {
	points := nets.Spec{Sample: []int{3}, Outputs: 3, Steps: 10}
	classes, continuous := points, points
	classes.Classes, continuous.Steps = 4, 0
	images := nets.Spec{Sample: []int{8, 4, 2}, Outputs: 64, Steps: 10, Classes: 3}
	hybrid, logits := images, images
	hybrid.Outputs, logits.Outputs = 128, 3
	plain := images
	plain.Classes = 0
	tangled := nets.Spec{Sample: []int{4, 6, 2}, Outputs: 48, Steps: 7, Classes: 2}
	shared := nets.Spec{Sample: []int{3}, Outputs: 3, Steps: 10, Classes: 4}
	unet := nets.DefaultUNet()
	unet.Channels, unet.Multipliers, unet.Blocks, unet.Groups = 8, []int{1, 2}, 1, 4
	labeled := *unet
	labeled.Labels = true
	classifier := nets.DefaultUNetClassifier()
	classifier.Channels, classifier.Multipliers, classifier.Blocks, classifier.Groups, classifier.Features = 8, []int{1, 2}, 1, 4, 5
	dit := nets.DefaultDiT()
	dit.Patch, dit.Width, dit.Depth, dit.Heads = 2, 16, 2, 4
	dits := *dit
	dits.Labels = true
	type entry = struct {
		net  nets.Options
		spec nets.Spec
	}
	return map[string]entry{
		"mlp embedding":        {&nets.MLP{Width: 12, Depth: 2, Time: encoding(&nets.Embedding{})}, points},
		"mlp embedding labels": {&nets.MLP{Width: 12, Depth: 2, Time: encoding(&nets.Embedding{}), Labels: true}, classes},
		"mlp sinusoidal":       {&nets.MLP{Width: 12, Depth: 2, Time: encoding(&nets.Sinusoidal{Features: 16})}, points},
		"mlp fourier labels":   {&nets.MLP{Width: 12, Depth: 2, Time: encoding(&nets.Fourier{Features: 16, Scale: 16}), Labels: true}, classes},
		"mlp octaves":          {&nets.MLP{Width: 12, Depth: 2, Time: encoding(&nets.Octaves{Features: 32})}, continuous},
		"tabular":              {nets.DefaultTabular(), continuous},
		"unet":                 {unet, plain},
		"unet hybrid labels":   {&labeled, hybrid},
		"unet_classifier":      {classifier, logits},
		"dit":                  {dit, plain},
		"dit hybrid labels":    {&dits, hybrid},
		"tangle":               {&nets.Program{Net: netFunc(tangle)}, tangled},
		"unconditional":        {&nets.Program{Net: netFunc(unconditional)}, shared},
	}
}

// netCase is a graph of a net with inputs, and what the net gives.
type netCase struct {
	model  []byte
	inputs map[string]array
	want   []float32
	rows   int
}

// netMode is how a graph of a net gets its time, and whether rows have labels.
type netMode struct {
	time    string
	labeled bool
}

// The times of a netMode.
const (
	perRow  = "a time per row" // some lie between timesteps, or outside of them
	fixed   = "a constant"
	shared  = "one time"
	indexed = "one timestep"
)

// newNetCase is a graph of a net for some rows, of which some have no label even where they are labeled.
func newNetCase(t testing.TB, kind nets.Options, spec nets.Spec, mode netMode) netCase {
	t.Helper()
	of, err := kind.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	net, err := nets.Build(of, spec)
	if err != nil {
		t.Fatal(err)
	}
	weights := weightsOf(net)
	times, labels := []float32{0, 3, 9, 2.25, 6.5, -1, 20}, []float64{0, -1, 1, 0, 1, -1, 0}
	c := netCase{rows: len(times), inputs: map[string]array{}}
	for i := range times {
		if mode.time == indexed {
			times[i] = 4
		} else if mode.time != perRow {
			times[i] = 4.75
		}
		if !mode.labeled {
			labels[i] = -1
		}
	}
	dim := size(spec.Sample)
	x := random(1, c.rows*dim, 1)
	machine, err := eager.New(net, weights)
	if err != nil {
		t.Fatal(err)
	}
	for r, time := range times {
		y := make([]float32, spec.Outputs)
		machine.Run(y, x[r*dim:(r+1)*dim], eager.Condition{Time: float64(time), Label: int(labels[r])})
		c.want = append(c.want, y...)
	}

	g, shape, out := onnx.NewGraph("test", "y"), spec.Sample, net.Output.Shape()
	if len(shape) == 3 {
		x, shape = channelsFirst(x, shape, false), []int{shape[2], shape[0], shape[1]}
	}
	if len(out) == 3 {
		c.want, out = channelsFirst(c.want, out, false), []int{out[2], out[0], out[1]}
	}
	in := onnx.Inputs{X: g.Input("x", "", onnx.Float32, shape...), At: float64(times[0])}
	c.inputs["x"] = array{append([]int{c.rows}, shape...), wide(x)}
	switch mode.time {
	case perRow:
		in.Time = g.Input("t", "", onnx.Float32)
		c.inputs["t"] = array{[]int{c.rows}, wide(times)}
	case shared, indexed:
		in.Time, in.Shared = g.Single("t", "", onnx.Float32), true
		c.inputs["t"] = array{[]int{1}, wide(times[:1])}
		if mode.time == indexed {
			in.Step = g.Node("Cast", "step", []string{in.Time}, onnx.Int("to", int(onnx.Int64)))
		}
	}
	if net.UsesLabels() && mode.labeled {
		in.Label = g.Input("label", "", onnx.Int64)
		c.inputs["label"] = array{[]int{c.rows}, labels}
	}
	y, err := g.Apply(net, weights, in)
	if err != nil {
		t.Fatal(err)
	}
	g.Output("y", "", y, onnx.Float32, out...)
	if c.model, err = g.Model(onnx.Header{}); err != nil {
		t.Fatal(err)
	}
	return c
}

// Graphs give what nets give: for every net and every operation.
func TestNetsAsGraphs(t *testing.T) {
	for name, entry := range testNets() {
		for _, mode := range []netMode{
			{perRow, true}, {perRow, false}, {fixed, true}, {fixed, false}, {shared, true}, {shared, false}, {indexed, true},
		} {
			t.Run(fmt.Sprintf("%s %v", name, mode), func(t *testing.T) {
				c := newNetCase(t, entry.net, entry.spec, mode)
				p := parse(t, c.model)
				y := p.evaluate(t, c.inputs)["y"]
				if want := append([]int{c.rows}, p.outputs[0].shape[1:]...); !slices.Equal(y.shape, want) {
					t.Errorf("the output has the shape %v, want %v", y.shape, want)
				}
				compare(t, "y", y.data, c.want, 3e-6)
			})
		}
	}
}
