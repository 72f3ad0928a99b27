package graph

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/kernel"
)

func shapeSize(shape []int) int {
	n := 1
	for _, s := range shape {
		n *= s
	}
	return n
}

// The kernels of a Program against the plain loops on Gorgonia's TapeMachine, from one graph and one set of
// numbers.
func TestProgramAgainstTapeMachine(t *testing.T) {
	const tolerance = 1e-5
	for name := range losses {
		for _, dtype := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			againstTapeMachine(t, name, dtype, tolerance)
		}
	}
}

func againstTapeMachine(t *testing.T, name string, dtype tensor.Dtype, tolerance float64) {
	net := newTestNet(dtype, name)
	v := net.values()
	wantLoss, want := net.machine(t, v, net.parameters...)
	program, layout := newProgram(t, name, v)
	var ws kernel.Workspace
	loss, squared := program.Run(&ws, testBatch)
	magnitude := 0.0 // the weights have either sign
	for _, v := range program.RowLosses(testBatch) {
		magnitude += math.Abs(float64(v))
	}
	if math.Abs(loss-wantLoss) > tolerance*magnitude {
		t.Errorf("%s, %v: loss %v, the machine says %v", name, dtype, loss, wantLoss)
	}
	total := 0.0
	for _, p := range layout {
		got, scale := program.Gradient()[p.Offset:p.Offset+shapeSize(p.Shape)], 0.0
		for _, w := range want[p.Name] {
			scale = max(scale, math.Abs(w))
			total += w * w
		}
		for i, w := range want[p.Name] {
			if math.Abs(float64(got[i])-w) > tolerance*scale {
				t.Errorf("%s, %v: gradient of %s[%d] = %v, the machine says %v", name, dtype, p.Name, i, got[i], w)
			}
		}
	}
	if math.Abs(squared-total) > tolerance*total {
		t.Errorf("%s, %v: squared norm %v, the machine's gradients have %v", name, dtype, squared, total)
	}
}

// testValues are the numbers of the test net under a loss.
func testValues(loss string) numbers { return newTestNet(tensor.Float32, loss).values() }

// Rows are independent and slabs reduce in order: any partition gives the same bits.
func TestPartitionsAgree(t *testing.T) {
	for loss := range losses {
		v := testValues(loss)
		whole, _ := newProgram(t, loss, v)
		var ws kernel.Workspace
		wantLoss, _ := whole.Run(&ws, testBatch)
		for cut := range testBatch {
			parts, _ := newProgram(t, loss, v)
			parts.RunRows(&ws, cut, testBatch)
			parts.RunRows(&ws, 0, cut)
			for i := parts.Tasks() - 1; i >= 0; i-- {
				parts.RunTask(&ws, i, testBatch, false)
			}
			if parts.Loss(testBatch) != wantLoss || !slices.Equal(parts.Gradient(), whole.Gradient()) {
				t.Errorf("%s, cut at row %d: the result differs from the whole batch", loss, cut)
			}
		}
	}
}

// A short batch is the same batch with its last rows weighted 0.
func TestShortBatch(t *testing.T) {
	v := testValues("squared")
	const rows = 3
	short, layout := newProgram(t, "squared", v)
	var ws kernel.Workspace
	loss, _ := short.Run(&ws, rows)
	for r := rows; r < testBatch; r++ {
		v.floats["weight"][r] = 0
	}
	net := newTestNet(tensor.Float64, "squared")
	wantLoss, want := net.machine(t, v, net.parameters...)
	if math.Abs(loss-wantLoss) > 1e-5*math.Abs(wantLoss) {
		t.Errorf("loss %v, want %v", loss, wantLoss)
	}
	for _, p := range layout {
		for i, w := range want[p.Name] {
			if got := float64(short.Gradient()[p.Offset+i]); math.Abs(got-w) > 1e-4*(1+math.Abs(w)) {
				t.Errorf("gradient of %s[%d] = %v, want %v", p.Name, i, got, w)
			}
		}
	}
	// Rows that are not part of the batch may hold anything.
	copy(short.Float("x")[rows*testDim:], []float32{float32(math.NaN()), 1e38})
	if again, _ := short.Run(&ws, rows); again != loss {
		t.Errorf("loss %v after rows beyond the batch changed, want %v", again, loss)
	}
}

// A batch that is run in parts, the gradient accumulating, is the whole batch up to rounding.
func TestAccumulate(t *testing.T) {
	v := testValues("squared")
	whole, _ := newProgram(t, "squared", v)
	var ws kernel.Workspace
	wantLoss, _ := whole.Run(&ws, testBatch)
	parts, _ := newProgram(t, "squared", v)
	const first = 2
	loss, _ := parts.Run(&ws, first)
	for _, n := range newTestNet(tensor.Float32, "squared").inputs {
		if x := whole.Float(n.Name()); x != nil {
			copy(parts.Float(n.Name()), x[first*columns(n.Shape()):])
		} else {
			copy(parts.Index(n.Name()), whole.Index(n.Name())[first:])
		}
	}
	parts.RunRows(&ws, 0, testBatch-first)
	squared := 0.0
	for i := range parts.Tasks() {
		parts.RunTask(&ws, i, testBatch-first, true)
		squared += parts.SquaredNorm(i)
	}
	if loss += parts.Loss(testBatch - first); math.Abs(loss-wantLoss) > 1e-5*math.Abs(wantLoss) {
		t.Errorf("loss %v, want %v", loss, wantLoss)
	}
	norm := math.Sqrt(squared)
	for i, want := range whole.Gradient() {
		if got := parts.Gradient()[i]; math.Abs(float64(got-want)) > 1e-6*norm {
			t.Fatalf("gradient[%d] = %v, want %v", i, got, want)
		}
	}
}

// Traps: a program that is run twice must not add to its first gradient; a layer must not write where rows stand that it
// adds, when another layer reads them or when they are an input.
func TestRunIsRepeatable(t *testing.T) {
	program, _ := newProgram(t, "squared", testValues("squared"))
	var ws kernel.Workspace
	loss, _ := program.Run(&ws, testBatch)
	first := slices.Clone(program.Gradient())
	if again, _ := program.Run(&ws, testBatch); again != loss || !slices.Equal(first, program.Gradient()) {
		t.Error("the second run differs from the first")
	}
}

func TestRunDoesNotAllocate(t *testing.T) {
	for loss := range losses {
		program, _ := newProgram(t, loss, testValues(loss))
		var ws kernel.Workspace
		if n := testing.AllocsPerRun(100, func() { program.Run(&ws, testBatch) }); n != 0 {
			t.Errorf("%s: %v allocations in a run", loss, n)
		}
	}
}

// Gorgonia merges nodes of equal hashes. Operations that are alike in everything must stay apart.
func TestEqualOperationsAreNotMerged(t *testing.T) {
	b := NewBuilder(2)
	x, w, bias := b.Input("x", 2), b.Parameter("w", 2, 2), b.Parameter("b", 2)
	first := b.Linear("l", x, Layer{Weight: w, Bias: bias})
	second := b.Linear("l", x, Layer{Weight: w, Bias: bias})
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	if first == second || first.ID() == second.ID() {
		t.Error("two layers became one node")
	}
}

func TestBuilderErrors(t *testing.T) {
	tests := []struct {
		name  string
		build func(b *Builder)
		want  string
	}{
		{"weight", func(b *Builder) {
			b.Linear("linears.2", b.Input("x", 3), Layer{Weight: b.Parameter("w", 4, 5), Bias: b.Parameter("b", 5)})
		}, `layer "linears.2": an input of shape (8, 3) needs a weight [3, out], got (4, 5)`},
		{"bias", func(b *Builder) {
			b.Linear("linears.2", b.Input("x", 3), Layer{Weight: b.Parameter("w", 3, 5), Bias: b.Parameter("b", 4)})
		}, `needs a bias [5], got (4)`},
		{"table", func(b *Builder) {
			b.Linear("l", b.Input("x", 3), Layer{Weight: b.Parameter("w", 3, 5), Bias: b.Parameter("b", 5), Table: b.Parameter("e", 9, 4), Index: b.IndexInput("t")})
		}, `layer "l": a weight of shape (3, 5) needs an embedding table [steps, 5], got (9, 4)`},
		{"index missing", func(b *Builder) {
			b.Linear("l", b.Input("x", 3), Layer{Weight: b.Parameter("w", 3, 5), Bias: b.Parameter("b", 5), Table: b.Parameter("e", 9, 5)})
		}, `layer "l": argument 4 is nil`},
		{"rows to add", func(b *Builder) {
			b.Linear("l", b.Input("x", 3), Layer{Weight: b.Parameter("w", 3, 5), Add: b.Input("a", 4)})
		}, `layer "l": a weight of shape (3, 5) needs rows to add of shape [8, 5], got (8, 4)`},
		{"neither bias nor rows to add", func(b *Builder) {
			b.Linear("l", b.Input("x", 3), Layer{Weight: b.Parameter("w", 3, 5)})
		}, `layer "l": argument 2 is nil`},
		{"index is a float", func(b *Builder) {
			b.Embedding("l", nil, Lookup{b.Parameter("e", 9, 5), b.RowInput("t")})
		}, `layer "l": expected an index of 8 rows from IndexInput`},
		{"no table", func(b *Builder) { b.Embedding("l", nil) }, `layer "l": an embedding needs a table`},
		{"tables of two widths", func(b *Builder) {
			t := b.IndexInput("t")
			b.Embedding("l", nil, Lookup{b.Parameter("e", 9, 5), t}, Lookup{b.Parameter("f", 9, 4), t})
		}, `layer "l": the tables must be [rows, dim] with one dim, got shapes (9, 5) and (9, 4)`},
		{"bias of an embedding", func(b *Builder) {
			b.Embedding("l", b.Parameter("b", 4), Lookup{b.Parameter("e", 9, 5), b.IndexInput("t")})
		}, `layer "l": a table of shape (9, 5) needs a bias [5], got (4)`},
		{"vector input", func(b *Builder) {
			b.Linear("l", b.RowInput("x"), Layer{Weight: b.Parameter("w", 3, 5), Bias: b.Parameter("b", 5)})
		}, `layer "l": the input must be [batch, in], got shape (8)`},
		{"target", func(b *Builder) {
			b.WeightedError("loss", Squared(), b.Input("y", 3), b.Input("target", 2), b.RowInput("w"))
		}, `layer "loss": the prediction has shape (8, 3), the target (8, 2)`},
		{"weights of rows", func(b *Builder) {
			b.WeightedError("loss", Squared(), b.Input("y", 3), b.Input("target", 3), b.Input("w", 2))
		}, `must be [8], one number a row, got shape (8, 2)`},
		{"delta", func(b *Builder) {
			b.WeightedError("loss", Huber(0), b.Input("y", 3), b.Input("target", 3), b.RowInput("w"))
		}, `layer "loss": Huber's delta must be positive and finite, got 0`},
		{"logits", func(b *Builder) {
			b.CrossEntropy("loss", b.RowInput("y"), b.IndexInput("label"), b.RowInput("w"))
		}, `layer "loss": the logits must be [batch, classes], got shape (8)`},
		{"label", func(b *Builder) {
			b.CrossEntropy("loss", b.Input("y", 3), b.RowInput("label"), b.RowInput("w"))
		}, `layer "loss": expected an index of 8 rows from IndexInput`},
		{"weight of a class", func(b *Builder) {
			b.CrossEntropy("loss", b.Input("y", 3), b.IndexInput("label"), b.IndexInput("w"))
		}, `one number a row, got shape (8) of int32`},
		{"odd prediction", func(b *Builder) {
			w := b.RowInput("w")
			b.LearnedRange("loss", LearnedRange{b.Input("y", 5), b.Input("target", 2), w, w, w, w, w, w, w})
		}, `layer "loss": the prediction has shape (8, 5), the target (8, 2); expected [batch, 2·dim] and [batch, dim]`},
		{"bound", func(b *Builder) {
			w := b.RowInput("w")
			b.LearnedRange("loss", LearnedRange{b.Input("y", 4), b.Input("target", 2), w, w, w, w, w, w, b.Input("constant", 2)})
		}, `must be [8], one number a row, got shape (8, 2)`},
		{"sum", func(b *Builder) { b.Add("skip", b.Input("x", 3), b.Input("y", 2)) }, `layer "skip": cannot add shapes (8, 3) and (8, 2)`},
		{"name twice", func(b *Builder) { b.Input("x", 3); b.Parameter("x", 3) }, `"x": a variable needs a name of its own`},
		{"empty axis", func(b *Builder) { b.Parameter("w", 3, 0) }, `"w": every axis needs at least one element`},
		{"three axes", func(b *Builder) { b.Parameter("w", 3, 1, 1) }, `"w": expected one or two axes`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := NewBuilder(8)
			test.build(b)
			if b.Err() == nil || !strings.Contains(b.Err().Error(), test.want) {
				t.Errorf("error %v, want %s", b.Err(), test.want)
			}
			if n := b.Input("later", 1); n != nil {
				t.Error("the builder goes on after an error")
			}
			if _, err := Compile(b, nil, nil); err != b.Err() {
				t.Errorf("Compile returns %v", err)
			}
		})
	}
	if err := NewBuilder(0).Err(); err == nil {
		t.Error("an empty batch was accepted")
	}
}

func TestCompileErrors(t *testing.T) {
	build := func() (*Builder, *Node) {
		b := NewBuilder(4)
		y := b.Linear("l", b.Input("x", 3), Layer{Weight: b.Parameter("w", 3, 2), Bias: b.Parameter("b", 2)})
		return b, b.WeightedError("loss", Squared(), y, b.Input("target", 2), b.RowInput("weight"))
	}
	b, loss := build()
	if _, err := Compile(b, loss, make([]float32, 8)); err == nil || !strings.Contains(err.Error(), "the parameters need 32 float32, got 8") {
		t.Errorf("short memory: %v", err)
	}
	if _, err := Compile(b, nil, make([]float32, 32)); err == nil {
		t.Error("no loss: no error")
	}
	if _, err := Compile(b, b.inputs[0], make([]float32, 32)); err == nil || !strings.Contains(err.Error(), "WeightedError") {
		t.Errorf("a loss of another kind: %v", err)
	}
	b, loss = build()
	b.Parameter("unused", 3)
	if _, err := Compile(b, loss, make([]float32, 48)); err == nil || !strings.Contains(err.Error(), "unused") {
		t.Errorf("a parameter without influence: %v", err)
	}
	// An operation that a Program cannot run: it says which.
	b = NewBuilder(4)
	x, w, bias := b.Input("x", 3), b.Parameter("w", 3, 2), b.Parameter("b", 2)
	y, err := gorgonia.Tanh(b.Linear("l", x, Layer{Weight: w, Bias: bias}))
	if err != nil {
		t.Fatal(err)
	}
	loss = b.WeightedError("loss", Squared(), y, b.Input("target", 2), b.RowInput("weight"))
	if _, err := Compile(b, loss, make([]float32, 32)); err == nil || !strings.Contains(err.Error(), "tanh") {
		t.Errorf("tanh: %v", err)
	}
}

func BenchmarkTapeMachine(b *testing.B) {
	net := newTestNet(tensor.Float32, "squared")
	v := net.values()
	if _, err := gorgonia.Grad(net.loss, net.parameters...); err != nil {
		b.Fatal(err)
	}
	for _, node := range net.variables() {
		v.bind(b, node)
	}
	vm := gorgonia.NewTapeMachine(net.graph)
	defer vm.Close()
	b.ReportAllocs()
	for b.Loop() {
		if err := vm.RunAll(); err != nil {
			b.Fatal(err)
		}
		vm.Reset()
	}
}

func BenchmarkProgram(b *testing.B) {
	program, _ := newProgram(b, "squared", testValues("squared"))
	var ws kernel.Workspace
	b.ReportAllocs()
	for b.Loop() {
		program.Run(&ws, testBatch)
	}
}
