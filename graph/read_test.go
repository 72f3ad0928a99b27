package graph

import (
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/kernel"
	"euryale/ops"
)

// Gorgonia merges nodes with equal hashes. Equal operations must stay separate, and so must features of the time with the
// same name.
func TestEqualOperationsAreNotMerged(t *testing.T) {
	b := ops.NewBuilder()
	x, w, bias := b.Input("x", 2), b.Parameter("w", ops.Normal(1), 2, 2), b.Parameter("b", ops.Normal(1), 2)
	first := b.Linear("l", x, ops.Linear{Weight: w, Bias: bias})
	second := b.Linear("l", x, ops.Linear{Weight: w, Bias: bias})
	time := b.Time("time", 0)
	slow, fast := b.Sinusoids("f", time, []float64{1}), b.Sinusoids("f", time, []float64{2})
	sum := b.Add("sum", b.Add("layers", first, second), b.Add("times", slow, fast))
	loss := b.WeightedError("loss", ops.Squared(), sum, b.Input("target", 2), b.RowInput("weight"))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	net := readNet(loss, 2, tensor.Float32)
	for _, pair := range [][2]*ops.Node{{first, second}, {slow, fast}} {
		if net.at(pair[0]) == net.at(pair[1]) || net.at(pair[0]).ID() == net.at(pair[1]).ID() {
			t.Errorf("two layers %v became one node", pair[0])
		}
	}
}

// A Builder may hold more nodes than the loss needs, and several losses.
func TestReadTakesWhatTheLossNeeds(t *testing.T) {
	b := ops.NewBuilder()
	x, time, step, label := b.Input("x", 2), b.Time("time", 3), b.Step("step", 3), b.Label("label", 3)
	y := b.Linear("l", x, ops.Linear{Weight: b.Parameter("w", ops.Normal(1), 2, 2)})
	features := b.Sinusoids("features", time, []float64{1})
	first := b.WeightedError("first", ops.Squared(), b.Add("sum", y, features), b.Input("a", 2), b.RowInput("weight"))
	second := b.WeightedError("second", ops.Absolute(), y, b.Input("b", 2), b.RowInput("idle"))
	if b.Err() != nil {
		t.Fatal(b.Err(), step, label)
	}
	for _, loss := range []*ops.Node{first, second} {
		p, err := Compile(loss, 2, make([]float32, 16))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"x", "a", "b", "weight", "idle"} { // every input exists, whichever the loss
			if p.Float(name) == nil {
				t.Errorf("%v: no memory of %s", loss, name)
			}
		}
		c := &p.condition
		if n := len(c.features); n != 1 && loss == first || n != 0 && loss == second || c.steps != nil || c.labels != nil {
			t.Errorf("%v: conditions %+v", loss, p.condition)
		}
		p.Condition(0, []float64{0.5, -1}, []int32{99, -99}) // ignored: the loss depends on neither step nor label
	}
}

// A parameter is the weight of two layers, and the output of one is added twice: x·W·W + x·W + x·W.
func TestTiedWeights(t *testing.T) {
	b := ops.NewBuilder()
	x, w := b.Input("x", 1), b.Parameter("w", ops.Normal(1), 1, 1)
	h := b.Linear("first", x, ops.Linear{Weight: w})
	y := b.Add("residual", b.Linear("second", h, ops.Linear{Weight: w, Add: h}), h)
	loss := b.WeightedError("loss", ops.Squared(), y, b.Input("target", 1), b.RowInput("weight"))
	flat := make([]float32, 16)
	p, err := Compile(loss, 1, flat)
	if err != nil {
		t.Fatal(err)
	}
	flat[0] = 3
	copy(p.Float("x"), []float32{2})
	copy(p.Float("target"), []float32{29})
	copy(p.Float("weight"), []float32{1})
	var ws kernel.Workspace
	// y = 2·9 + 4·3 = 30, dy/dw = 2·2·3 + 4 = 16, the loss 1 and its derivative 2·16.
	if value, _ := p.Run(&ws, 1); value != 1 || p.Gradient()[0] != 32 {
		t.Errorf("loss %v with gradient %v, want 1 with 32", value, p.Gradient()[0])
	}
}

// Shapes whose axes have one element, which Gorgonia treats as vectors and scalars.
func TestSmallestShapes(t *testing.T) {
	for _, batch := range []int{1, 2} {
		for _, width := range []int{1, 2} {
			b := ops.NewBuilder()
			x, w := b.Input("x", width), b.Parameter("w", ops.Normal(1), width, width)
			h := b.SiLU("s", b.Linear("l", x, ops.Linear{Weight: w}))
			y := b.ReLU("r", b.Add("both", b.Add("twice", h, h), x))
			y = b.Linear("m", y, ops.Linear{Weight: w, Add: h})
			loss := b.WeightedError("loss", ops.Squared(), y, b.Input("target", width), b.RowInput("weight"))
			flat := make([]float32, 16)
			for i := range flat {
				flat[i] = 0.5
			}
			p, err := Compile(loss, batch, flat)
			if err != nil {
				t.Fatalf("batch %d, width %d: %v", batch, width, err)
			}
			for _, name := range []string{"x", "target", "weight"} {
				for i := range p.Float(name) {
					p.Float(name)[i] = 1 + float32(i)
				}
			}
			var ws kernel.Workspace
			value, _ := p.Run(&ws, batch)
			first := slices.Clone(p.Gradient())
			if again, _ := p.Run(&ws, batch); value <= 0 || again != value || !slices.Equal(first, p.Gradient()) || first[0] == 0 {
				t.Errorf("batch %d, width %d: loss %v, then %v; gradient %v, then %v", batch, width, value, again, first, p.Gradient())
			}
		}
	}
}

func TestCompileErrors(t *testing.T) {
	record := func() (b *ops.Builder, y, loss *ops.Node) {
		b = ops.NewBuilder()
		weight, bias := b.Parameter("w", ops.Normal(1), 3, 2), b.Parameter("b", ops.Normal(1), 2)
		y = b.Linear("l", b.Input("x", 3), ops.Linear{Weight: weight, Bias: bias})
		return b, y, b.WeightedError("loss", ops.Squared(), y, b.Input("target", 2), b.RowInput("weight"))
	}
	b, y, loss := record()
	for _, test := range []struct {
		name        string
		loss        *ops.Node
		batch, size int
		want        string
	}{
		{"short memory", loss, 4, 8, "expected memory of 32 float32 for the parameters, got 8"},
		{"no loss", nil, 4, 32, "the loss is nil"},
		{"a loss of another kind", y, 4, 32, `expected a loss from WeightedError, CrossEntropy, LearnedRange, MixedError or MultinomialError, got "l" [2]`},
		{"empty batch", loss, 0, 32, "expected a batch of at least one row, got 0"},
	} {
		if _, err := Compile(test.loss, test.batch, make([]float32, test.size)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
	b.Parameter("unused", ops.Normal(1), 3)
	_, err := Compile(loss, 4, make([]float32, 48))
	if err == nil || !strings.Contains(err.Error(), `does not depend on the parameter "unused"`) {
		t.Errorf("a parameter that the loss does not depend on: %v", err)
	}
	b.Fail("broken")
	if _, err := Compile(loss, 4, make([]float32, 48)); err == nil || !strings.Contains(err.Error(), "broken") {
		t.Errorf("a Builder with an error: %v", err)
	}
	// Program.Condition fills at most one step and one label.
	for what, index := range map[string]func(b *ops.Builder, name string) *ops.Node{
		"step":  func(b *ops.Builder, name string) *ops.Node { return b.Step(name, 4) },
		"label": func(b *ops.Builder, name string) *ops.Node { return b.Label(name, 3) },
	} {
		b := ops.NewBuilder()
		lookup := func(name string) ops.Lookup {
			return ops.Lookup{Table: b.Parameter(name+".t", ops.Normal(1), 4, 2), Index: index(b, name)}
		}
		y := b.Embedding("l", nil, lookup("one"), lookup("other"))
		loss := b.WeightedError("loss", ops.Squared(), y, b.Input("target", 2), b.RowInput("weight"))
		if _, err := Compile(loss, 4, make([]float32, 32)); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("two inputs of a %s: %v", what, err)
		}
	}
	// A parameter that only the target depends on, so it has no gradient.
	b, _, _ = record()
	through := b.Linear("t", b.Input("z", 3), ops.Linear{Weight: b.Parameter("v", ops.Normal(1), 3, 3)})
	data := b.WeightedError("data", ops.Squared(), b.Input("y", 3), through, b.RowInput("v weight"))
	if _, err := Compile(data, 4, make([]float32, 48)); err == nil {
		t.Error("a parameter without a gradient: no error")
	}
	// An operation that a Program cannot run: the error names it.
	_, y, loss = record()
	net := readNet(loss, 4, tensor.Float32)
	odd, err := gorgonia.Tanh(net.at(y))
	if err != nil {
		t.Fatal(err)
	}
	operands := []*node{odd, net.inputs[1], net.inputs[2]}
	head := net.batchSum("loss", net.apply("loss", &rowLossOp{net.op("rowLoss", tensor.Shape{4}, operands...), ops.Squared()}, operands...))
	if _, err := net.compile(head, make([]float32, 32)); err == nil || !strings.Contains(err.Error(), "tanh") {
		t.Errorf("tanh: %v", err)
	}
}

// foreign is an operation that this package does not implement.
type foreign struct{ ops.SiLU }

// An unknown operation is an error that names the layer.
func TestUnknownOperation(t *testing.T) {
	b := ops.NewBuilder()
	y := b.SiLU("odd", b.Linear("l", b.Input("x", 3), ops.Linear{Weight: b.Parameter("w", ops.Normal(1), 3, 2)}))
	loss := b.WeightedError("loss", ops.Squared(), y, b.Input("target", 2), b.RowInput("weight"))
	y.Op = foreign{y.Op.(ops.SiLU)}
	_, err := Compile(loss, 4, make([]float32, 16))
	if err == nil || !strings.Contains(err.Error(), `layer "odd": package graph does not implement the operation graph.foreign`) {
		t.Errorf("error %v", err)
	}
}
