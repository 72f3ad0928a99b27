package diffusion

import (
	"math"
	"testing"
)

// Whatever the network speaks, the model gives every prediction.
func TestModelSpeaksEveryPrediction(t *testing.T) {
	s := newSchedule(t, "linear", 1e-3, 0.2, 50)
	components := []component{{weight: 1, mean: 1.5, variance: 0.25}}
	x := []float32{-2, -0.5, 0, 1, 3}
	got := make([]float32, len(x))
	for speaks := Epsilon; speaks <= Score; speaks++ {
		model, err := NewModel(mixtureDenoiser{s, speaks, components}, s, speaks)
		if err != nil {
			t.Fatal(err)
		}
		if model.Schedule() != s {
			t.Error("the model has lost its schedule")
		}
		for _, at := range []int{0, 7, 49} {
			alpha, sigma := s.Marginal(at)
			for want, get := range map[Prediction]func(dst, x []float32, t int){
				Epsilon: model.Epsilon, X0: model.X0, Velocity: model.V, Score: model.Score,
			} {
				get(got, x, at)
				for i, v := range x {
					// x_0 ~ N(1.5, .25): E[ε | x] in closed form.
					eps := sigma * (float64(v) - alpha*1.5) / (alpha*alpha*0.25 + sigma*sigma)
					x0 := (float64(v) - sigma*eps) / alpha
					exact := [...]float64{Epsilon: eps, X0: x0, Velocity: alpha*eps - sigma*x0, Score: -eps / sigma}[want]
					// float32 rounding, magnified by the conversion.
					a, b := speaks.Convert(want, alpha, sigma)
					if math.Abs(float64(got[i])-exact) > 4e-7*(math.Abs(exact)+math.Abs(a*float64(v))+math.Abs(b)) {
						t.Errorf("%v from %v at t = %d, x = %v: %v, want %v", want, speaks, at, v, got[i], exact)
					}
				}
			}
		}
		if n := testing.AllocsPerRun(10, func() { model.X0(got, x, 3) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
}

func TestModelErrors(t *testing.T) {
	s := newSchedule(t, "cosine", 0, 0, 3)
	if _, err := NewModel(nil, s, Epsilon); err == nil {
		t.Error("no denoiser is no error")
	}
	if _, err := NewModel(mixtureDenoiser{}, nil, Epsilon); err == nil {
		t.Error("no schedule is no error")
	}
	if _, err := NewModel(mixtureDenoiser{}, s, 4); err == nil {
		t.Error("an unknown prediction is no error")
	}
}
