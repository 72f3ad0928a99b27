package diffusion

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// normalDenoiser is the exact denoiser of coordinates from N(1.5, 0.5²): ε and x_0 given x in closed form.
type normalDenoiser struct {
	process Process
	q       Parameterization
}

// Predict implements Denoiser.
func (d normalDenoiser) Predict(dst, x []float32, t float64) { d.PredictTangent(dst, nil, x, x, t) }

// PredictTangent implements Differentiable.
func (d normalDenoiser) PredictTangent(dst, tangent, x, v []float32, t float64) {
	alpha, sigma := d.process.Marginal(t)
	variance := alpha*alpha*0.25 + sigma*sigma
	c, e := d.q.Coefficients(alpha, sigma)
	slope := (c*alpha*0.25 + e*sigma) / variance
	scale := d.q.InputScale(alpha, sigma)
	for i := range x {
		dst[i] = float32(c*1.5 + slope*(float64(x[i])/scale-alpha*1.5))
		if tangent != nil {
			tangent[i] = float32(slope * float64(v[i]) / scale)
		}
	}
}

// For any prediction of the network, any scale of its input and any scale of x, the model gives every prediction.
func TestModelGivesEveryPrediction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trained := drawProcess(t, 50, false)
		at := drawTime(t, trained, false)
		q := Parameterization{Prediction(rapid.IntRange(0, len(predictions)-1).Draw(t, "speaks")), 0.7, rapid.Bool().Draw(t, "scale input")}
		model, err := NewModel(normalDenoiser{trained, q}, trained, q)
		if err != nil {
			t.Fatal(err)
		}
		process := trained
		switch rapid.SampledFrom([]string{"own", "preserving", "exploding"}).Draw(t, "x") {
		case "preserving":
			process = Preserving(trained)
		case "exploding":
			if process, err = Exploding(trained); err != nil {
				t.Fatal(err)
			}
		}
		if process != trained {
			model = model.Rescaled(process)
		}
		if model.Process() != process || model.Denoiser() == nil || !model.Differentiable() || model.PredictsVariance() {
			t.Fatal("the model has lost its parts")
		}
		alpha, sigma := process.Marginal(at)
		if ratio := sigma / alpha; ratio < 1e-4 || ratio > 1e6 {
			return // float32 and the conversions leave little
		}
		z := rapid.Float64Range(-2, 2).Draw(t, "z")
		x := []float32{float32(alpha*1.5 + z*math.Hypot(alpha*0.5, sigma))}
		// x_0 ~ N(1.5, 0.25): E[ε | x] in closed form.
		v := float64(x[0])
		eps := sigma * (v - alpha*1.5) / (alpha*alpha*0.25 + sigma*sigma)
		x0 := (v*alpha*0.25 + sigma*sigma*1.5) / (alpha*alpha*0.25 + sigma*sigma)
		values := valuesOf(q, alpha, sigma, x0, eps)
		got, tangent, again := make([]float32, 1), make([]float32, 1), make([]float32, 1)
		for want, get := range map[Prediction]func(dst, x []float32, t float64){
			Epsilon: model.Epsilon, X0: model.X0, Velocity: model.V, Score: model.Score,
			Preconditioned: func(dst, x []float32, t float64) { model.Predict(dst, x, t, Preconditioned) },
			U:              func(dst, x []float32, t float64) { model.Predict(dst, x, t, U) },
		} {
			get(got, x, at)
			// float32 rounding, magnified by the conversion.
			a, b := model.FromOutput(want, at)
			model.Output(again, x, at)
			rounding := 2e-6 * (math.Abs(values[want]) + math.Abs(a*v) + math.Abs(b)*(1+math.Abs(float64(again[0]))))
			if !(math.Abs(float64(got[0])-values[want]) <= rounding) {
				t.Fatalf("%v from %v, x = %v: %v, want %v ± %v", want, q.Prediction, v, got[0], values[want], rounding)
			}
			if combined := a*v + b*float64(again[0]); !(math.Abs(combined-float64(got[0])) <= rounding) {
				t.Fatalf("%v from the output is %v, and %v", want, combined, got[0])
			}
			// It is affine in x: the derivative in closed form.
			model.PredictTangent(again, tangent, x, []float32{2}, at, want)
			total := alpha*alpha*0.25 + sigma*sigma
			slopes := valuesOf(q, alpha, sigma, alpha*0.25/total, sigma/total)
			if again[0] != got[0] ||
				!(math.Abs(float64(tangent[0])-2*slopes[want]) <= 4*rounding+4e-6*(math.Abs(a)+math.Abs(slopes[want]))) {
				t.Fatalf("%v from %v: %v and derivative %v, want %v and %v", want, q.Prediction, again[0], tangent[0], got[0],
					2*slopes[want])
			}
		}
	})
}

// Below the network's first time it is evaluated at the first, and the conversions are those of the actual time.
func TestModelBelowTheFirstTime(t *testing.T) {
	p := VE{0.5, 50}
	asked := &timeRecorder{}
	model, err := NewModel(asked, p, Parameterization{Prediction: X0})
	if err != nil {
		t.Fatal(err)
	}
	dst := make([]float32, 1)
	model.Epsilon(dst, []float32{3}, -0.5) // σ = 0.25, and the network predicts x_0 = 1
	if asked.t != 0 || dst[0] != (3-1)/0.25 {
		t.Errorf("the network was evaluated at %v; ε = %v, want 8", asked.t, dst[0])
	}
}

type timeRecorder struct{ t float64 }

func (r *timeRecorder) Predict(dst, _ []float32, t float64) {
	r.t = t
	for i := range dst {
		dst[i] = 1
	}
}

// PredictVariance implements VariancePredictor.
func (r *timeRecorder) PredictVariance(dst, v, x []float32, t float64) {
	r.Predict(dst, x, t)
	for i := range v {
		v[i] = -0.25
	}
}

func TestModelPredictsVariance(t *testing.T) {
	chain := newChainOf(t, "linear", 1e-3, 0.2, 50)
	model, err := NewModel(&timeRecorder{}, chain, Parameterization{Prediction: Epsilon})
	if err != nil {
		t.Fatal(err)
	}
	if !model.PredictsVariance() || model.Differentiable() {
		t.Error("it predicts a variance and no derivative")
	}
	dst, v := make([]float32, 2), make([]float32, 2)
	model.PredictVariance(dst, v, []float32{3, 5}, 7, X0)
	alpha, sigma := chain.Marginal(7)
	for i, x := range []float64{3, 5} {
		if want := (x - sigma) / alpha; math.Abs(float64(dst[i])-want) > 1e-6*want || v[i] != -0.25 {
			t.Errorf("x_0 = %v, v = %v, want %v and -0.25", dst[i], v[i], want)
		}
	}
	exploding, err := Exploding(chain)
	if err != nil {
		t.Fatal(err)
	}
	if model.Rescaled(exploding).PredictsVariance() {
		t.Error("the variance of another scale is not what was learned")
	}
}

func TestModelDoesNotAllocate(t *testing.T) {
	p := VP{0.1, 20, 1e-3}
	q := Parameterization{Preconditioned, 1, true}
	model, err := NewModel(normalDenoiser{p, q}, p, q)
	if err != nil {
		t.Fatal(err)
	}
	exploding, err := Exploding(p)
	if err != nil {
		t.Fatal(err)
	}
	dst, tangent, x := make([]float32, 5), make([]float32, 5), make([]float32, 5)
	for _, m := range []*Model{model, model.Rescaled(exploding)} {
		if n := testing.AllocsPerRun(10, func() {
			m.X0(dst, x, 0.5)
			m.PredictTangent(dst, tangent, x, x, 0.5, Score)
		}); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
}

func TestModelErrors(t *testing.T) {
	p := newChainOf(t, "cosine", 0, 0, 3)
	for want, f := range map[string]func() (*Model, error){
		"needs a denoiser":   func() (*Model, error) { return NewModel(nil, p, Parameterization{}) },
		"and a process":      func() (*Model, error) { return NewModel(&timeRecorder{}, nil, Parameterization{}) },
		"known prediction":   func() (*Model, error) { return NewModel(&timeRecorder{}, p, Parameterization{Prediction: 6}) },
		"standard deviation": func() (*Model, error) { return NewModel(&timeRecorder{}, p, Parameterization{ScaleInput: true}) },
		"must be one of x0, v, F, u on": func() (*Model, error) {
			return NewModel(&timeRecorder{}, newChainOf(t, "jsd", 0, 0, 3), Parameterization{Prediction: Score})
		},
	} {
		if _, err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
