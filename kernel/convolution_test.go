package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// shape is a convolution of a number of images; the names are those of NewConvolution.
type shape struct {
	images, height, width, in, out, kernel, stride, padding int
	upsample                                                bool
}

// convolution makes it with the tables of one of fewer channels.
func (s shape) convolution() *Convolution {
	var all Convolutions
	all.New(s.height, s.width, 1, 1, s.kernel, s.stride, s.padding, s.upsample)
	return all.New(s.height, s.width, s.in, s.out, s.kernel, s.stride, s.padding, s.upsample)
}

func (s shape) String() string {
	name := fmt.Sprintf("%dx%dx%d,%d-%d,k%ds%dp%d", s.images, s.height, s.width, s.in, s.out, s.kernel, s.stride, s.padding)
	if s.upsample {
		name += ",upsample"
	}
	return name
}

// pixels returns the numbers of pixels of x and y.
func (s shape) pixels() (x, y int) {
	x = s.images * s.height * s.width
	if s.upsample {
		return x, 4 * x
	}
	return x, s.images * (s.height / s.stride) * (s.width / s.stride)
}

// terms calls f for each multiplication that the definition asks for: rows of x, of the weights' taps, and of y.
func (s shape) terms(f func(x, tap, y int)) {
	scale := 1
	if s.upsample {
		scale = 2
	}
	height, width := scale*s.height, scale*s.width
	y := 0
	for image := range s.images {
		for i := 0; i < height; i += s.stride {
			for j := 0; j < width; j += s.stride {
				for u := range s.kernel {
					for v := range s.kernel {
						if r, c := i+u-s.padding, j+v-s.padding; r >= 0 && c >= 0 && r < height && c < width {
							f((image*s.height+r/scale)*s.width+c/scale, u*s.kernel+v, y)
						}
					}
				}
				y++
			}
		}
	}
}

// shapes are small, with every kind of edge.
func shapes() []shape {
	return []shape{
		{2, 5, 4, 3, 5, 3, 1, 1, false}, {3, 7, 7, 8, 32, 3, 1, 1, false}, {2, 6, 5, 16, 33, 3, 1, 1, false}, {1, 4, 4, 1, 17, 3, 1, 1, false},
		{2, 3, 9, 20, 1, 3, 1, 1, false}, {9, 2, 2, 5, 3, 3, 1, 1, false}, {1, 1, 1, 2, 50, 3, 1, 1, false}, {17, 1, 1, 9, 8, 1, 1, 0, false},
		{2, 4, 6, 12, 40, 1, 1, 0, false}, {2, 6, 8, 7, 32, 3, 2, 1, false}, {2, 6, 8, 10, 9, 3, 2, 0, false}, {2, 6, 8, 3, 65, 2, 2, 0, false},
		{1, 6, 6, 11, 6, 3, 3, 1, false}, {2, 8, 4, 4, 16, 4, 4, 0, false}, {1, 4, 6, 3, 4, 1, 2, 0, false}, {1, 5, 7, 2, 3, 5, 1, 2, false},
		{2, 6, 6, 3, 4, 4, 2, 1, false}, {1, 4, 4, 3, 7, 2, 1, 0, false}, {1, 4, 4, 3, 7, 2, 1, 1, false},
		{2, 4, 3, 5, 64, 3, 1, 1, false}, {1, 2, 3, 7, 96, 3, 1, 1, true},
		{2, 4, 3, 6, 32, 3, 1, 1, true}, {9, 2, 2, 3, 35, 3, 1, 1, true}, {1, 3, 5, 4, 5, 1, 1, 0, true}, {1, 3, 2, 4, 3, 5, 1, 2, true},
		{2, 3, 9, 32, 1, 3, 1, 1, false}, {3, 4, 3, 16, 3, 3, 1, 1, false}, {2, 5, 4, 1, 32, 3, 1, 1, false}, // dot products
		{2, 4, 4, 3, 48, 3, 2, 1, false}, {1, 4, 6, 3, 16, 1, 2, 0, false}, {1, 3, 3, 16, 2, 3, 1, 1, true}, {2, 2, 2, 3, 16, 3, 1, 1, true},
		{1, 2, 3, 2, 3, 4, 1, 1, true}, {1, 1, 1, 2, 3, 3, 1, 0, true}, {3, 1, 2, 17, 6, 2, 1, 1, true},
	}
}

// operands are random operands of a convolution, whose rows are extra numbers apart.
type operands struct {
	shape
	c        *Convolution
	x, y, w  Matrix // y is the gradient of the output
	weights  ConvolutionWeights
	extra    int
	epilogue *Epilogue
}

func newOperands(r *rand.Rand, s shape, extra, parts int) *operands {
	px, py := s.pixels()
	o := &operands{shape: s, c: s.convolution(), extra: extra}
	o.x = randomMatrix(r, px, s.in, s.in+extra)
	o.y = randomMatrix(r, py, s.out, s.out+extra)
	o.w = randomMatrix(r, s.kernel*s.kernel*s.in, s.out, s.out+extra)
	o.weights.Pack(o.c, o.w, true)
	o.epilogue = epilogueFor(r, parts, py, s.out, extra)
	return o
}

// compare checks a result against sums in float64 with their numbers of terms.
func compare(t testing.TB, what string, got Matrix, sums, sizes []float64, terms int) {
	t.Helper()
	for i := range got.Rows {
		for j, v := range got.row(i) {
			at := i*got.Cols + j
			if bound := float64(2*terms+8) * 0x1p-24 * sizes[at]; !(math.Abs(float64(v)-sums[at]) <= bound) {
				t.Fatalf("%s: element (%d, %d) is %v, want %v ± %v", what, i, j, v, sums[at], bound)
			}
		}
	}
}

// The three products are the sums of their definition, and touch nothing around their results.
func TestConvolutionsOfEveryKind(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		var ws Workspace
		for number, s := range shapes() {
			r := newRand(uint64(number))
			o := newOperands(r, s, number%3, 0)
			for _, accumulate := range []bool{false, true} {
				px, py := s.pixels()
				results := [3]Matrix{}
				checks := [3]func(){}
				sums, sizes := [3][]float64{}, [3][]float64{}
				for k, like := range []Matrix{o.y, o.x, o.w} {
					results[k], checks[k] = guardedMatrix(t, like.Rows, like.Cols, like.Cols+o.extra, number%5)
					sums[k], sizes[k] = make([]float64, like.Rows*like.Cols), make([]float64, like.Rows*like.Cols)
					if accumulate {
						for i := range like.Rows {
							for j, v := range random(r, like.Cols) {
								results[k].row(i)[j] = v
								sums[k][i*like.Cols+j] = float64(v)
								sizes[k][i*like.Cols+j] = math.Abs(float64(v))
							}
						}
					}
				}
				add := func(k, at int, v float64) { sums[k][at] += v; sizes[k][at] += math.Abs(v) }
				s.terms(func(x, tap, y int) {
					for i := range s.in {
						for j := range s.out {
							a, b, d := float64(o.x.row(x)[i]), float64(o.w.row(tap*s.in + i)[j]), float64(o.y.row(y)[j])
							add(0, y*s.out+j, a*b)
							add(1, x*s.in+i, b*d)
							add(2, (tap*s.in+i)*s.out+j, a*d)
						}
					}
				})
				o.c.Forward(&ws, results[0], o.x, &o.weights, &Epilogue{Accumulate: accumulate})
				o.c.InputGradient(&ws, results[1], o.y, &o.weights, accumulate)
				o.c.WeightGradient(&ws, results[2], o.x, o.y, accumulate)
				for k, terms := range []int{s.kernel * s.kernel * s.in, 4 * s.kernel * s.kernel * s.out, px + py} {
					what := fmt.Sprintf("%v, %s", s, []string{"Forward", "InputGradient", "WeightGradient"}[k])
					compare(t, what, results[k], sums[k], sizes[k], terms)
					checks[k]()
				}
			}
		}
	})
}

// A pixel that is NaN reaches exactly those that meet it.
func TestConvolutionsKeepNaN(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		var ws Workspace
		for _, s := range shapes() {
			o := newOperands(newRand(1), s, 0, 0)
			at := o.x.Rows / 2
			o.x.row(at)[s.in-1] = float32(math.NaN())
			reached := make([]bool, o.y.Rows)
			s.terms(func(x, _, y int) { reached[y] = reached[y] || x == at })
			dst := NewMatrix(o.y.Rows, s.out)
			o.c.Forward(&ws, dst, o.x, &o.weights, nil)
			for i := range dst.Rows {
				for _, v := range dst.row(i) {
					if (v != v) != reached[i] {
						t.Fatalf("%v: pixel %d of the output is %v; it meets the NaN: %v", s, i, v, reached[i])
					}
				}
			}
		}
	})
}

func TestConvolutionsDoNotAllocate(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for _, upsample := range []bool{false, true} {
			s := shape{3, 6, 6, 9, 35, 3, 1, 1, upsample}
			o := newOperands(newRand(1), s, 0, 127)
			var ws Workspace
			dst, dx, dw := NewMatrix(o.y.Rows, s.out), NewMatrix(o.x.Rows, s.in), NewMatrix(o.w.Rows, s.out)
			for name, call := range map[string]func(){
				"Forward":        func() { o.c.Forward(&ws, dst, o.x, &o.weights, &Epilogue{Bias: o.epilogue.Bias, Add: o.epilogue.Add}) },
				"InputGradient":  func() { o.c.InputGradient(&ws, dx, o.y, &o.weights, true) },
				"WeightGradient": func() { o.c.WeightGradient(&ws, dw, o.x, o.y, false) },
				"Pack":           func() { o.weights.Pack(o.c, o.w, true) },
			} {
				if n := testing.AllocsPerRun(5, call); n != 0 {
					t.Errorf("%v: %s: %v allocations per call", s, name, n)
				}
			}
		}
	})
}

func TestConvolutionMisusePanics(t *testing.T) {
	var ws Workspace
	var weights, forward ConvolutionWeights
	m := NewMatrix
	c, other := NewConvolution(4, 6, 2, 3, 3, 2, 1, false), NewConvolution(4, 6, 2, 3, 3, 2, 1, false)
	weights.Pack(c, m(18, 3), true)
	forward.Pack(c, m(18, 3), false)
	for _, bad := range []func(){
		func() { NewConvolution(0, 6, 2, 3, 3, 1, 1, false) },
		func() { NewConvolution(4, 6, 2, 3, 3, 1, 3, false) },
		func() { NewConvolution(4, 6, 2, 3, 3, 4, 0, false) },
		func() { NewConvolution(4, 6, 2, 3, 3, 2, 0, true) },
	} {
		mustPanic(t, "kernel.NewConvolution: image [", bad)
	}
	for message, call := range map[string]func(){
		"Pack: weights [17, 3], want [18, 3]":                          func() { weights.Pack(c, m(17, 3), false) },
		"Forward: x [47, 2], dst [12, 3], want [n·4·6, 2], [n·2·3, 3]": func() { c.Forward(&ws, m(12, 3), m(47, 2), &weights, nil) },
		"Forward: x [48, 2], dst [6, 3]":                               func() { c.Forward(&ws, m(6, 3), m(48, 2), &weights, nil) },
		"Forward: the weights have not been packed for this convolution": func() {
			other.Forward(&ws, m(6, 3), m(24, 2), &weights, nil)
		},
		"Forward: 2 biases for dst [6, 3]": func() {
			c.Forward(&ws, m(6, 3), m(24, 2), &weights, &Epilogue{Bias: make([]float32, 2)})
		},
		"InputGradient: dx [24, 3]": func() { c.InputGradient(&ws, m(24, 3), m(6, 3), &weights, false) },
		"InputGradient: the weights have not been packed for the gradient": func() {
			c.InputGradient(&ws, m(24, 2), m(6, 3), &forward, false)
		},
		"WeightGradient: dw [18, 2], want [18, 3]": func() { c.WeightGradient(&ws, m(18, 2), m(24, 2), m(6, 3), false) },
	} {
		mustPanic(t, message, call)
	}
}

// Convolutions share their tables where nothing but the channels differs.
func TestConvolutionsThatShare(t *testing.T) {
	var all Convolutions
	first := all.New(8, 8, 2, 3, 3, 1, 1, false)
	if other := all.New(8, 8, 5, 7, 3, 1, 1, false); other.backward != first.backward {
		t.Error("other channels have tables of their own")
	}
	for _, s := range []shape{
		{0, 4, 8, 2, 3, 3, 1, 1, false}, {0, 8, 4, 2, 3, 3, 1, 1, false}, {0, 8, 8, 2, 3, 5, 1, 1, false}, {0, 8, 8, 2, 3, 3, 2, 1, false},
		{0, 8, 8, 2, 3, 3, 1, 0, false}, {0, 8, 8, 2, 3, 3, 1, 1, true},
	} {
		if all.New(s.height, s.width, s.in, s.out, s.kernel, s.stride, s.padding, s.upsample).backward == first.backward {
			t.Errorf("%v has the tables of another way", s)
		}
	}
}
