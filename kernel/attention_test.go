package kernel

import (
	"fmt"
	"math"
	"testing"
)

// attention64 is Attention of one image [pixels, 3·channels] in float64.
func attention64(qkv []float64, pixels, heads int) []float64 {
	channels := len(qkv) / (3 * pixels)
	width := channels / heads
	y := make([]float64, pixels*channels)
	for head := range heads {
		for i := range pixels {
			q := qkv[3*i*channels+head*width:][:width]
			p, sum := make([]float64, pixels), 0.0
			for j := range pixels {
				k := qkv[(3*j+1)*channels+head*width:][:width]
				for c := range width {
					p[j] += q[c] * k[c] / math.Sqrt(float64(width))
				}
				p[j] = math.Exp(p[j])
				sum += p[j]
			}
			for j := range pixels {
				for c, v := range qkv[(3*j+2)*channels+head*width:][:width] {
					y[i*channels+head*width+c] += p[j] / sum * v
				}
			}
		}
	}
	return y
}

type attentionCase struct{ images, pixels, width, heads int }

// attentionCases has odd sizes and more than one block of queries.
var attentionCases = []attentionCase{{1, 1, 1, 1}, {2, 2, 3, 1}, {1, 3, 5, 2}, {2, 20, 4, 2}, {1, 70, 2, 1}, {1, 16, 33, 1}, {1, 130, 1, 2}}

func (c attentionCase) String() string {
	return fmt.Sprint([]int{c.images, c.pixels, c.width, c.heads})
}

func TestAttention(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		var ws Workspace
		for _, c := range attentionCases {
			channels, rows, r := c.width*c.heads, c.images*c.pixels, newRand(uint64(c.pixels))
			qkv, v := randomMatrix(r, rows, 3*channels, 3*channels+1), randomMatrix(r, rows, 3*channels, 3*channels+2)
			d := randomMatrix(r, rows, channels, channels+3)
			dst, intact := guardedMatrix(t, rows, channels, channels+2, 1)
			Attention(&ws, dst, qkv, c.pixels, c.heads)
			intact()
			tangent, intact := guardedMatrix(t, rows, channels, channels, 3)
			AttentionTangent(&ws, tangent, qkv, v, c.pixels, c.heads)
			intact()
			gradient, intact := guardedMatrix(t, rows, 3*channels, 3*channels+4, 2)
			AttentionGradient(&ws, gradient, qkv, d, c.pixels, c.heads, false)
			intact()
			for i := range c.images {
				part := func(m Matrix) []float32 { return m.image(i, c.pixels).flat() }
				check := func(what string, j int, got float32, want, tolerance float64) {
					t.Helper()
					if math.Abs(float64(got)-want) > tolerance*(1+math.Abs(want)) {
						t.Fatalf("%v: %s %d of image %d is %v, want %v", c, what, j, i, got, want)
					}
				}
				at, along, out := to64(part(qkv)), to64(part(v)), to64(part(d))
				value := attention64(at, c.pixels, c.heads)
				for j, got := range part(dst) {
					check("value", j, got, value[j], 2e-6)
				}
				change := difference(func(h float64) []float64 {
					moved := append([]float64(nil), at...)
					for j, v := range along {
						moved[j] += h * v
					}
					return attention64(moved, c.pixels, c.heads)
				})
				for j, got := range part(tangent) {
					check("tangent", j, got, change[j], 2e-5)
				}
				got := part(gradient)
				for j := 0; j < len(got); j += 1 + len(got)/8 {
					before, sum := at[j], 0.0
					for k, y := range difference(func(h float64) []float64 {
						at[j] = before + h
						return attention64(at, c.pixels, c.heads)
					}) {
						sum += y * out[k]
					}
					at[j] = before
					check("gradient", j, got[j], sum, 2e-5)
				}
			}
			twice := NewMatrix(rows, 3*channels)
			for range 2 {
				AttentionGradient(&ws, twice, qkv, d, c.pixels, c.heads, true)
			}
			for j, got := range twice.flat() {
				if want := 2 * gradient.flat()[j]; math.Abs(float64(got-want)) > 1e-5 {
					t.Fatalf("%v: accumulated twice, element %d is %v, want %v", c, j, got, want)
				}
			}
		}
	})
}

// Values of PyTorch 1.13, with 3 pixels and 4 channels of one head:
//
//	q, k, v = [torch.arange(12.).mul(f).sin().reshape(3, 4).requires_grad_() for f in (1, 2, 3)]
//	y = F.softmax(q@k.T/2, -1)@v; (y*torch.arange(12.).cos().reshape(3, 4)).sum().backward()
var pyTorchAttention = struct{ y, dq, dk, dv []float32 }{
	y: []float32{-0.486569077, 0.585412204, -0.672538340, 0.746203601, -0.585483491, 0.678466558, -0.757870138, 0.822104931,
		-0.325533092, 0.442286402, -0.550187349, 0.647076309},
	dq: []float32{0.010752357, 0.123598531, -0.113622636, -0.029031135, -0.016328592, -0.062684856, 0.068500802, 0.005672072,
		0.001994594, -0.000174558, -0.001849310, 0.001713727},
	dk: []float32{0.027853414, 0.099096984, 0.079231247, -0.013479336, 0.004941663, -0.002350863, -0.007482016, -0.005734238,
		-0.032795079, -0.096746139, -0.071749248, 0.019213572},
	dv: []float32{0.163911834, -0.216282383, -0.397627592, -0.213395789, -0.062466003, -0.041857351, 0.017234746, 0.060481310,
		0.099410526, 0.170974046, 0.085344814, -0.078750029},
}

func TestAttentionIsPyTorchs(t *testing.T) {
	const pixels, channels = 3, 4
	qkv, d := NewMatrix(pixels, 3*channels), NewMatrix(pixels, channels)
	for i := range pixels * channels {
		d.Data[i] = float32(math.Cos(float64(i)))
		for f := range 3 {
			qkv.row(i / channels)[f*channels+i%channels] = float32(math.Sin(float64(i * (f + 1))))
		}
	}
	onEveryPath(t, func(t *testing.T) {
		var ws Workspace
		y, gradient := NewMatrix(pixels, channels), NewMatrix(pixels, 3*channels)
		Attention(&ws, y, qkv, pixels, 1)
		AttentionGradient(&ws, gradient, qkv, d, pixels, 1, false)
		near(t, "y", y.flat(), pyTorchAttention.y, 1e-6)
		near(t, "dq", gradient.ColRange(0, 4).flat(), pyTorchAttention.dq, 1e-6)
		near(t, "dk", gradient.ColRange(4, 8).flat(), pyTorchAttention.dk, 1e-6)
		near(t, "dv", gradient.ColRange(8, 12).flat(), pyTorchAttention.dv, 1e-6)
	})
}

// An image alone has the same bits as among others.
func TestAttentionOfAnImageAlone(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		var ws Workspace
		const images, pixels, channels, heads = 3, 67, 20, 2
		r := newRand(1)
		qkv, d := randomMatrix(r, images*pixels, 3*channels, 3*channels), randomMatrix(r, images*pixels, channels, channels)
		dst, gradient := NewMatrix(d.Rows, channels), NewMatrix(d.Rows, 3*channels)
		Attention(&ws, dst, qkv, pixels, heads)
		AttentionGradient(&ws, gradient, qkv, d, pixels, heads, false)
		for i := range images {
			one, part := NewMatrix(pixels, channels), NewMatrix(pixels, 3*channels)
			Attention(&ws, one, qkv.image(i, pixels), pixels, heads)
			sameMatrix(t, "value", one, dst.image(i, pixels))
			AttentionGradient(&ws, part, qkv.image(i, pixels), d.image(i, pixels), pixels, heads, false)
			sameMatrix(t, "gradient", part, gradient.image(i, pixels))
		}
	})
}
