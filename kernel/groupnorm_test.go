package kernel

import (
	"fmt"
	"math"
	"testing"
)

// normalize64 is GroupNorm.Forward of one image [pixels, channels] in float64.
func (g *GroupNorm) normalize64(x, weight, bias []float64) []float64 {
	channels := len(weight)
	width := channels / g.Groups
	n := float64(len(x) / g.Groups)
	mean, variance, y := make([]float64, g.Groups), make([]float64, g.Groups), make([]float64, len(x))
	for i, v := range x {
		mean[i%channels/width] += v / n
	}
	for i, v := range x {
		m := mean[i%channels/width]
		variance[i%channels/width] += (v - m) * (v - m) / n
	}
	for i, v := range x {
		c := i % channels
		y[i] = (v-mean[c/width])/math.Sqrt(variance[c/width]+g.Epsilon)*weight[c] + bias[c]
		if g.SiLU {
			y[i] /= 1 + math.Exp(-y[i])
		}
	}
	return y
}

func to64(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// flat is the elements of a matrix, row by row.
func (m Matrix) flat() []float32 {
	var x []float32
	for i := range m.Rows {
		x = append(x, m.row(i)...)
	}
	return x
}

func newGroupNorm(seed uint64, pixels, channels, groups int, silu bool) *GroupNorm {
	r := newRand(seed)
	g := &GroupNorm{pixels, groups, random(r, channels), random(r, channels), 1e-6, silu}
	for c := range g.Weight {
		g.Weight[c] += 1
	}
	return g
}

type normCase struct{ images, pixels, channels, groups int }

// normCases has odd sizes, groups across blocks of channels, and images above normPixels.
var normCases = []normCase{
	{2, 1, 1, 1}, {1, 2, 3, 1}, {3, 3, 5, 5}, {2, 3, 33, 3}, {2, 49, 32, 8}, {1, 9, 300, 1}, {1, 7, 330, 3}, {1, 4, 48, 2}, {1, 1030, 17, 17},
	{1, 2065, 4, 2}, {2, 5, 257, 257},
}

func (c normCase) String() string { return fmt.Sprint([]int{c.images, c.pixels, c.channels, c.groups}) }

// Also where the mean is far above the deviation.
func TestGroupNormIsAccurate(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for _, c := range normCases {
			for _, offset := range []float32{0, 300, -1e4} {
				for _, silu := range []bool{false, true} {
					g := newGroupNorm(1, c.pixels, c.channels, c.groups, silu)
					x := randomMatrix(newRand(2), c.images*c.pixels, c.channels, c.channels+5)
					for r := range x.Rows {
						for j := range x.row(r) {
							x.row(r)[j] += offset
						}
					}
					dst, intact := guardedMatrix(t, x.Rows, x.Cols, x.Cols+3, c.channels%7)
					stats, whole := guarded(t, c.images*g.Statistics(), c.channels%3)
					g.Forward(dst, x, stats)
					intact()
					whole()
					for i := range c.images {
						want := g.normalize64(to64(x.image(i, c.pixels).flat()), to64(g.Weight), to64(g.Bias))
						for j, got := range dst.image(i, c.pixels).flat() {
							if math.Abs(float64(got)-want[j]) > 1e-6*(1+math.Abs(want[j])) {
								t.Fatalf("%v, offset %v, SiLU %v: element %d of image %d is %v, want %v", c, offset, silu, j, i, got, want[j])
							}
						}
					}
				}
			}
		}
	})
}

// Values of PyTorch 1.13, with 3 pixels of 4 channels in 2 groups:
//
//	x = torch.arange(12.).reshape(1, 4, 3).pow(1.5).sub(9).requires_grad_()
//	w, b = torch.tensor([1, .5, -2, 3]).requires_grad_(), torch.tensor([0, .1, .2, -1]).requires_grad_()
//	y = F.silu(F.group_norm(x, 2, w, b, 1e-6)); (y*torch.arange(12.).reshape(1, 4, 3).cos()).sum().backward()
var pyTorchNorm = struct{ y, dx, dw, db []float32 }{
	y: []float32{-0.277729869, -0.264316708, -0.182697773, 0.088189475, 0.326358825, 0.662812591,
		2.865432024, 1.741080880, 0.621225357, -0.112735093, 1.333192587, 3.459423065},
	dx: []float32{0.021532619, 0.029693775, -0.010471920, -0.053978458, -0.041680112, 0.054904088,
		-0.065112501, -0.025628418, 0.207691699, 0.013294712, -0.231445372, 0.101199850},
	dw: []float32{-0.014444673, -0.060610637, -2.153869629, -0.844956219},
	db: []float32{-0.045244552, -0.808364987, 1.736824989, -1.220218420},
}

func TestGroupNormIsPyTorchs(t *testing.T) {
	const pixels, channels = 3, 4
	x, d := NewMatrix(pixels, channels), NewMatrix(pixels, channels)
	for i := range pixels * channels { // PyTorch counts pixels first
		x.Data[i%pixels*channels+i/pixels] = float32(math.Pow(float64(i), 1.5) - 9)
		d.Data[i%pixels*channels+i/pixels] = float32(math.Cos(float64(i)))
	}
	g := &GroupNorm{pixels, 2, []float32{1, 0.5, -2, 3}, []float32{0, 0.1, 0.2, -1}, 1e-6, true}
	onEveryPath(t, func(t *testing.T) {
		y, dx := NewMatrix(pixels, channels), NewMatrix(pixels, channels)
		stats, sums := make([]float32, g.Statistics()), make([]float32, 2*channels)
		g.Forward(y, x, stats)
		g.Gradient(dx, x, copied(d), stats, sums, false)
		near(t, "y", transposed(y), pyTorchNorm.y, 1e-6)
		near(t, "dx", transposed(dx), pyTorchNorm.dx, 1e-6)
		near(t, "gradient of the weight", sums[channels:], pyTorchNorm.dw, 2e-6)
		near(t, "gradient of the bias", sums[:channels], pyTorchNorm.db, 1e-6)
	})
}

// transposed is the elements of m, column by column.
func transposed(m Matrix) []float32 {
	var x []float32
	for j := range m.Cols {
		for i := range m.Rows {
			x = append(x, m.row(i)[j])
		}
	}
	return x
}

func near(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	for i, v := range got {
		if math.Abs(float64(v-want[i])) > tolerance {
			t.Errorf("%s: element %d is %v, want %v", what, i, v, want[i])
		}
	}
}

// Gradient and Tangent agree with differences of normalize64.
func TestGroupNormDerivatives(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for _, c := range normCases {
			for _, silu := range []bool{false, true} {
				g, r := newGroupNorm(3, c.pixels, c.channels, c.groups, silu), newRand(4)
				rows := c.images * c.pixels
				x, v := randomMatrix(r, rows, c.channels, c.channels+2), randomMatrix(r, rows, c.channels, c.channels+1)
				d := randomMatrix(r, rows, c.channels, c.channels)
				stats, sums := make([]float32, c.images*g.Statistics()), make([]float32, 2*c.images*c.channels)
				dx, tangent, output := NewMatrix(rows, c.channels), NewMatrix(rows, c.channels), to64(d.flat())
				g.Forward(dx, x, stats)
				again := NewMatrix(rows, c.channels)
				g.Apply(again, x, stats)
				sameBits(t, "Apply", again.Data, dx.Data)
				g.Tangent(tangent, x, v, stats)
				g.Gradient(dx, x, d, stats, sums, false)
				for i := range c.images {
					n := c.pixels * c.channels
					at, weight, bias, d := to64(x.image(i, c.pixels).flat()), to64(g.Weight), to64(g.Bias), output[i*n:][:n]
					check := func(what string, j int, got float32, want float64) {
						t.Helper()
						if math.Abs(float64(got)-want) > 3e-5*math.Sqrt(float64(c.pixels))*(1+math.Abs(want)) {
							t.Fatalf("%v, SiLU %v: %s %d is %v, want %v", c, silu, what, j, got, want)
						}
					}
					along := to64(v.image(i, c.pixels).flat())
					change := difference(func(h float64) []float64 {
						moved := append([]float64(nil), at...)
						for j, v := range along {
							moved[j] += h * v
						}
						return g.normalize64(moved, weight, bias)
					})
					for j, got := range tangent.image(i, c.pixels).flat() {
						check("tangent", j, got, change[j])
					}
					gradient := func(p []float64, j int) (sum float64) {
						before := p[j]
						for k, y := range difference(func(h float64) []float64 {
							p[j] = before + h
							return g.normalize64(at, weight, bias)
						}) {
							sum += y * d[k]
						}
						p[j] = before
						return sum
					}
					got := dx.image(i, c.pixels).flat()
					for j := 0; j < n; j += 1 + n/12 {
						check("gradient", j, got[j], gradient(at, j))
					}
					for j := 0; j < c.channels; j += 1 + c.channels/5 {
						part := sums[2*i*c.channels:]
						check("gradient of the bias", j, part[j], gradient(bias, j))
						check("gradient of the weight", j, part[c.channels+j], gradient(weight, j))
					}
				}
			}
		}
	})
}

// difference is the derivative of f at 0.
func difference(f func(h float64) []float64) []float64 {
	const h = 1e-4
	y, down := f(h), f(-h)
	for i := range y {
		y[i] = (y[i] - down[i]) / (2 * h)
	}
	return y
}
