package main

import (
	"fmt"

	"euryale/kernel"
)

// shape is that of a convolution of square images, with as many zeros around them as keep their size; with stride 2 the sides
// of the output are half as long.
type shape struct{ size, in, out, kernel, stride int }

// shapes are convolutions of the nets of images. Others have the products of the first and the last layer of these nets, and
// of larger ones.
var shapes = []shape{
	{28, 32, 32, 3, 1}, {28, 64, 32, 3, 1}, {28, 96, 32, 3, 1}, {14, 64, 64, 3, 1}, {14, 128, 64, 3, 1}, {7, 64, 64, 3, 1},
	{7, 128, 64, 3, 1}, {7, 256, 128, 3, 1}, {32, 64, 64, 3, 1}, {32, 128, 64, 3, 1}, {16, 128, 128, 3, 1},
	{28, 32, 32, 3, 2}, {14, 128, 64, 1, 1}, {28, 1, 32, 3, 1}, {28, 32, 1, 3, 1},
}

// String is what shapeOf reads.
func (s shape) String() string {
	return fmt.Sprintf("%d-%d-%d-%d-%d", s.size, s.in, s.out, s.kernel, s.stride)
}

func shapeOf(text string) (s shape, err error) {
	if _, err := fmt.Sscanf(text, "%d-%d-%d-%d-%d", &s.size, &s.in, &s.out, &s.kernel, &s.stride); err != nil {
		return s, fmt.Errorf("bench: shape %q: %w", text, err)
	}
	return s, nil
}

func (s shape) title() string {
	stride := ""
	if s.stride > 1 {
		stride = fmt.Sprintf(", stride %d", s.stride)
	}
	return fmt.Sprintf("convolution %d×%d, %d×%d pixels, %d → %d channels%s", s.kernel, s.kernel, s.size, s.size, s.in, s.out, stride)
}

// padding is the number of zeros before the first row and column.
func (s shape) padding() int {
	if s.stride > 1 {
		return 0 // they are after the last
	}
	return s.kernel / 2
}

// flop counts multiplications and additions per image, without those with the zeros around it.
func (s shape) flop() float64 {
	taps := 0 // of rows, and of columns
	for i := 0; i < s.size; i += s.stride {
		for u := range s.kernel {
			if at := i + u - s.padding(); at >= 0 && at < s.size {
				taps++
			}
		}
	}
	return 2 * float64(taps*taps*s.in*s.out)
}

// products of a convolution.
var products = []string{"forward", "input gradient", "weight gradient"}

func rateOf(product string) string { return "GFLOP/s " + product }

// convolutionChild computes the three products of a convolution of a batch of images.
func convolutionChild(t task, _ int) (figures, error) {
	if _, err := kernel.Path(); err != nil {
		return nil, err
	}
	s, err := shapeOf(t.shape)
	if err != nil {
		return nil, err
	}
	c := kernel.NewConvolution(s.size, s.size, s.in, s.out, s.kernel, s.stride, s.padding(), false)
	rows, side := t.batch*s.size*s.size, s.size/s.stride
	x, dx := kernel.NewMatrix(rows, s.in), kernel.NewMatrix(rows, s.in)
	d, y := kernel.NewMatrix(t.batch*side*side, s.out), kernel.NewMatrix(t.batch*side*side, s.out)
	w, dw := kernel.NewMatrix(s.kernel*s.kernel*s.in, s.out), kernel.NewMatrix(s.kernel*s.kernel*s.in, s.out)
	for _, m := range []kernel.Matrix{x, d, w} {
		for i := range m.Data {
			m.Data[i] = float32(i%1000)/1000 - 0.5
		}
	}
	var ws kernel.Workspace
	var packed kernel.ConvolutionWeights
	packed.Pack(c, w, true)
	e := &kernel.Epilogue{Bias: make([]float32, s.out)}
	f := figures{}
	for i, call := range []func(){
		func() { c.Forward(&ws, y, x, &packed, e) },
		func() { c.InputGradient(&ws, dx, d, &packed, false) },
		func() { c.WeightGradient(&ws, dw, x, d, false) },
	} {
		times, err := milliseconds(t.seconds/3, fewest, func() (bool, error) { call(); return true, nil })
		if err != nil {
			return nil, err
		}
		f["ms"] += median(times)
		f[rateOf(products[i])] = s.flop() * float64(t.batch) / median(times) / 1e6
	}
	return f, nil
}
