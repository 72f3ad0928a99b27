package kernel

import (
	"runtime/debug"
	"testing"
)

// No convolution reads or writes outside its operands, and no packing outside the weights.
func TestNoConvolutionAccessOutsideOperands(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	var f [8]fence
	for i := range f {
		f[i] = newFence(t, 1<<15)
	}
	check := func(t *testing.T, s shape, number int, behind bool) {
		defer func() {
			if fault := recover(); fault != nil {
				t.Fatalf("%v: %v", s, fault)
			}
		}()
		c, extra := s.convolution(), number%2*3
		px, py := s.pixels()
		matrix := func(i, rows, cols int) Matrix { return f[i].matrix(rows, cols, cols+extra, behind) }
		x, y, w := matrix(0, px, s.in), matrix(1, py, s.out), matrix(2, s.kernel*s.kernel*s.in, s.out)
		var ws Workspace
		var weights ConvolutionWeights
		weights.Pack(c, w, true)
		e := &Epilogue{
			Bias: f[3].slice(s.out, behind), Table: matrix(4, 3, s.out), Index: make([]int32, py), Add: matrix(5, py, s.out),
			ReLU: true, Mask: matrix(6, py, s.out), Scale: matrix(7, py, s.out), Accumulate: number%3 == 0,
		}
		for i := range e.Index {
			e.Index[i] = int32(i % 3)
		}
		c.Forward(&ws, y, x, &weights, e)
		c.Forward(&ws, y, x, &weights, &Epilogue{Bias: e.Bias})
		c.InputGradient(&ws, x, y, &weights, number%3 == 0)
		c.WeightGradient(&ws, w, x, y, number%3 == 0)
	}
	onEveryPath(t, func(t *testing.T) {
		for number, s := range append(shapes(), shape{3, 3, 3, 13, 95, 3, 1, 1, true}, shape{3, 4, 4, 6, 80, 3, 2, 1, false}) {
			check(t, s, number, false)
			check(t, s, number, true)
		}
	})
}
