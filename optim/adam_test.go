package optim

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"euryale/kernel"
)

func normals(seed, step uint64, n int) []float32 {
	r := rand.New(rand.NewPCG(seed, step))
	z := make([]float32, n)
	for i := range z {
		z[i] = float32(r.NormFloat64())
	}
	return z
}

// Algorithm 1 of Kingma and Ba (2015) line by line in float64, with gradients from so small that ε rules to
// large, and the gradient scaled as a clipped one is.
func TestAdamAgainstAlgorithm1(t *testing.T) {
	for _, config := range []Config{
		DefaultConfig(),
		{Name: "adam", LearningRate: 0.05, Beta1: 0.5, Beta2: 0.9, Epsilon: 1e-3},
		{Name: "adam", LearningRate: 0.01, Beta1: 0, Beta2: 0, Epsilon: 1e-8},
	} {
		const size, gradScale = 37, 0.25
		adam := New(config, size)
		p := normals(1, 0, size)
		theta, m, v := make([]float64, size), make([]float64, size), make([]float64, size)
		for i := range p {
			theta[i] = float64(p[i])
		}
		for step := int64(1); step <= 25; step++ {
			g := normals(2, uint64(step), size)
			for i := range g {
				g[i] *= float32(math.Pow(10, float64(i%12-9)))
			}
			adam.Step(p, g, step, gradScale)
			for i := range theta {
				gt := gradScale * float64(g[i])
				m[i] = config.Beta1*m[i] + (1-config.Beta1)*gt
				v[i] = config.Beta2*v[i] + (1-config.Beta2)*gt*gt
				mHat := m[i] / (1 - math.Pow(config.Beta1, float64(step)))
				vHat := v[i] / (1 - math.Pow(config.Beta2, float64(step)))
				theta[i] -= config.LearningRate * mHat / (math.Sqrt(vHat) + config.Epsilon)
			}
		}
		for i := range p {
			if math.Abs(float64(p[i])-theta[i]) > 25*6e-8*(1+math.Abs(theta[i])) {
				t.Errorf("%+v: weight %d = %v, want %v", config, i, p[i], theta[i])
			}
			if math.Abs(float64(adam.M[i])-m[i]) > 1e-5*math.Sqrt(v[i]) {
				t.Errorf("%+v: m[%d] = %v, want %v", config, i, adam.M[i], m[i])
			}
			if math.Abs(float64(adam.V[i])-v[i]) > 1e-5*v[i] {
				t.Errorf("%+v: v[%d] = %v, want %v", config, i, adam.V[i], v[i])
			}
		}
	}
}

// With m = v = 0 before it, the first step is α·g/(|g| + ε): for any size of the gradient, α·sign(g).
func TestFirstStep(t *testing.T) {
	g := []float32{1e-4, -1e-4, 3, -1000, 0}
	p := make([]float32, len(g))
	New(DefaultConfig(), len(g)).Step(p, g, 1, 1)
	for i, want := range []float64{-1e-3 / 1.0001, 1e-3 / 1.0001, -1e-3, 1e-3, 0} {
		if math.Abs(float64(p[i])-want) > 1e-9 {
			t.Errorf("gradient %v moves the weight by %v, want %v", g[i], p[i], want)
		}
	}
}

// The constants of a late step: both corrections have gone, and nothing is hidden between the steps.
func TestPrepare(t *testing.T) {
	adam := New(DefaultConfig(), 1)
	want := kernel.AdamStep{
		Beta1: 0.9, Beta2: 0.999, OneMinusBeta1: 0.1, OneMinusBeta2: 0.001,
		StepSize: 1e-3, InvSqrtBias2: 1, Epsilon: 1e-8, GradScale: 0.5,
	}
	if got := adam.Prepare(1<<40, 0.5); got != want {
		t.Errorf("late step: %+v, want %+v", got, want)
	}
	// Step 2: 1 − 0.9² = 0.19, 1 − 0.999² = 0.001999.
	want.StepSize, want.InvSqrtBias2 = 1e-3/0.19, float32(1/math.Sqrt(0.001999))
	if got := adam.Prepare(2, 0.5); got != want {
		t.Errorf("step 2: %+v, want %+v", got, want)
	}
}

// Any partition of the weights gives the bits of one update, whatever vectors the kernel cuts it into.
func TestPartitionsGiveTheSameBits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 150).Draw(t, "size")
		cuts := rapid.SliceOfN(rapid.IntRange(0, size), 0, 6).Draw(t, "cuts")
		cuts = append(cuts, 0, size)
		slices.Sort(cuts)
		seed := rapid.Uint64().Draw(t, "seed")
		whole, parts := New(DefaultConfig(), size), New(DefaultConfig(), size)
		p, q := normals(seed, 0, size), normals(seed, 0, size)
		averageP, averageQ := NewEMA(EMAConfig{Decay: 0.99}, p), NewEMA(EMAConfig{Decay: 0.99}, q)
		for step := int64(1); step <= 3; step++ {
			g := normals(seed, uint64(step), size)
			whole.Step(p, g, step, 0.7)
			averageP.Update(p, 0, size, step-1)
			s := parts.Prepare(step, 0.7)
			for k := len(cuts) - 2; k >= 0; k-- {
				parts.Update(q, g, cuts[k], cuts[k+1], s)
				averageQ.Update(q, cuts[k], cuts[k+1], step-1)
			}
		}
		if !slices.Equal(p, q) || !slices.Equal(whole.M, parts.M) || !slices.Equal(whole.V, parts.V) {
			t.Fatalf("weights or moments differ when cut at %v", cuts)
		}
		if !slices.Equal(averageP.Average, averageQ.Average) {
			t.Fatalf("averages differ when cut at %v", cuts)
		}
	})
}

// An optimiser made from M, V and the step goes on as if it had never stopped.
func TestResume(t *testing.T) {
	const size = 20
	run := func(adam *Adam, p []float32, from, to int64) {
		for step := from; step <= to; step++ {
			adam.Step(p, normals(5, uint64(step), size), step, 1)
		}
	}
	whole, p := New(DefaultConfig(), size), normals(4, 0, size)
	run(whole, p, 1, 10)
	first, q := New(DefaultConfig(), size), normals(4, 0, size)
	run(first, q, 1, 6)
	resumed := New(DefaultConfig(), size)
	copy(resumed.M, first.M)
	copy(resumed.V, first.V)
	run(resumed, q, 7, 10)
	if !slices.Equal(p, q) || !slices.Equal(whole.M, resumed.M) || !slices.Equal(whole.V, resumed.V) {
		t.Error("the resumed run ends elsewhere")
	}
}

func TestAdamConverges(t *testing.T) {
	tests := []struct {
		name         string
		start, want  []float32
		learningRate float64
		steps        int64
		gradient     func(g, p []float32)
	}{
		{
			// f = ½ pᵀAp, eigenvalues 1, 10, 100 in axes turned by the reflection I − 2wwᵀ, w = (1, 1, 1)/√3.
			"quadratic, condition number 100", []float32{3, -2, 1}, []float32{0, 0, 0}, 0.02, 3000,
			func(g, p []float32) {
				s := 2 * (p[0] + p[1] + p[2]) / 3
				g[0], g[1], g[2] = p[0]-s, 10*(p[1]-s), 100*(p[2]-s)
				s = 2 * (g[0] + g[1] + g[2]) / 3
				g[0], g[1], g[2] = g[0]-s, g[1]-s, g[2]-s
			},
		},
		{
			// f = (1 − x)² + 100 (y − x²)²
			"Rosenbrock", []float32{-1.2, 1}, []float32{1, 1}, 0.02, 8000,
			func(g, p []float32) {
				r := p[1] - p[0]*p[0]
				g[0], g[1] = -2*(1-p[0])-400*p[0]*r, 200*r
			},
		},
	}
	for _, test := range tests {
		config := DefaultConfig()
		config.LearningRate = test.learningRate
		p, g := slices.Clone(test.start), make([]float32, len(test.start))
		adam := New(config, len(p))
		for step := int64(1); step <= test.steps; step++ {
			test.gradient(g, p)
			adam.Step(p, g, step, 1)
		}
		for i := range p {
			if math.Abs(float64(p[i]-test.want[i])) > 1e-3 {
				t.Errorf("%s: %v after %d steps, want %v", test.name, p, test.steps, test.want)
				break
			}
		}
	}
}

func TestNoAllocation(t *testing.T) {
	const size = 1000
	adam, p, g := New(DefaultConfig(), size), normals(1, 0, size), normals(1, 1, size)
	ema := NewEMA(EMAConfig{Decay: 0.9, Warmup: true}, p)
	step := int64(0)
	if n := testing.AllocsPerRun(20, func() {
		scale, _ := ClipScale(kernel.SquaredNorm(g), 1)
		step++
		adam.Step(p, g, step, scale)
		ema.Update(p, 0, size, step-1)
	}); n != 0 {
		t.Errorf("%v allocations a step", n)
	}
}
