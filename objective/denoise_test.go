package objective

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"euryale/choice"
	"euryale/diffusion"
)

func ddpm(steps int) diffusion.ProcessOptions {
	return &diffusion.DDPM{Steps: steps, Schedule: diffusion.Schedules().Choose("linear")}
}

// zeroTerminal is a schedule at whose end no signal is left.
func zeroTerminal() choice.One[diffusion.Schedule] {
	s := diffusion.Schedules().Choose("cosine")
	s.Kind.(*diffusion.CosineSchedule).ZeroTerminalSNR = true
	return s
}

// What a net is to predict and what its error weighs, by the papers' formulas, for x_t = α x_0 + σ ε.
func TestDenoiseFill(t *testing.T) {
	const dim, rows, deviation = 3, 9, 0.5
	targets := map[string]func(x0, eps, alpha, sigma float64) float64{
		"eps":   func(_, eps, _, _ float64) float64 { return eps },
		"x0":    func(x0, _, _, _ float64) float64 { return x0 },
		"v":     func(x0, eps, alpha, sigma float64) float64 { return alpha*eps - sigma*x0 },
		"u":     func(x0, eps, _, _ float64) float64 { return eps - x0 },
		"score": func(_, eps, _, sigma float64) float64 { return -eps / sigma },
		// Karras et al. 2022, equation 8 and table 1, for x_t/α, whose noise has the deviation σ/α.
		"F": func(x0, eps, alpha, sigma float64) float64 {
			level := sigma / alpha
			total := level*level + deviation*deviation
			skip, out := deviation*deviation/total, level*deviation/math.Sqrt(total)
			return (x0 - skip*(x0+level*eps)) / out
		},
	}
	// An error e in x_0 is e·ofX0 in the prediction.
	ofX0 := map[string]func(alpha, sigma float64) float64{
		"eps":   func(alpha, sigma float64) float64 { return -alpha / sigma },
		"x0":    func(float64, float64) float64 { return 1 },
		"v":     func(alpha, sigma float64) float64 { return -(alpha*alpha + sigma*sigma) / sigma },
		"u":     func(alpha, sigma float64) float64 { return -(1 + alpha/sigma) },
		"score": func(alpha, sigma float64) float64 { return alpha / (sigma * sigma) },
		"F": func(alpha, sigma float64) float64 {
			level := sigma / alpha
			return math.Sqrt(level*level+deviation*deviation) / (level * deviation)
		},
	}
	// The weights on errors in x_0.
	weights := map[string]func(alpha, sigma float64) float64{
		"score_matching": func(alpha, sigma float64) float64 { return alpha * alpha / (sigma * sigma) },
		"min_snr":        func(alpha, sigma float64) float64 { return min(alpha*alpha/(sigma*sigma), 5) },
		"p2": func(alpha, sigma float64) float64 {
			snr := alpha * alpha / (sigma * sigma)
			return snr / (1 + snr)
		},
		"edm": func(alpha, sigma float64) float64 {
			level := sigma / alpha
			return (level*level + deviation*deviation) / (level * deviation * level * deviation)
		},
	}
	for _, name := range []string{"ddpm", "ncsn", "vp", "sub_vp", "edm"} {
		p := process(t, name)
		b := someBatch(p, rows, dim, 0)
		for prediction, target := range targets {
			for _, weight := range []string{"simple", "score_matching", "min_snr", "p2", "edm"} {
				t.Run(fmt.Sprintf("%s, %s, %s", name, prediction, weight), func(t *testing.T) {
					o := mustNew(t, denoising(prediction, weight, "squared"), p, dim, 0)
					m := newMemory(rows, dim)
					o.Fill(m, b, 0, 0, rows)
					for r, at := range b.Times {
						alpha, sigma := p.Marginal(at)
						for j := range dim {
							i := r*dim + j
							near(t, "target", float64(m.Float("target")[i]), target(float64(b.X0[i]), float64(b.Eps[i]), alpha,
								sigma), 1e-5)
						}
						want := float64(b.Importance[r]) / (rows * dim)
						if weight != "simple" {
							factor := ofX0[prediction](alpha, sigma)
							want *= weights[weight](alpha, sigma) / (factor * factor)
						}
						if got := float64(m.Float("weight")[r]); !(math.Abs(got-want) <= 1e-5*want) {
							t.Errorf("weight at t = %v: %v, want %v", at, got, want)
						}
					}
				})
			}
		}
	}
}

// echo is a net whose outputs and derivatives are known: output k of row r is (k+1)·t + Σ_j x[r, j]^(k+1)/(k+1).
type echo struct{ outputs, dim int }

func (e echo) Run(dst, x []float32, t float64) {
	for r := range len(x) / e.dim {
		for k := range e.outputs {
			sum := float64(k+1) * t
			for _, v := range x[r*e.dim : (r+1)*e.dim] {
				sum += math.Pow(float64(v), float64(k+1)) / float64(k+1)
			}
			dst[r*e.outputs+k] = float32(sum)
		}
	}
}

func (e echo) Tangent(dst, tangent, x, v []float32, t float64) {
	e.Run(dst, x, t)
	for r := range len(x) / e.dim {
		for k := range e.outputs {
			sum := 0.0
			for j := r * e.dim; j < (r+1)*e.dim; j++ {
				sum += math.Pow(float64(x[j]), float64(k)) * float64(v[j])
			}
			tangent[r*e.outputs+k] = float32(sum)
		}
	}
}

func (e echo) Gradient(dst, x []float32, t float64, cotangent func(first int, v, output []float32)) {
	output := make([]float32, len(x)/e.dim*e.outputs)
	v := make([]float32, len(output))
	e.Run(output, x, t)
	cotangent(0, v, output)
	for r := range len(x) / e.dim {
		for j := r * e.dim; j < (r+1)*e.dim; j++ {
			sum := 0.0
			for k := range e.outputs {
				sum += math.Pow(float64(x[j]), float64(k)) * float64(v[r*e.outputs+k])
			}
			dst[j] = float32(sum)
		}
	}
}

// A trained net is read as it is.
func TestDenoiserReadsTheNet(t *testing.T) {
	const dim = 2
	o := mustNew(t, defaultDenoise(), process(t, "ddpm"), dim, 0).(Denoising)
	if o.Outputs() != dim || o.LearnsVariance() {
		t.Errorf("%d outputs, learns a variance: %v", o.Outputs(), o.LearnsVariance())
	}
	d := o.Denoiser(echo{dim, dim}).(diffusion.Differentiable)
	x, v := []float32{1, 2, -0.5, 3}, []float32{0.5, -1, 2, 0.25}
	want, wantTangent := make([]float32, 4), make([]float32, 4)
	echo{dim, dim}.Tangent(want, wantTangent, x, v, 0.7)
	got, tangent := make([]float32, 4), make([]float32, 4)
	d.Predict(got, x, 0.7)
	if !slices.Equal(got, want) {
		t.Errorf("prediction %v, want %v", got, want)
	}
	clear(got)
	d.PredictTangent(got, tangent, x, v, 0.7)
	if !slices.Equal(got, want) || !slices.Equal(tangent, wantTangent) {
		t.Errorf("prediction %v and tangent %v, want %v and %v", got, tangent, want, wantTangent)
	}
	if _, ok := d.(diffusion.VariancePredictor); ok {
		t.Error("a plain denoiser predicts a variance")
	}
}
