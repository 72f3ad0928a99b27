package graph

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// testNet is a graph with a loss, for one of the two element types.
type testNet struct {
	*Builder
	loss *Node
}

const (
	testBatch = 5
	testSteps = 4
	testDim   = 4 // and the number of classes
	testWidth = 6
)

// losses are the loss heads over a prediction [testBatch, testDim].
var losses = map[string]func(b *Builder, y *Node) *Node{
	"squared": func(b *Builder, y *Node) *Node {
		return b.WeightedError("loss", Squared(), y, b.Input("target", testDim), b.RowInput("weight"))
	},
	"absolute": func(b *Builder, y *Node) *Node {
		return b.WeightedError("loss", Absolute(), y, b.Input("target", testDim), b.RowInput("weight"))
	},
	"huber": func(b *Builder, y *Node) *Node {
		return b.WeightedError("loss", Huber(0.7), y, b.Input("target", testDim), b.RowInput("weight"))
	},
	"cross entropy": func(b *Builder, y *Node) *Node {
		return b.CrossEntropy("loss", y, b.IndexInput("class"), b.RowInput("weight"))
	},
	"learned range": func(b *Builder, y *Node) *Node {
		return b.LearnedRange("loss", LearnedRange{
			Prediction: y, Target: b.Input("target", testDim/2), Weight: b.RowInput("weight"), BoundWeight: b.RowInput("boundWeight"),
			LogVarianceMin: b.RowInput("min"), LogVarianceMax: b.RowInput("max"), PosteriorVariance: b.RowInput("variance"),
			MeanScale: b.RowInput("scale"), Constant: b.RowInput("constant"),
		})
	},
}

// newTestNet is a graph over every operation of the package and a loss: layers with each of the things that a layer can
// add, rows to add that one layer reads, that two read and that are an input; embeddings of one table and of more; a
// table, a weight and an activation that are used twice.
func newTestNet(dtype tensor.Dtype, loss string) testNet {
	b := newBuilder(testBatch, dtype)
	x, extra, t, label := b.Input("x", testDim), b.Input("extra", testWidth), b.IndexInput("t"), b.IndexInput("label")
	w0, b0 := b.Parameter("w0", testDim, testWidth), b.Parameter("b0", testWidth)
	w1, b1 := b.Parameter("w1", testWidth, testWidth), b.Parameter("b1", testWidth)
	w2, b2 := b.Parameter("w2", testWidth, testDim), b.Parameter("b2", testDim)
	w3, b3 := b.Parameter("w3", testWidth, testWidth), b.Parameter("b3", testWidth)
	e0, e1, e2 := b.Parameter("e0", testSteps, testWidth), b.Parameter("e1", testSteps, testWidth), b.Parameter("e2", testSteps-1, testWidth)

	h := b.Linear("first", x, Layer{Weight: w0, Bias: b0, Table: e0, Index: t, ReLU: true})
	skip := h
	h = b.Linear("second", h, Layer{Weight: w1, Bias: b1, Table: e0, Index: t, ReLU: true})
	h = b.Linear("third", h, Layer{Weight: w1, Bias: b1, ReLU: true})
	h = b.Add("embed", h, b.Embedding("gather", nil, Lookup{e1, t}))
	h = b.Add("skip", h, skip)
	own := b.Embedding("own", b3, Lookup{e0, t}, Lookup{e2, label})
	h = b.Linear("fourth", h, Layer{Weight: w1, Add: own, ReLU: true})
	shared := b.Linear("shared", x, Layer{Weight: w0, Bias: b0, Table: e2, Index: label})
	h = b.Linear("fifth", h, Layer{Weight: w3, Bias: b1, Table: e0, Index: t, Add: shared, ReLU: true})
	h = b.Linear("sixth", h, Layer{Weight: w1, Add: shared, ReLU: true})
	h = b.Linear("seventh", h, Layer{Weight: w3, Add: extra})
	return testNet{b, losses[loss](b, b.Linear("last", h, Layer{Weight: w2, Bias: b2}))}
}

// newLossNet is a loss over a prediction that is an input.
func newLossNet(dtype tensor.Dtype, loss string) testNet {
	b := newBuilder(testBatch, dtype)
	return testNet{b, losses[loss](b, b.Input("prediction", testDim))}
}

// numbers are what goes into a net's variables, by name.
type numbers struct {
	floats  map[string][]float64
	indices map[string][]int32
}

// values draws inputs and parameters; the same numbers whatever the element type.
func (n testNet) values() numbers {
	r := rand.New(rand.NewPCG(1, 2))
	v := numbers{map[string][]float64{}, map[string][]int32{
		"t":     {2, 0, 2, 3, 0}, // repeats, and a row that is never used
		"label": {1, 2, 1, 1, 2},
		"class": {3, 0, 1, 0, 2},
	}}
	for _, node := range n.variables() {
		if node.Dtype() == tensor.Int32 {
			continue
		}
		x := make([]float64, node.Shape().TotalSize())
		for i := range x {
			x[i] = float64(float32(0.6 * r.NormFloat64()))
		}
		v.floats[node.Name()] = x
	}
	return v
}

func (n testNet) variables() []*Node { return append(slices.Clone(n.inputs), n.parameters...) }

func (v numbers) bind(t testing.TB, n *Node) {
	t.Helper()
	var backing any = v.indices[n.Name()]
	if x, ok := v.floats[n.Name()]; ok {
		backing = slices.Clone(x)
		if n.Dtype() == tensor.Float32 {
			backing = float32s(x)
		}
	}
	if err := gorgonia.Let(n, tensor.New(tensor.WithShape(n.Shape()...), tensor.WithBacking(backing))); err != nil {
		t.Fatal(err)
	}
}

func float32s(v []float64) []float32 {
	out := make([]float32, len(v))
	for i := range v {
		out[i] = float32(v[i])
	}
	return out
}

// machine evaluates the loss and its gradients in the nodes given on Gorgonia's TapeMachine.
func (n testNet) machine(t testing.TB, v numbers, nodes ...*Node) (loss float64, gradients map[string][]float64) {
	t.Helper()
	if n.err != nil {
		t.Fatal(n.err)
	}
	var lossValue gorgonia.Value
	reads := make([]gorgonia.Value, len(nodes))
	if len(nodes) > 0 {
		derivatives, err := gorgonia.Grad(n.loss, nodes...)
		if err != nil {
			t.Fatal(err)
		}
		for i, g := range derivatives {
			gorgonia.Read(g, &reads[i])
		}
	}
	gorgonia.Read(n.loss, &lossValue)
	for _, node := range n.variables() {
		v.bind(t, node)
	}
	vm := gorgonia.NewTapeMachine(n.graph)
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		t.Fatal(err)
	}
	gradients = map[string][]float64{}
	for i, node := range nodes {
		gradients[node.Name()] = toFloat64(reads[i].Data())
	}
	return toFloat64(lossValue.Data())[0], gradients
}

func toFloat64(data any) []float64 {
	switch v := data.(type) {
	case []float64:
		return slices.Clone(v)
	case []float32:
		out := make([]float64, len(v))
		for i := range v {
			out[i] = float64(v[i])
		}
		return out
	case float64:
		return []float64{v}
	case float32:
		return []float64{float64(v)}
	}
	panic("unexpected data")
}

// differences are the central differences of the loss in the variable of a name.
func differences(t *testing.T, build func() testNet, v numbers, name string) []float64 {
	const h = 1e-5
	x := v.floats[name]
	d := make([]float64, len(x))
	for i, at := range x {
		x[i] = at + h
		above, _ := build().machine(t, v)
		x[i] = at - h
		below, _ := build().machine(t, v)
		x[i] = at
		d[i] = (above - below) / (2 * h)
	}
	return d
}

func compare(t *testing.T, name string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("d loss / d %s has %d numbers, want %d", name, len(got), len(want))
	}
	for i, w := range want {
		if math.Abs(got[i]-w) > tolerance*(1+math.Abs(w)) {
			t.Errorf("d loss / d %s[%d] = %v, by differences %v", name, i, got[i], w)
		}
	}
}

// The symbolic gradients, run in float64 on Gorgonia's machine, against central differences of the loss.
func TestGradientsByFiniteDifferences(t *testing.T) {
	build := func() testNet { return newTestNet(tensor.Float64, "squared") }
	net := build()
	v := net.values()
	_, gradients := net.machine(t, v, net.parameters...)
	for name, gradient := range gradients {
		compare(t, name, gradient, differences(t, build, v, name), 1e-6)
	}
}

// Each loss in its prediction, likewise.
func TestLossGradientsByFiniteDifferences(t *testing.T) {
	for loss := range losses {
		if loss == "learned range" {
			continue // below
		}
		build := func() testNet { return newLossNet(tensor.Float64, loss) }
		net := build()
		v := net.values()
		_, gradients := net.machine(t, v, net.inputs[0])
		compare(t, loss+": prediction", gradients["prediction"], differences(t, build, v, "prediction"), 1e-7)
	}
}

// The bound is differentiated in the variances alone: with no weight of its own, the squared error's gradient; with no
// squared error, the bound's in v, and none in e though the bound depends on it; with both, their sum.
func TestLearnedRangeGradient(t *testing.T) {
	build := func() testNet { return newLossNet(tensor.Float64, "learned range") }
	v := build().values()
	gradient := func() []float64 {
		net := build()
		_, gradients := net.machine(t, v, net.inputs[0])
		return gradients["prediction"]
	}
	weight, bound := v.floats["weight"], v.floats["boundWeight"]
	both := gradient()

	v.floats["boundWeight"] = make([]float64, testBatch)
	simple := gradient()
	compare(t, "prediction, by the squared error", simple, differences(t, build, v, "prediction"), 1e-7)

	v.floats["weight"], v.floats["boundWeight"] = make([]float64, testBatch), bound
	want, detached := differences(t, build, v, "prediction"), 0.0
	for i := range want {
		if i%testDim < testDim/2 {
			detached = max(detached, math.Abs(want[i]))
			want[i] = 0
		}
	}
	if detached < 0.01 {
		t.Errorf("the bound hardly depends on e (%v): this test shows nothing", detached)
	}
	bounds := gradient()
	compare(t, "prediction, by the bound", bounds, want, 1e-7)

	v.floats["weight"] = weight
	for i := range both {
		if math.Abs(both[i]-simple[i]-bounds[i]) > 1e-12 {
			t.Errorf("the gradient [%d] %v is not the sum of %v and %v", i, both[i], simple[i], bounds[i])
		}
	}
}

// newProgram compiles the test net in float32 and fills its memory.
func newProgram(t testing.TB, loss string, v numbers) (*Program, []Parameter) {
	t.Helper()
	net := newTestNet(tensor.Float32, loss)
	layout, size := net.Layout()
	parameters := make([]float32, size)
	for _, p := range layout {
		copy(parameters[p.Offset:], float32s(v.floats[p.Name]))
	}
	program, err := Compile(net.Builder, net.loss, parameters)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range net.inputs {
		copy(program.Float(n.Name()), float32s(v.floats[n.Name()]))
		copy(program.Index(n.Name()), v.indices[n.Name()])
	}
	return program, layout
}
