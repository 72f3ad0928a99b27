package graph

import (
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// testNet is a graph over every operation of the package: two layers, one with all that a layer can have, one
// bare; an embedding that is gathered and added; a table, a weight and an activation that are used twice.
type testNet struct {
	*Builder
	loss *Node
}

const (
	testBatch = 5
	testSteps = 4
	testDim   = 3
	testWidth = 6
)

func newTestNet(dtype tensor.Dtype) testNet {
	b := newBuilder(testBatch, dtype)
	x, target, weight, t := b.Input("x", testDim), b.Input("target", testDim), b.RowInput("weight"), b.IndexInput("t")
	w0, b0 := b.Parameter("w0", testDim, testWidth), b.Parameter("b0", testWidth)
	w1, b1 := b.Parameter("w1", testWidth, testWidth), b.Parameter("b1", testWidth)
	w2, b2 := b.Parameter("w2", testWidth, testDim), b.Parameter("b2", testDim)
	e0, e1 := b.Parameter("e0", testSteps, testWidth), b.Parameter("e1", testSteps, testWidth)

	h := b.Linear("first", x, Layer{Weight: w0, Bias: b0, Table: e0, Index: t, ReLU: true})
	skip := h
	h = b.Linear("second", h, Layer{Weight: w1, Bias: b1, Table: e0, Index: t, ReLU: true})
	h = b.Linear("third", h, Layer{Weight: w1, Bias: b1, ReLU: true})
	h = b.Add("embed", h, b.Embedding("gather", e1, t))
	h = b.Add("skip", h, skip)
	y := b.Linear("last", h, Layer{Weight: w2, Bias: b2})
	return testNet{b, b.WeightedSquaredError("loss", y, target, weight)}
}

// values draws inputs and parameters; the same numbers whatever the element type.
func (n testNet) values() (floats map[string][]float64, index []int32) {
	r := rand.New(rand.NewPCG(1, 2))
	floats = map[string][]float64{}
	for _, node := range append(append([]*Node{}, n.inputs...), n.parameters...) {
		if node.Dtype() == tensor.Int32 {
			index = []int32{2, 0, 2, 3, 0} // repeats, and a row that is never used
			continue
		}
		v := make([]float64, node.Shape().TotalSize())
		for i := range v {
			v[i] = float64(float32(r.NormFloat64()))
		}
		floats[node.Name()] = v
	}
	return floats, index
}

func bind(t *testing.T, n *Node, floats map[string][]float64, index []int32) {
	t.Helper()
	var backing any = index
	if v, ok := floats[n.Name()]; ok {
		backing = append([]float64{}, v...)
		if n.Dtype() == tensor.Float32 {
			backing = float32s(v)
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

// machine evaluates the loss and, if asked, its gradients on Gorgonia's TapeMachine.
func (n testNet) machine(t *testing.T, floats map[string][]float64, index []int32, differentiate bool) (loss float64, gradients map[string][]float64) {
	t.Helper()
	if n.err != nil {
		t.Fatal(n.err)
	}
	var lossValue gorgonia.Value
	reads := make([]gorgonia.Value, len(n.parameters))
	if differentiate {
		nodes, err := gorgonia.Grad(n.loss, n.parameters...)
		if err != nil {
			t.Fatal(err)
		}
		for i, g := range nodes {
			gorgonia.Read(g, &reads[i])
		}
	}
	gorgonia.Read(n.loss, &lossValue)
	for _, node := range append(append([]*Node{}, n.inputs...), n.parameters...) {
		bind(t, node, floats, index)
	}
	vm := gorgonia.NewTapeMachine(n.graph)
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		t.Fatal(err)
	}
	gradients = map[string][]float64{}
	for i, p := range n.parameters {
		if differentiate {
			gradients[p.Name()] = toFloat64(reads[i].Data())
		}
	}
	return toFloat64(lossValue.Data())[0], gradients
}

func toFloat64(data any) []float64 {
	switch v := data.(type) {
	case []float64:
		return append([]float64{}, v...)
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

// The symbolic gradients, run in float64 on Gorgonia's machine, against central differences of the loss.
func TestGradientsByFiniteDifferences(t *testing.T) {
	floats, index := newTestNet(tensor.Float64).values()
	_, gradients := newTestNet(tensor.Float64).machine(t, floats, index, true)
	for name, gradient := range gradients {
		for i, got := range gradient {
			const h = 1e-5
			at := floats[name][i]
			floats[name][i] = at + h
			above, _ := newTestNet(tensor.Float64).machine(t, floats, index, false)
			floats[name][i] = at - h
			below, _ := newTestNet(tensor.Float64).machine(t, floats, index, false)
			floats[name][i] = at
			if want := (above - below) / (2 * h); math.Abs(got-want) > 1e-6*(1+math.Abs(want)) {
				t.Errorf("d loss / d %s[%d] = %v, by differences %v", name, i, got, want)
			}
		}
	}
}

// newProgram compiles the test net in float32 and fills its memory.
func newProgram(t testing.TB, floats map[string][]float64, index []int32) (*Program, []Parameter) {
	t.Helper()
	net := newTestNet(tensor.Float32)
	layout, size := net.Layout()
	parameters := make([]float32, size)
	for _, p := range layout {
		copy(parameters[p.Offset:], float32s(floats[p.Name]))
	}
	program, err := Compile(net.Builder, net.loss, parameters)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"x", "target", "weight"} {
		copy(program.Float(name), float32s(floats[name]))
	}
	copy(program.Index("t"), index)
	return program, layout
}
