package objective

import (
	"math"
	"slices"
	"testing"

	"euryale/data"
	"euryale/diffusion"
)

// fixed is a net with outputs that are linear in x: output k of a row is scale[k]·x[k mod dim] + shift[k].
type fixed struct {
	dim          int
	scale, shift []float32
}

func (f fixed) Run(dst, x []float32, _ float64) {
	for i := range dst {
		r, k := i/len(f.shift), i%len(f.shift)
		dst[i] = f.scale[k]*x[r*f.dim+k%f.dim] + f.shift[k]
	}
}

func (f fixed) Tangent(dst, tangent, x, v []float32, t float64) {
	f.Run(dst, x, t)
	for i := range dst {
		r, k := i/len(f.shift), i%len(f.shift)
		tangent[i] = f.scale[k] * v[r*f.dim+k%f.dim]
	}
}

func (fixed) Gradient([]float32, []float32, float64, func(int, []float32, []float32)) {}

// The denoised row by its definition: c_skip x + c_out F, a softmax, and the mean of codes.
func TestMixedDenoiser(t *testing.T) {
	const sigma, deviation, rows = 0.8, 0.5, 3
	layout := someRows()
	o := mixedOf(t, defaultMixed(), process(t, "edm"), layout)
	log := func(p float64) float32 { return float32(math.Log(p)) }
	net := fixed{layout.Dim, make([]float32, 9), []float32{0.3, -2, log(0.2), log(0.5), log(0.3), 7, 7, log(0.25), log(0.75)}}
	d := o.Denoiser(net)
	xt := normal(newRand(), rows*layout.Dim)
	total := math.Sqrt(sigma*sigma + deviation*deviation)
	x := slices.Clone(xt)
	for i := range x {
		x[i] /= float32(total)
	}
	got := make([]float32, len(x))
	for range 2 { // with new buffers and with used ones
		d.Predict(got, x, sigma)
		for r := range rows {
			row := got[r*layout.Dim : (r+1)*layout.Dim]
			want := []float64{0, 0, 0.2, 0.5, 0.3, 0.5, 0.5, 0.25 - 0.75, 0.5 + 0.375, 0.75}
			for j, f := range []float64{0.3, -2} {
				want[j] = deviation*deviation/(total*total)*float64(xt[r*layout.Dim+j]) + sigma*deviation/total*f
			}
			for j, w := range want {
				near(t, "denoised", float64(row[j]), w, 1e-6)
			}
		}
	}
	if n := testing.AllocsPerRun(20, func() { d.Predict(got, x, sigma) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	tangent := make([]float32, len(x))
	tangents := func() { d.(diffusion.Differentiable).PredictTangent(got, tangent, x, xt, sigma) }
	if tangents(); testing.AllocsPerRun(20, tangents) != 0 {
		t.Error("a tangent allocates")
	}
	d.Predict(got[:layout.Dim], x[layout.Dim:2*layout.Dim], sigma) // fewer rows than before
	near(t, "one row", float64(got[0]), deviation*deviation/(total*total)*float64(xt[layout.Dim])+sigma*deviation/total*0.3, 1e-6)
}

// The tangent by central differences, for processes with every kind of signal and at both ends of their times.
func TestMixedTangent(t *testing.T) {
	layout := someRows()
	r := newRand()
	net := fixed{layout.Dim, normal(r, 9), normal(r, 9)}
	for _, name := range []string{"ddpm", "vp", "edm", "flow"} {
		p := process(t, name)
		_, first, last := p.Span()
		for _, at := range []float64{first, math.Floor((first + last) / 2), last} {
			o := mixedOf(t, defaultMixed(), p, layout)
			d := o.Denoiser(net).(diffusion.Differentiable)
			x, v := normal(r, 2*layout.Dim), normal(r, 2*layout.Dim)
			got, plain, tangent := make([]float32, len(x)), make([]float32, len(x)), make([]float32, len(x))
			d.PredictTangent(got, tangent, x, v, at)
			d.Predict(plain, x, at)
			if !slices.Equal(got, plain) {
				t.Errorf("%s at %v: the prediction differs from that without a tangent", name, at)
			}
			const h = 1.0 / 64 // of float32
			var ends [2][]float32
			for i, step := range []float32{h, -h} {
				moved := slices.Clone(x)
				for j := range moved {
					moved[j] += step * v[j]
				}
				ends[i] = make([]float32, len(x))
				d.Predict(ends[i], moved, at)
			}
			for j := range x {
				near(t, name+" tangent", float64(tangent[j]), float64(ends[0][j]-ends[1][j])/(2*h), 2e-3)
			}
		}
	}
}

// Extreme logits, a column of 20,000 categories and rows of 1,000 columns are denoised to finite numbers.
func TestMixedExtremes(t *testing.T) {
	edm := process(t, "edm")
	uniform := func(k int) []float64 { return slices.Repeat([]float64{1 / float64(k)}, k) }
	two := data.Layout{Dim: 2, Groups: []data.Group{{Width: 2, Shares: uniform(2)}}}
	got := make([]float32, 2)
	for _, logits := range [][]float32{{1e4, -1e4}, {-1e4, -2e4}, {1e4, 0}, {3e38, -3e38}} {
		mixedOf(t, defaultMixed(), edm, two).Denoiser(fixed{2, make([]float32, 2), logits}).Predict(got, make([]float32, 2), 1)
		if !slices.Equal(got, []float32{1, 0}) {
			t.Errorf("logits %v: %v", logits, got)
		}
	}
	const k = 20_000
	many := data.Layout{Dim: k, Groups: []data.Group{{Width: k, Shares: uniform(k)}}}
	got = make([]float32, k)
	mixedOf(t, defaultMixed(), edm, many).Denoiser(fixed{k, make([]float32, k), make([]float32, k)}).Predict(got, make([]float32, k), 1)
	sum := 0.0
	for _, p := range got {
		sum += float64(p)
		near(t, "a category of many", float64(p)*k, 1, 1e-5)
	}
	near(t, "all", sum, 1, 1e-5)

	wide := data.Layout{Dim: 500 + 2*500, Numbers: 500}
	for i := range 500 {
		wide.Groups = append(wide.Groups, data.Group{First: 500 + 2*i, Width: 2, Shares: []float64{0.75, 0.25}})
	}
	o := mixedOf(t, defaultMixed(), edm, wide)
	got = make([]float32, wide.Dim)
	o.Denoiser(fixed{wide.Dim, make([]float32, wide.Dim), o.OutputBias()}).Predict(got, make([]float32, wide.Dim), 1)
	for j, v := range got[500:] {
		near(t, "a share", float64(v), []float64{0.75, 0.25}[j%2], 1e-6)
	}
}
