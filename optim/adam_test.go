package optim

import (
	"math"
	"testing"

	"euryale/kernel"
)

// step is one step of a transform alone, for all weights.
func step(m Transform, p, g []float32, number int64, rate float64, gradScale float32) {
	m.Begin(&Step{Number: number, Rate: rate, Scale: gradScale})
	m.Apply(p, g, 0, len(p))
}

// Algorithm 1 of Kingma and Ba (2015) line by line in float64, with gradients from so small that ε rules to
// large, and the gradient scaled as a clipped one is.
func TestAdamAgainstAlgorithm1(t *testing.T) {
	for _, test := range []struct {
		rate   float64
		config Adam
	}{
		{1e-3, *defaultAdam()},
		{0.05, Adam{Beta1: 0.5, Beta2: 0.9, Epsilon: 1e-3}},
		{0.01, Adam{Beta1: 0, Beta2: 0, Epsilon: 1e-8}},
	} {
		const size, gradScale = 37, 0.25
		config := test.config
		adam := config.New(make([]float32, size)).(*adam)
		p := normals(1, 0, size)
		theta, m, v := make([]float64, size), make([]float64, size), make([]float64, size)
		for i := range p {
			theta[i] = float64(p[i])
		}
		for number := int64(1); number <= 25; number++ {
			g := normals(2, uint64(number), size)
			for i := range g {
				g[i] *= float32(math.Pow(10, float64(i%12-9)))
			}
			step(adam, p, g, number, test.rate, gradScale)
			for i := range theta {
				gt := gradScale * float64(g[i])
				m[i] = config.Beta1*m[i] + (1-config.Beta1)*gt
				v[i] = config.Beta2*v[i] + (1-config.Beta2)*gt*gt
				mHat := m[i] / (1 - math.Pow(config.Beta1, float64(number)))
				vHat := v[i] / (1 - math.Pow(config.Beta2, float64(number)))
				theta[i] -= test.rate * mHat / (math.Sqrt(vHat) + config.Epsilon)
			}
		}
		for i := range p {
			if math.Abs(float64(p[i])-theta[i]) > 25*6e-8*(1+math.Abs(theta[i])) {
				t.Errorf("%+v: weight %d = %v, want %v", config, i, p[i], theta[i])
			}
			if math.Abs(float64(adam.m[i])-m[i]) > 1e-5*math.Sqrt(v[i]) {
				t.Errorf("%+v: m[%d] = %v, want %v", config, i, adam.m[i], m[i])
			}
			if math.Abs(float64(adam.v[i])-v[i]) > 1e-5*v[i] {
				t.Errorf("%+v: v[%d] = %v, want %v", config, i, adam.v[i], v[i])
			}
		}
	}
}

// With m = v = 0 before it, the first step is α·g/(|g| + ε): for any size of the gradient, α·sign(g).
func TestFirstStep(t *testing.T) {
	g := []float32{1e-4, -1e-4, 3, -1000, 0}
	p := make([]float32, len(g))
	step(defaultAdam().New(p), p, g, 1, 1e-3, 1)
	for i, want := range []float64{-1e-3 / 1.0001, 1e-3 / 1.0001, -1e-3, 1e-3, 0} {
		if math.Abs(float64(p[i])-want) > 1e-9 {
			t.Errorf("gradient %v moves the weight by %v, want %v", g[i], p[i], want)
		}
	}
}

// The constants of a late step: both corrections have gone, and nothing is hidden between the steps.
func TestAdamConstants(t *testing.T) {
	a := defaultAdam().New(make([]float32, 1)).(*adam)
	want := kernel.AdamStep{
		Beta1: 0.9, Beta2: 0.999, OneMinusBeta1: 0.1, OneMinusBeta2: 0.001,
		StepSize: 1e-3, InvSqrtBias2: 1, Epsilon: 1e-8, GradScale: 0.5,
	}
	if a.Begin(&Step{Number: 1 << 40, Rate: 1e-3, Scale: 0.5}); a.step != want {
		t.Errorf("late step: %+v, want %+v", a.step, want)
	}
	// Step 2: 1 − 0.9² = 0.19, 1 − 0.999² = 0.001999.
	want.StepSize, want.InvSqrtBias2 = 1e-3/0.19, float32(1/math.Sqrt(0.001999))
	if a.Begin(&Step{Number: 2, Rate: 1e-3, Scale: 0.5}); a.step != want {
		t.Errorf("step 2: %+v, want %+v", a.step, want)
	}
}
