package objective

import (
	"math"
	"slices"
	"testing"

	"euryale/diffusion"
)

// The numbers of the bound are those of the posterior q(x_{t−1} | x_t, x_0), Ho et al. 2020, equations 6 and 7, computed
// from the betas; those of the simple part are a denoiser's.
func TestHybridFill(t *testing.T) {
	const dim, rows, steps = 2, 10, 10
	p, err := ddpm(steps).New()
	if err != nil {
		t.Fatal(err)
	}
	betas, bars := make([]float64, steps), make([]float64, steps+1) // bars[t+1] is ᾱ_t
	bars[0] = 1
	for at := range steps {
		alpha, _ := p.Marginal(float64(at))
		bars[at+1] = alpha * alpha
		betas[at] = 1 - bars[at+1]/bars[at]
	}
	variance := func(at int) float64 { return (1 - bars[at]) / (1 - bars[at+1]) * betas[at] }
	b := someBatch(p, rows, dim, 0)
	for _, prediction := range []string{"eps", "v", "x0"} {
		o := defaultHybrid()
		o.Prediction = diffusion.Predictions().Choose(prediction)
		hybrid, simple := newMemory(rows, dim), newMemory(rows, dim)
		h := mustNew(t, o, p, dim, 0)
		if h.Outputs() != 2*dim {
			t.Errorf("%d outputs", h.Outputs())
		}
		h.Fill(hybrid, b, 0, 0, rows)
		mustNew(t, denoising(prediction, "simple", "squared"), p, dim, 0).Fill(simple, b, 0, 0, rows)
		for _, name := range []string{"target", "weight"} {
			if !slices.Equal(hybrid.Float(name), simple.Float(name)) {
				t.Errorf("%s: the %s differs from a denoiser's", prediction, name)
			}
		}
		for r, time := range b.Times {
			at := int(time)
			alpha, sigma := p.Marginal(time)
			// An error e of the prediction is an error e·ofMean of the mean.
			ofMean := math.Sqrt(bars[at]) * betas[at] / (1 - bars[at+1])
			switch prediction {
			case "eps":
				ofMean *= sigma / alpha
			case "v":
				ofMean *= sigma
			}
			want := map[string]float64{
				"bound_weight":       float64(b.Importance[r]) / (rows * dim) * steps / 1000,
				"log_variance_min":   math.Log(variance(max(at, 1))),
				"log_variance_max":   math.Log(betas[at]),
				"posterior_variance": variance(at),
				"mean_scale":         ofMean * ofMean,
				"constant":           math.Log(2 * math.Pi),
			}
			if at > 0 {
				want["constant"] = -1 - math.Log(variance(at))
			}
			for name, v := range want {
				near(t, prediction+" "+name, float64(hybrid.Float(name)[r]), v, 1e-5)
			}
		}
	}
}

// The first half of the outputs is the prediction, the second v; the tangent is that of the prediction.
func TestHybridReadsTheNet(t *testing.T) {
	const dim, rows = 2, 3
	o := mustNew(t, defaultHybrid(), process(t, "ddpm"), dim, 0).(Denoising)
	if !o.LearnsVariance() {
		t.Error("learns no variance")
	}
	net := echo{2 * dim, dim}
	d := o.Denoiser(net)
	x, v := []float32{1, 2, -0.5, 3, 0, 1}, []float32{0.5, -1, 2, 0.25, 1, 1}
	outputs, tangents := make([]float32, 2*dim*rows), make([]float32, 2*dim*rows)
	net.Tangent(outputs, tangents, x, v, 0.7)
	half := func(of []float32, from int) (out []float32) {
		for r := range rows {
			out = append(out, of[2*dim*r+from:2*dim*r+from+dim]...)
		}
		return out
	}
	got, variance, tangent := make([]float32, dim*rows), make([]float32, dim*rows), make([]float32, dim*rows)
	d.Predict(got, x, 0.7)
	if !slices.Equal(got, half(outputs, 0)) {
		t.Errorf("prediction %v, want %v", got, half(outputs, 0))
	}
	clear(got)
	d.(diffusion.VariancePredictor).PredictVariance(got, variance, x, 0.7)
	if !slices.Equal(got, half(outputs, 0)) || !slices.Equal(variance, half(outputs, dim)) {
		t.Errorf("prediction %v and v %v, want %v and %v", got, variance, half(outputs, 0), half(outputs, dim))
	}
	clear(got)
	d.(diffusion.Differentiable).PredictTangent(got, tangent, x, v, 0.7)
	if !slices.Equal(got, half(outputs, 0)) || !slices.Equal(tangent, half(tangents, 0)) {
		t.Errorf("prediction %v and tangent %v, want %v and %v", got, tangent, half(outputs, 0), half(tangents, 0))
	}
	if n := testing.AllocsPerRun(20, func() { d.Predict(got, x, 0.7) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	// Fewer rows than before read no row of those.
	d.Predict(got[:dim], x[2:4], 0.7)
	if !slices.Equal(got[:dim], half(outputs, 0)[2:4]) {
		t.Errorf("one row: %v, want %v", got[:dim], half(outputs, 0)[2:4])
	}
}
