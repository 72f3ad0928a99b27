package graph

import (
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/kernel"
)

// The kernels of a Program against the plain loops on Gorgonia's TapeMachine, with the same graph and the same numbers.
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
	magnitude := 0.0 // a sum without signs, because weights have both
	for _, v := range program.RowLosses(testBatch) {
		magnitude += math.Abs(float64(v))
	}
	if math.Abs(loss-wantLoss) > tolerance*magnitude {
		t.Errorf("%s, %v: loss %v, on the machine %v", name, dtype, loss, wantLoss)
	}
	total := 0.0
	for _, p := range layout {
		got, scale := program.Gradient()[p.Offset:p.Offset+p.Size()], 0.0
		for _, w := range want[p.Name] {
			scale = max(scale, math.Abs(w))
			total += w * w
		}
		for i, w := range want[p.Name] {
			if math.Abs(float64(got[i])-w) > tolerance*scale {
				t.Errorf("%s, %v: gradient of %s[%d] = %v, on the machine %v", name, dtype, p.Name, i, got[i], w)
			}
		}
	}
	if math.Abs(squared-total) > tolerance*total {
		t.Errorf("%s, %v: squared norm %v, the machine's gradients have %v", name, dtype, squared, total)
	}
}

// testValues returns the numbers of the test net with a loss.
func testValues(loss string) numbers { return newTestNet(tensor.Float32, loss).values() }

// Rows are independent, and slabs reduce in order, so any partition gives the same bits.
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

// A short batch equals the whole batch with the last rows weighted 0.
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
	// Rows beyond the batch may hold anything.
	copy(short.Float("x")[rows*testDim:], []float32{float32(math.NaN()), 1e38})
	if again, _ := short.Run(&ws, rows); again != loss {
		t.Errorf("loss %v after rows beyond the batch changed, want %v", again, loss)
	}
}

// A batch run in parts, with an accumulated gradient, equals the whole batch up to rounding.
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
	for i, f := range whole.condition.features {
		copy(parts.condition.features[i].rows.Data, f.rows.RowRange(first, testBatch).Data)
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

// A second run must not add to the first gradient, and a layer must not overwrite its operand to add if another layer reads
// it or if it is an input.
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
			t.Errorf("%s: %v allocations per run", loss, n)
		}
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
