package graph

import (
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/ops"
)

// testNet is a graph with a loss, in one of the two element types.
type testNet struct {
	*builder
	loss *node
}

const (
	testBatch   = 5
	testSteps   = 4
	testClasses = 2
	testDim     = 4 // also the number of classes
	testWidth   = 6
)

// losses are the losses of a prediction [testDim].
var losses = map[string]func(b *ops.Builder, y *ops.Node) *ops.Node{
	"squared": func(b *ops.Builder, y *ops.Node) *ops.Node {
		return b.WeightedError("loss", ops.Squared(), y, b.Input("target", testDim), b.RowInput("weight"))
	},
	"absolute": func(b *ops.Builder, y *ops.Node) *ops.Node {
		return b.WeightedError("loss", ops.Absolute(), y, b.Input("target", testDim), b.RowInput("weight"))
	},
	"huber": func(b *ops.Builder, y *ops.Node) *ops.Node {
		return b.WeightedError("loss", ops.Huber(0.7), y, b.Input("target", testDim), b.RowInput("weight"))
	},
	"cross entropy": func(b *ops.Builder, y *ops.Node) *ops.Node {
		return b.CrossEntropy("loss", y, b.IndexInput("class"), b.RowInput("weight"))
	},
	"mixed": func(b *ops.Builder, y *ops.Node) *ops.Node {
		return b.MixedError("loss", ops.MixedError{
			Prediction: y, Target: b.Input("target", 1), NumberWeight: b.Input("number weight", 1),
			Index: b.IndexInput("categories", 2), Weight: b.RowInput("weight"), Categories: []int{2, 1}, Factors: []float64{0.7, 3},
		})
	},
	"only numbers": func(b *ops.Builder, y *ops.Node) *ops.Node {
		return b.MixedError("loss", ops.MixedError{Prediction: y, Target: b.Input("target", testDim), Weight: b.RowInput("weight")})
	},
	"multinomial": func(b *ops.Builder, y *ops.Node) *ops.Node {
		return b.MultinomialError("loss", ops.MultinomialError{
			Prediction: y, Clean: b.IndexInput("categories", 2), Noisy: b.IndexInput("noisy", 2), Chain: b.Input("chain", 4),
			Weight: b.RowInput("weight"), Target: b.Input("target", 1), Categories: []int{2, 1}, NumberWeight: 1.5, CategoryWeight: 20,
			Constant: 0.25,
		})
	},
	"only multinomial": func(b *ops.Builder, y *ops.Node) *ops.Node {
		return b.MultinomialError("loss", ops.MultinomialError{
			Prediction: y, Clean: b.IndexInput("class", 1), Noisy: b.IndexInput("noisy class", 1), Chain: b.Input("chain", 4),
			Weight: b.RowInput("weight"), Categories: []int{testDim}, CategoryWeight: 3,
		})
	},
	"only categories": func(b *ops.Builder, y *ops.Node) *ops.Node {
		return b.MixedError("loss", ops.MixedError{Prediction: y, Index: b.IndexInput("class", 1), Weight: b.RowInput("weight"),
			Categories: []int{testDim}, Factors: []float64{1}})
	},
	"learned range": func(b *ops.Builder, y *ops.Node) *ops.Node {
		return b.LearnedRange("loss", ops.LearnedRange{
			Prediction: y, Target: b.Input("target", testDim/2), Weight: b.RowInput("weight"), BoundWeight: b.RowInput("boundWeight"),
			LogVarianceMin: b.RowInput("min"), LogVarianceMax: b.RowInput("max"), PosteriorVariance: b.RowInput("variance"),
			MeanScale: b.RowInput("scale"), Constant: b.RowInput("constant"),
		})
	},
}

// readNet translates the loss that record returns.
func readNet(loss *ops.Node, batch int, dtype tensor.Dtype) testNet {
	building.Lock()
	defer building.Unlock()
	b, head, err := read(loss, batch, dtype)
	if err != nil {
		panic(err)
	}
	return testNet{b, head}
}

// recordTestNet records a net with every operation and a loss: layers with each optional operand; operands to add that one
// layer reads, that two read and that are an input; embeddings of one table and of several; a table, a weight and an
// activation that are used twice; sums of a value with itself, with one that is read later and with features of the time;
// activations that are not part of a layer.
func recordTestNet(loss string) *ops.Node {
	b := ops.NewBuilder()
	parameter := func(name string, shape ...int) *ops.Node { return b.Parameter(name, ops.Normal(1), shape...) }
	x, extra, time := b.Input("x", testDim), b.Input("extra", testWidth), b.Time("time", testSteps)
	t, label := b.Step("t", testSteps), b.Label("label", testClasses)
	w0, b0 := parameter("w0", testDim, testWidth), parameter("b0", testWidth)
	w1, b1 := parameter("w1", testWidth, testWidth), parameter("b1", testWidth)
	w2, b2 := parameter("w2", testWidth, testDim), parameter("b2", testDim)
	w3, b3 := parameter("w3", testWidth, testWidth), parameter("b3", testWidth)
	e0, e1, e2 := parameter("e0", testSteps, testWidth), parameter("e1", testSteps, testWidth), parameter("e2", testClasses+1, testWidth)

	h := b.Linear("first", x, ops.Linear{Weight: w0, Bias: b0, Table: e0, Index: t, ReLU: true})
	skip := h
	h = b.Linear("second", h, ops.Linear{Weight: w1, Bias: b1, Table: e0, Index: t, ReLU: true})
	h = b.Linear("third", h, ops.Linear{Weight: w1, Bias: b1, ReLU: true})
	h = b.Add("embed", h, b.Embedding("gather", nil, ops.Lookup{Table: e1, Index: t}))
	h = b.Add("skip", h, skip)
	own := b.Embedding("own", b3, ops.Lookup{Table: e0, Index: t}, ops.Lookup{Table: e2, Index: label})
	h = b.Linear("fourth", h, ops.Linear{Weight: w1, Add: own, ReLU: true})
	shared := b.Linear("shared", x, ops.Linear{Weight: w0, Bias: b0, Table: e2, Index: label})
	h = b.Linear("fifth", h, ops.Linear{Weight: w3, Bias: b1, Table: e0, Index: t, Add: shared, ReLU: true})
	h = b.Linear("sixth", h, ops.Linear{Weight: w1, Add: shared, ReLU: true})
	h = b.Linear("seventh", h, ops.Linear{Weight: w3, Add: extra})

	features := b.Sinusoids("features", time, []float64{1, 0.3, 0.01})
	h = b.Add("time", h, b.SiLU("time.1", b.Linear("time.0", features, ops.Linear{Weight: w1})))
	late := b.SiLU("eighth", h)
	late = b.Linear("ninth", late, ops.Linear{Weight: w3, Table: e2, Index: label})
	late = b.Add("residual", b.ReLU("tenth", late), h)
	late = b.Linear("eleventh", late, ops.Linear{Weight: w1, Add: late})
	h = b.SiLU("twelfth", b.Add("twice", late, late))
	return losses[loss](b, b.Linear("last", h, ops.Linear{Weight: w2, Bias: b2}))
}

func newTestNet(dtype tensor.Dtype, loss string) testNet {
	return readNet(recordTestNet(loss), testBatch, dtype)
}

// newLossNet returns a loss whose prediction is an input.
func newLossNet(dtype tensor.Dtype, loss string) testNet {
	b := ops.NewBuilder()
	return readNet(losses[loss](b, b.Input("prediction", testDim)), testBatch, dtype)
}

// numbers holds the values of a net's variables, by name.
type numbers struct {
	floats  map[string][]float64
	indices map[string][]int32
}

// values draws inputs and parameters, the same numbers for both element types.
func (n testNet) values() numbers {
	r := rand.New(rand.NewPCG(1, 2))
	v := numbers{map[string][]float64{
		"chain": {0.75, 0.25, 0.5, 0.5, 1, 0, 0.9, 0.1, 0.01, 0.99, 0.99, 0.01, 1, 0, 1e-3, 0.999, 0.5, 0.5, 0.3, 0.7},
	}, map[string][]int32{
		"t":     {2, 0, 2, 3, 0}, // repeated rows, and one that is never used
		"label": {1, 2, 1, 1, 2},
		"class": {3, 0, 1, 0, 2}, "categories": {1, 0, 0, 0, 1, 0, 1, 0, 0, 0},
		"noisy class": {3, 1, 1, 2, 2}, "noisy": {1, 0, 1, 0, 0, 0, 1, 0, 0, 0},
	}}
	for _, f := range n.features { // of the timesteps
		for _, step := range v.indices["t"] {
			row := make([]float32, columns(f.input.Shape()))
			f.op.Fill(row, float64(step))
			v.floats[f.input.Name()] = append(v.floats[f.input.Name()], toFloat64(row)...)
		}
	}
	for _, node := range n.variables() {
		if node.Dtype() == tensor.Int32 || v.floats[node.Name()] != nil {
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

func (n testNet) variables() []*node {
	nodes := append(slices.Clone(n.inputs), n.parameters...)
	for _, f := range n.features {
		nodes = append(nodes, f.input)
	}
	return nodes
}

func (v numbers) bind(t testing.TB, n *node) {
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

// machine evaluates the loss and its gradients with respect to the nodes on Gorgonia's TapeMachine.
func (n testNet) machine(t testing.TB, v numbers, nodes ...*node) (loss float64, gradients map[string][]float64) {
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

// newProgram compiles the test net and fills the Program's inputs.
func newProgram(t testing.TB, loss string, v numbers) (*Program, []ops.Parameter) {
	t.Helper()
	record := recordTestNet(loss)
	layout, size := record.Builder().Layout()
	parameters := make([]float32, size)
	for _, p := range layout {
		copy(parameters[p.Offset:], float32s(v.floats[p.Name]))
	}
	program, err := Compile(record, testBatch, parameters)
	if err != nil {
		t.Fatal(err)
	}
	for name := range v.floats {
		copy(program.Float(name), float32s(v.floats[name]))
	}
	for name := range v.indices {
		copy(program.Index(name), v.indices[name])
	}
	var times []float64
	for _, step := range v.indices["t"] {
		times = append(times, float64(step))
	}
	labels := slices.Clone(v.indices["label"])
	for i, row := range labels {
		if row == testClasses {
			labels[i] = -1
		}
	}
	program.Condition(0, times, labels)
	if !slices.Equal(program.Index("t"), v.indices["t"]) || !slices.Equal(program.Index("label"), v.indices["label"]) {
		t.Fatal("Condition filled different indices")
	}
	return program, layout
}
