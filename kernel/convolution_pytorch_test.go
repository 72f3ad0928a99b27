package kernel

import (
	"fmt"
	"testing"
)

// Small integers, for which every path is exact. Computed by PyTorch 1.13:
//
//	x = (torch.arange(h*w*2) % 7 - 3).reshape(1, h, w, 2)             # permuted to [1, 2, h, w]
//	weight = (torch.arange(9*2*3) % 5 - 2).reshape(3, 3, 2, 3)        # permuted to [3, 2, 3, 3]
//	d = (torch.arange(y.numel()) % 4 - 1).reshape(1, H, W, 3)         # y.backward(d)
//	y = conv2d(x, weight, padding=1)
//	y = conv2d(pad(x, (0, 1, 0, 1)), weight, stride=2)
//	y = conv2d(interpolate(x, scale_factor=2, mode="nearest"), weight, padding=1)
func TestConvolutionsAgainstPyTorch(t *testing.T) {
	integers := func(rows, cols, modulus, shift int) Matrix {
		m := NewMatrix(rows, cols)
		for i := range m.Data {
			m.Data[i] = float32(i%modulus - shift)
		}
		return m
	}
	onEveryPath(t, func(t *testing.T) {
		for _, test := range []struct {
			shape
			y, dx, dw []float32
		}{
			{shape{1, 4, 4, 2, 3, 3, 1, 1, false},
				[]float32{-3, 4, -4, -6, 4, -1, -13, -20, 18, 13, -14, -16, -5, 9, -7, 2, 4, -4, 26, -1, 22, -23, 22, 2, -7, 9, -5, -14,
					-23, 23, 24, -21, -21, -1, 20, -19, -4, 4, -3, 18, 1, 14, -12, 17, -4, -12, -11, 10},
				[]float32{-4, -3, 11, 9, -10, -4, -6, 4, -4, 5, 5, 7, -8, -14, 6, 1, -4, 5, 5, 7, -8, -14, 6, 1, -3, 8, 9, -8, -4, -8,
					4, 9},
				[]float32{-12, 12, 12, -3, 11, 1, 12, 10, -16, 11, -5, -17, 10, -10, 2, -5, -14, 9, -10, 13, 4, 2, 14, -6, 13, 1, -15,
					14, -12, -14, 1, -9, 5, -12, -12, 12, -3, 11, 1, 6, 10, -10, 11, -5, -17, 10, -13, -4, -5, -14, 9, -13, -4, 9}},
			{shape{1, 4, 4, 2, 3, 3, 2, 0, false},
				[]float32{2, 4, -4, -23, 22, 2, 18, 1, 14, -12, -11, 10},
				[]float32{2, -3, 2, -3, -1, 2, -2, 6, -3, 2, -3, 2, 2, -5, 6, -1, -2, 4, 0, 1, -6, 2, 1, -7, 7, -2, -1, 0, -6, 9, -4, 5},
				[]float32{4, 0, 4, 6, -5, -8, 8, -3, -6, -4, 6, -4, 2, 6, -2, -5, -6, 5, 6, -5, -8, 8, -3, -6, -4, 6, -4, -2, 8, -2, -5,
					-6, 5, -5, -4, 5, 7, -3, -1, -6, 3, 0, -5, 2, 1, -4, 1, 2, -3, 0, 3, 3, 0, -3}},
			{shape{1, 2, 2, 2, 3, 3, 1, 1, true},
				[]float32{1, -4, 1, -3, 0, -2, -3, -2, 4, -2, -1, 0, -4, 7, -2, 3, 2, -4, 19, 3, 2, -3, 13, 14, 0, 7, -6, 0, -4, 2, 16,
					-10, -6, 12, 10, -7, 1, -2, 0, 1, -2, 10, -7, -1, 5, -6, -6, -6},
				[]float32{8, 18, -18, -13, 7, 12, -2, -12},
				[]float32{-15, -4, 7, -6, -5, -4, -4, 8, -4, -5, -7, -5, 8, 1, -6, -7, -3, 1, -12, 0, 12, 0, -6, -12, 0, 16, 0, -6, -18,
					-6, 16, 4, -8, -18, -6, 6, -3, 4, 11, 6, -4, -14, 4, 16, 4, -4, -20, -4, 16, 5, -6, -20, -6, 8}},
		} {
			var ws Workspace
			var weights ConvolutionWeights
			c := test.convolution()
			px, py := test.pixels()
			x, w, d := integers(px, 2, 7, 3), integers(18, 3, 5, 2), integers(py, 3, 4, 1)
			weights.Pack(c, w, true)
			y, dx, dw := NewMatrix(py, 3), NewMatrix(px, 2), NewMatrix(18, 3)
			c.Forward(&ws, y, x, &weights, nil)
			c.InputGradient(&ws, dx, d, &weights, false)
			c.WeightGradient(&ws, dw, x, d, false)
			for what, pair := range map[string][2][]float32{"y": {y.Data, test.y}, "dx": {dx.Data, test.dx}, "dw": {dw.Data, test.dw}} {
				if got, want := fmt.Sprint(pair[0]), fmt.Sprint(pair[1]); got != want {
					t.Errorf("%v: %s = %s, want %s", test.shape, what, got, want)
				}
			}
		}
	})
}
